/*
 * How long a provider wants us to wait, wherever it says so: in a header field, in the words of its
 * error, or by the limits that it tells with every answer.
 */
#ifndef UNDERSTUDY_NAMED_WAIT_H
#define UNDERSTUDY_NAMED_WAIT_H

#include <stdint.h>

#include "failure/failure.h"
#include "text/text.h"

/* The value of the answer's header field of that lower-case name; at is NULL where it has none. */
typedef struct text named_wait_field(const void *answer, const char *name);

/*
 * The wait that the whole answer names, in ms; -1 = none. First what retry_after_parse reads; for
 * rate_limit and server then what error names; for rate_limit then when those limits start anew of
 * which nothing is left (x-ratelimit-remaining-tokens: 0, x-ratelimit-reset-tokens: 6m0s), the
 * latest of them. wall_s: seconds since 1970 UTC, rounded down.
 */
int64_t named_wait(enum failure failure, const struct provider_error *error,
                   named_wait_field *field, const void *answer, int64_t wall_s);

#endif
