/*
 * What `understudy explain` is asked about: a status, a failure class, the way a connection ended,
 * or one of the everyday words for these, turned into the outcome of an attempt.
 */
#ifndef UNDERSTUDY_EXPLAIN_WHAT_H
#define UNDERSTUDY_EXPLAIN_WHAT_H

#include <stdbool.h>

#include "failure/failure.h"
#include "rules/retry.h"
#include "rules/route.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* What the provider answers besides its status; at is NULL where it is not given. */
struct explain_answer {
    const struct kind *kind;
    bool stream; /* a streamed answer was asked for */
    struct text body;
    struct text content_type;
};

struct explain_what {
    struct attempt_result result; /* FAILURE_NONE: nothing failed. retry_after_ms is -1 */
    enum route_skip skip;         /* with FAILURE_SKIPPED: why the provider is not tried */
    struct provider_error error;  /* what the body says, or what is wrong with it; may be empty */
};

/*
 * Case does not count, '-' and '_' are the same. 0, or -EINVAL and *reterr: what is allowed, and
 * what may have been meant. A class stands for its usual cause: server for a 500, network for
 * a refused connection. For a status the body is judged as that of a real answer.
 */
int explain_what_read(struct text what, const struct explain_answer *answer,
                      struct explain_what *ret, struct error *reterr)
    __attribute__((warn_unused_result));

/* Every word that is allowed, with what it stands for: ret_meaning is static. False at the end. */
bool explain_what_word(size_t n, char *ret_word, size_t size, const char **ret_meaning);

/* The usual cause of a class. */
struct explain_what explain_what_usual(enum failure failure);

#endif
