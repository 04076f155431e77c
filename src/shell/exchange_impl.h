/* What the files of the exchange share. Not for anybody else. */
#ifndef UNDERSTUDY_EXCHANGE_IMPL_H
#define UNDERSTUDY_EXCHANGE_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "attempt.h"
#include "catalog.h"
#include "exchange.h"
#include "headers.h"
#include "history.h"
#include "inbound.h"
#include "request.h"
#include "route.h"
#include "settings.h"

/*
 * id, meaning, the states that may follow. There is no edge from STREAMING to WAITING or TRYING:
 * nothing is retried once content has reached the client.
 */
#define EXCHANGE_STATES(X)                                                                         \
    X(CHOOSING, "looks for the next provider", E(PREPARING) | E(TRYING) | E(REPLYING))             \
    X(PREPARING, "asks what models a provider has", E(CHOOSING) | E(TRYING) | E(REPLYING))         \
    X(TRYING, "an attempt is under way", E(WAITING) | E(CHOOSING) | E(STREAMING) | E(REPLYING))    \
    X(WAITING, "waits before the next try", E(TRYING) | E(CHOOSING) | E(REPLYING))                 \
    X(STREAMING, "the answer reaches the client as it comes", 0)                                   \
    X(REPLYING, "a whole reply was handed over", 0)                                                \
    X(CLOSED, "the client has all, or is gone", 0)

enum exchange_state {
#define X(id, meaning, next) EXCHANGE_##id,
    EXCHANGE_STATES(X)
#undef X
};

/* The tries on one provider. */
struct leg {
    const struct config_provider *provider;
    int tries;
    char *model; /* the name asked for; NULL when the request's own, or none, is used */
    char *url;
    struct buf body; /* when it is not the app's own bytes */
    bool own_body;   /* body is used */
    struct buf headers;
    struct buf dropped; /* fields that could not be carried over */
};

struct exchange {
    struct worker *worker;
    struct exchange *next, **prev; /* in the worker's list */
    struct settings *settings;
    struct inbound *inbound; /* NULL when the client is gone */
    enum exchange_state state;
    enum attempt_mode mode;
    char id[24];
    char completion_id[48];
    bool no_body; /* the app sent none, not even an empty one */
    char *method;
    char *target;       /* behind /v1 */
    struct buf headers; /* the app's that may travel */
    struct buf body;
    struct request_facts facts; /* chat only */
    struct steering steering;
    char *only; /* steering.route, kept */
    struct route route;
    size_t step; /* in route */
    struct leg leg;
    struct attempt *attempt;
    struct history history;
    struct loop_timer wait;      /* before the next try */
    struct loop_timer share_end; /* the provider's share of the deadline */
    struct catalog_waiter models;
    struct loop_task reap;
    int64_t begun_at_ms;
    int64_t begun_wall_s;
    int64_t first_at_ms; /* first content; 0 = not yet */
    int64_t deadline_ms; /* how long it may take */
    int status;          /* given to the client; 0 = none yet */
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t relay_retry_after_ms; /* the last wait a provider named; -1 = none */
};

static inline const struct config *exchange_config(const struct exchange *exchange)
{
    return exchange->settings->config;
}

static inline bool exchange_is_chat(const struct exchange *exchange)
{
    return exchange->mode != ATTEMPT_PASS;
}

/* exchange.c: the only writer of state. */
void exchange_goto(struct exchange *exchange, enum exchange_state state);
const char *exchange_state_word(enum exchange_state state);

/* exchange_begin.c: reads the request; false and *reply filled when it cannot be served. */
bool exchange_read_request(struct exchange *exchange, struct reply *reply);

/*
 * exchange_leg.c: makes the request for the provider of the step under way. 0; -EMSGSIZE when the
 * conversation is longer than any of its models can read, -errno when it cannot answer for another
 * reason; *reterr says why and *ret is empty.
 */
int exchange_prepare_leg(const struct exchange *exchange, struct leg *ret, struct error *reterr);
void exchange_leg_done(struct leg *leg);
/* The model's name for headers, log and metrics: what was asked for, "" when none was. */
const char *exchange_model(const struct exchange *exchange);

/* exchange_reply.c: each hands a reply to the client. */
void exchange_reply_stream(struct exchange *exchange);
void exchange_reply_whole(struct exchange *exchange);
void exchange_reply_relayed(struct exchange *exchange);
void exchange_reply_failed(struct exchange *exchange);
/* Hands over an error of our own, with the exchange's headers. Moves *reply. */
void exchange_reply_take(struct exchange *exchange, struct reply *reply);

/* The entry that made the exchange move to the provider under way; NULL = it is the first. */
const struct history_entry *exchange_moved_from(const struct exchange *exchange);

/* exchange_report.c: log and metrics. */
void exchange_report_attempt(const struct exchange *exchange);
void exchange_report_retry(const struct exchange *exchange, const struct retry_decision *decision);
void exchange_report_move(const struct exchange *exchange, const struct history_entry *from,
                          const struct config_provider *to);
void exchange_report_end(const struct exchange *exchange, bool client_gone);

#endif
