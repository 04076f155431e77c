/* How long a provider wants us to wait. */
#ifndef UNDERSTUDY_RETRY_AFTER_H
#define UNDERSTUDY_RETRY_AFTER_H

#include <stdint.h>

#include "text/text.h"

#define RETRY_AFTER_MAX_MS (INT64_MAX / 4)

/*
 * The wait that a provider names, in ms rounded up, or -1 when it names none that can be understood
 * (negative, garbled, empty or past is none). retry-after-ms (ms, fraction allowed) is preferred to
 * Retry-After (RFC 9110, 10.2.3: seconds or a date; a fraction of a second is accepted as the SDKs
 * do). A text with at is NULL is an absent header. wall_s: seconds since 1970 UTC, rounded down,
 * so that a date is never met too early. Saturates at RETRY_AFTER_MAX_MS.
 */
int64_t retry_after_parse(struct text retry_after_ms, struct text retry_after, int64_t wall_s);

#endif
