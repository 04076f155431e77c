/*
 * The last word to a client whom nobody answers: a provider's own error, or one of ours. The
 * daemon, `understudy explain` and docs/failures.md all ask here. Pure.
 */
#ifndef UNDERSTUDY_OUTCOME_H
#define UNDERSTUDY_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/history.h"
#include "rules/retry.h"
#include "text/buf.h"

/* SDKs sleep as long as Retry-After says: no client is told to wait longer. */
#define RETRY_AFTER_MAX_S 30

struct outcome_query {
    const struct history *history; /* each entry with its wait_ms */
    size_t providers;              /* in the route, tried or not */
    bool relays;                   /* RETRY_RELAY: the error is the client's, whoever follows */
    bool estimated; /* an estimate of ours stands in for an answer (api_path_is_estimated) */
    /* The last attempt of the one that decides; used where it is relayed or alone in the route. */
    bool translated; /* what it answers is in another dialect than the app's */
    const struct attempt_result *result;
    const char *told; /* the message in its error, "" = none */
};

enum outcome_of {
    OUTCOME_NOBODY,   /* no provider could be tried */
    OUTCOME_ALL,      /* all of several have failed */
    OUTCOME_ONE,      /* the one that decides gave no answer that could be passed on */
    OUTCOME_ANSWER,   /* its answer goes on, in OpenAI's shape */
    OUTCOME_VERBATIM, /* its answer goes on as it came: type, code, message are its own */
    OUTCOME_ESTIMATE, /* 200: ours, and nobody's fault; the rest is empty */
};

struct outcome {
    enum outcome_of of;
    int status;
    const char *type;    /* static; NULL with OUTCOME_VERBATIM and OUTCOME_ESTIMATE */
    const char *code;    /* static; the same */
    bool names_attempts; /* every attempt is told beside the message */
    int retry_after_s;   /* 0 = none of ours */
    struct buf message;
};

/*
 * Of ours the status is that of the class (the table in failure.h) where all attempts share one,
 * 502 where they differ, and 503 where the last provider had no room. 503 says when to come again:
 * as the providers named it, else in a second; where none was tried, only if one of them comes back
 * by itself.
 */
void outcome_decide(const struct outcome_query *query, struct outcome *ret);

void outcome_done(struct outcome *outcome);

#endif
