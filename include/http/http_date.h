/* Dates in HTTP headers (RFC 9110, 5.6.7), and in JSON (RFC 3339). */
#ifndef UNDERSTUDY_HTTP_DATE_H
#define UNDERSTUDY_HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "text/text.h"

/*
 * Reads any of the three forms that a recipient must accept: "Sun, 06 Nov 1994 08:49:37 GMT",
 * "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994". Both in seconds since 1970 UTC;
 * now_s tells the century of the second form. The name of the day is not checked against the date.
 */
bool http_date_parse(struct text text, int64_t now_s, int64_t *ret_s);

/* "2026-11-24T18:00:00.5+01:00", any fraction (left out) and zone; no zone is taken for UTC. */
bool http_date_parse_rfc3339(struct text text, int64_t *ret_s);

#endif
