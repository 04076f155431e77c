/*
 * `understudy explain WHAT`: what would be done after a failure, with the settings in effect, and
 * why. The rules are not told a second time here: the story is what the functions that decide
 * (failure.h, retry.h, route.h, breaker.h, budget.h, latency.h) say when they are asked.
 */
#ifndef UNDERSTUDY_EXPLAIN_H
#define UNDERSTUDY_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

struct explain_query {
    struct text what;           /* explain_what.h */
    const char *const *headers; /* "Name: value" of the provider's answer, NULL at the end */
    struct text body;           /* of the provider's answer; at is NULL where none is given */
    bool stream;                /* the request asks for a stream */
    int64_t wall_s;             /* now, for a Retry-After that is a date */
};

/*
 * The story, as lines of text. 0; -EINVAL and *reterr: WHAT or a header cannot be understood;
 * errors of buf and -ENOMEM.
 */
int explain_print(const struct config *config, const struct explain_query *query, struct buf *out,
                  struct error *reterr) __attribute__((warn_unused_result));

/* docs/failures.md. Errors of buf and -ENOMEM. */
int explain_print_markdown(struct buf *out) __attribute__((warn_unused_result));

#endif
