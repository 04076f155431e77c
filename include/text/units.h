/*
 * Durations, sizes and booleans as people write them in settings and headers. ASCII only, no
 * locale: "1,5" is never a number. Blanks at both ends are ignored.
 */
#ifndef UNDERSTUDY_UNITS_H
#define UNDERSTUDY_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "text/text.h"

/* What the parsers take, for messages. */
#define UNITS_DURATION_FORM "a duration such as 250ms, 2s, 1.5 (seconds), 10m or 1h"
#define UNITS_SIZE_FORM     "a size such as 4096, 64K, 8M or 1G"
#define UNITS_BOOL_FORM     "yes or no, true or false, on or off, 1 or 0"

/*
 * A decimal number with unit ms, s, m, h or d; seconds without one. A fraction is rounded up to
 * a whole millisecond, so that only zero is zero. All three functions: 0 and *ret set, -EINVAL when
 * it is no such thing, -ERANGE when it is one that *ret cannot hold.
 */
int units_duration(struct text text, int64_t *ret_ms) __attribute__((warn_unused_result));

/* A whole number with K, M or G (1024 each), in any case, with or without B or iB; else bytes. */
int units_size(struct text text, uint64_t *ret_bytes) __attribute__((warn_unused_result));

/* In any case. */
int units_bool(struct text text, bool *ret) __attribute__((warn_unused_result));

#endif
