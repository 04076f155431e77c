/*
 * THE decision after an attempt: again after a wait, the next provider, the provider's answer to
 * the client, or give up; and why. Pure: time and chance come in as values.
 */
#ifndef UNDERSTUDY_RETRY_H
#define UNDERSTUDY_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "failure/failure.h"

/* One attempt that failed. */
struct attempt_result {
    enum failure failure;     /* not FAILURE_NONE */
    enum transport transport; /* TRANSPORT_OK when an answer came */
    int status;               /* 0 when no answer came */
    int64_t retry_after_ms;   /* wait the provider named (retry_after_parse), -1 = none */
    bool processed;           /* may have been processed and billed */
    bool repeats;             /* the same would only come again (failure_words_repeat ...) */
    bool not_running;         /* nobody listens there, on this machine (not_running.h) */
};

/* Where the exchange stands. */
struct retry_situation {
    int tries; /* attempts made on this provider so far, this one included */
    int64_t now_ms;
    int64_t provider_end_ms; /* when this provider's share of the deadline ends */
    bool has_next;           /* another provider follows in the route, and moving on is allowed */
    bool alone;              /* nobody else can be tried for this exchange now */
    bool local_only;         /* nothing may leave the machine now, and the provider is not on it */
    bool offline;            /* the machine is offline and this provider is not a local one */
    bool breaker_open;       /* this provider's breaker has opened in the meantime */
    bool budget_empty;       /* this provider's retry budget allows no other retry now */
    double random;           /* 0 <= random < 1 */
};

enum retry_verdict {
    RETRY_AGAIN, /* same provider, after wait_ms */
    RETRY_NEXT,  /* next provider, at once */
    RETRY_RELAY, /* the class is one that the client gets: its own error goes to it */
    RETRY_END,   /* nothing left to try */
};

/* Why: id, word (of `reason` in the log), sentence. */
#define RETRY_REASONS(X)                                                                           \
    X(BACKOFF, "backoff", "backoff")                                                               \
    X(NAMED_WAIT, "retry_after", "the wait that the provider named")                               \
    X(LONG_WAIT, "retry_after", "the provider asks to wait longer than max_wait")                  \
    X(CLASS, "class", "this failure is not retried")                                               \
    X(STATUS, "status", "this status is not retried")                                              \
    X(REPEATS, "repeats", "it would only come again")                                              \
    X(AMBIGUOUS, "ambiguous", "it may have been processed")                                        \
    X(ATTEMPTS, "attempts", "attempts used up")                                                    \
    X(NOT_RUNNING, "not_running", "nobody listens there")                                          \
    X(OFFLINE, "offline", "offline")                                                               \
    X(LOCAL, "local", "nothing leaves the machine now")                                            \
    X(BREAKER, "breaker", "its breaker is open")                                                   \
    X(BUDGET, "budget", "retry budget used up")                                                    \
    X(DEADLINE, "deadline", "no time left for another try")                                        \
    X(POLICY, "policy", "a refusal is an answer")                                                  \
    X(REQUEST, "request", "the request is at fault")                                               \
    X(CANCELLED, "cancelled", "the client went away")

enum retry_reason {
    RETRY_REASON_NONE,
#define X(id, word, sentence) RETRY_REASON_##id,
    RETRY_REASONS(X)
#undef X
};

const char *retry_reason_word(enum retry_reason reason);     /* "" for none */
const char *retry_reason_sentence(enum retry_reason reason); /* "" for none */

struct retry_decision {
    enum retry_verdict verdict;
    int64_t wait_ms; /* for RETRY_AGAIN, else 0 */
    enum retry_reason reason;
};

/* A server on this machine that does not run is tried so often, the second time after min_wait. */
#define RETRY_NOT_RUNNING_TRIES 2

/*
 * rate_limit is not retried while another provider can be asked, but for a wait that the provider
 * names; where none is left, it is retried with backoff like the rest.
 *
 * policy and request are always the client's, whatever fallback_on says: another model cannot make
 * an invalid request valid, and must not be a way around a refusal. Where another provider follows,
 * a class that is not in fallback_on is relayed too, after its tries.
 */
struct retry_decision retry_decide(const struct retry_policy *retry, failure_set fallback_on,
                                   const struct attempt_result *result,
                                   const struct retry_situation *situation);

/*
 * The end of a provider's share of an exchange's deadline, in monotonic ms: all of it for the last
 * one, two thirds with one provider still to come in the route, a half with two, then 2/5 ...: a
 * silent provider cannot use up the time in which a later one could have answered.
 */
int64_t retry_share_end_ms(int64_t begun_ms, int64_t deadline_ms, int providers_after);

#endif
