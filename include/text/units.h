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
#define UNITS_RATE_FORM     "a rate such as 5/s, 60/m, 500/h or 1000/d, up to 1000000"

/* So many in that time. */
struct rate {
    int64_t count;  /* 0 = there is no limit */
    int64_t per_ms; /* a second, minute, hour or day */
};

#define RATE_COUNT_MAX 1000000

/*
 * A decimal number with unit ms, s, m, h or d; seconds without one. A fraction is rounded up to
 * a whole millisecond, so that only zero is zero. All these functions: 0 and *ret set, -EINVAL when
 * it is no such thing, -ERANGE when it is one that *ret cannot hold.
 */
int units_duration(struct text text, int64_t *ret_ms) __attribute__((warn_unused_result));

/* A whole number with K, M or G (1024 each), in any case, with or without B or iB; else bytes. */
int units_size(struct text text, uint64_t *ret_bytes) __attribute__((warn_unused_result));

/* In any case. */
int units_bool(struct text text, bool *ret) __attribute__((warn_unused_result));

/* A whole number from 1 to RATE_COUNT_MAX, a slash, and s, m, h or d: 60/m. */
int units_rate(struct text text, struct rate *ret) __attribute__((warn_unused_result));

#endif
