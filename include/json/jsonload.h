/*
 * JSON text to a jansson tree, also where RFC 8259 allows what jansson does not hold: numbers that
 * fit no integer or double (a schema's "maximum": 18446744073709551615, 1e400) become the nearest
 * double, and halves of surrogate pairs, which JavaScript leaves when it cuts a string, become
 * U+FFFD. For translation only: what is passed on is never parsed.
 */
#ifndef UNDERSTUDY_JSONLOAD_H
#define UNDERSTUDY_JSONLOAD_H

#include <jansson.h>

#include "text/error.h"
#include "text/text.h"

/* A new reference, or NULL and *reterr: not JSON, or a NUL in a member's name. */
json_t *jsonload(struct text json, struct error *reterr) __attribute__((warn_unused_result));

/* The same of what jsonspan_check accepted, into a new reference: 0; -EINVAL: it has a NUL in a
 * member's name; -ENOMEM. */
int jsonload_checked(struct text json, json_t **ret) __attribute__((warn_unused_result));

/* A string of any bytes: where they are not UTF-8 (a message that was cut), those beyond ASCII
 * become
 * '?'. A new reference, or NULL when memory is out. */
json_t *jsonload_string(const char *text) __attribute__((warn_unused_result));

#endif
