/* What the files of the exchange and its legs share. Not for anybody else. */
#ifndef UNDERSTUDY_EXCHANGE_IMPL_H
#define UNDERSTUDY_EXCHANGE_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/settings.h"
#include "dialect/dialect.h"
#include "exchange/exchange.h"
#include "exchange/leg.h"
#include "http/headers.h"
#include "rules/history.h"
#include "rules/request.h"
#include "rules/route.h"
#include "serve/inbound.h"

/*
 * id, meaning, the states that may follow. There is no edge from STREAMING back to RUNNING: nothing
 * is tried again once content has reached the client, but for continue_stream, which only adds.
 */
#define EXCHANGE_STATES(X)                                                                         \
    X(RUNNING, "legs are at work, the client has seen nothing",                                    \
      E(BEATING) | E(STREAMING) | E(REPLYING))                                                     \
    X(BEATING, "legs are at work, the client has a 200 and comments", E(STREAMING) | E(FAILING))   \
    X(STREAMING, "the answer reaches the client as it comes", E(RESUMING))                         \
    X(RESUMING, "the stream broke; a leg is to go on with it", E(STREAMING))                       \
    X(FAILING, "an error event ends what had only begun", 0)                                       \
    X(REPLYING, "a whole reply was handed over", 0)                                                \
    X(CLOSED, "the client has all, or is gone", 0)

enum exchange_state {
#define X(id, meaning, next) EXCHANGE_##id,
    EXCHANGE_STATES(X)
#undef X
};

struct resume;

struct exchange {
    struct worker *worker;
    struct exchange *next, **prev; /* in the worker's list */
    struct settings *settings;
    struct inbound *inbound; /* NULL when the client is gone */
    enum exchange_state state;
    enum route_path path;
    enum attempt_mode mode;
    char id[24];
    char completion_id[48];
    bool no_body; /* the app sent none, not even an empty one */
    char *method;
    char *target;       /* behind /v1 */
    struct buf headers; /* the app's that may travel */
    struct buf body;
    struct hold hold;           /* of body */
    struct request_facts facts; /* of no other path than those of route_path.h */
    struct ollama_count count;  /* of its prompt; only where counted */
    bool counted;
    struct steering steering;
    char *only; /* steering.route, kept */
    struct route route;
    size_t next_step; /* of the route: the first that no leg was made for */
    struct leg *legs; /* owned; the latest first */
    struct leg *leg;  /* whose answer or error the client gets; until then the last that tried; NULL
                         = none has */
    struct leg *reading;   /* whose bytes the client gets now; NULL before the first */
    struct resume *resume; /* what the client has; NULL = such a stream is not gone on with */
    struct history history;
    struct loop_timer hedge; /* no content by then: the next provider starts too */
    struct loop_timer beat;  /* nothing for the client by then: a comment */
    struct buf own_events;   /* what we ourselves put into the stream, before what the leg brings */
    int64_t given_at_ms;     /* when the client's connection last took something of the stream */
    struct loop_task reap;
    int64_t begun_at_ms;
    int64_t phase_at_ms; /* what the deadline counts from: the request, or the break of a stream */
    int64_t begun_wall_s;
    int64_t first_at_ms; /* first content; 0 = not yet */
    int64_t deadline_ms; /* how long it may take */
    bool all_failed;     /* the client is told of every provider's failure */
    int status;          /* given to the client; 0 = none yet */
};

static inline const struct config *exchange_config(const struct exchange *exchange)
{
    return exchange->settings->config;
}

/* By what its answers hold, or by HTTP alone? */
static inline bool exchange_is_judged(const struct exchange *exchange)
{
    return exchange->mode != ATTEMPT_PASS;
}

/* In which the app speaks, where it is translated. */
static inline const struct dialect *exchange_dialect(const struct exchange *exchange)
{
    return exchange->path == ROUTE_PATH_COMPLETIONS ? &dialect_completions : &dialect_openai;
}

/* exchange.c: the only writer of state. */
void exchange_goto(struct exchange *exchange, enum exchange_state state);

/* Has it legs that may still answer, beside that one? */
bool exchange_has_other_leg(const struct exchange *exchange, const struct leg *leg);

/* Can a provider behind those that have legs be tried? */
int exchange_steps_left(const struct exchange *exchange);

/* The same, looking at what stands in the way now: offline, an open breaker. */
bool exchange_can_try_another(const struct exchange *exchange);

/* What a leg tells. It may be at its end when these return. */

/* Its first try begins. */
void exchange_leg_begins(struct leg *leg);

/* Its first content, or its whole answer, is here. */
void exchange_leg_answers(struct leg *leg);

/* It will not answer; verdict says what is to become of that, never RETRY_AGAIN. */
void exchange_leg_over(struct leg *leg, enum retry_verdict verdict);

/* Called by a leg that streams: there are bytes to read, or it has ended. */
void exchange_leg_more(struct leg *leg);

/* exchange_begin.c: reads the request; false and *reply filled when it cannot be served. */
bool exchange_read_request(struct exchange *exchange, struct reply *reply);

/* The model's name for headers, log and metrics: what was asked for, "" when none was. */
const char *exchange_model(const struct exchange *exchange);

/* May legs still be tried for it? */
static inline bool exchange_is_open(const struct exchange *exchange)
{
    return exchange->state == EXCHANGE_RUNNING || exchange->state == EXCHANGE_BEATING;
}

static inline bool exchange_has_stream(const struct exchange *exchange)
{
    return exchange->state == EXCHANGE_STREAMING || exchange->state == EXCHANGE_RESUMING;
}

/* exchange_resume.c: continue_stream. */
void exchange_resume_init(struct exchange *exchange);
void exchange_resume_done(struct exchange *exchange);
/* From now on no stream that breaks is gone on with. */
void exchange_resume_stop(struct exchange *exchange);
/* Bytes that the client gets. */
void exchange_resume_note(struct exchange *exchange, struct text bytes);
/* The stream of that leg broke: may another one go on with it? Then the state is RESUMING. */
bool exchange_resume_begin(struct exchange *exchange, struct leg *leg);
/* Nobody can: the stream ends with the error event, the provider's own where it sent one. */
void exchange_resume_fail(struct exchange *exchange);

/* exchange_beat.c: comments for clients that give up on silence. */
void exchange_beat_init(struct exchange *exchange);
void exchange_beat_begin(struct exchange *exchange);

/* exchange_reply.c: each hands a reply to the client. */
/* The client's 200, before it is known who answers; what follows comes through the stream. */
void exchange_reply_early(struct exchange *exchange);
void exchange_reply_stream(struct exchange *exchange);
void exchange_reply_whole(struct exchange *exchange);
void exchange_reply_relayed(struct exchange *exchange);
void exchange_reply_failed(struct exchange *exchange);
/* Has the client's connection taken all that there is to say in a stream? Who then leaves first
 * does not matter. */
bool exchange_reply_all_given(const struct exchange *exchange);
/* Hands over an error of our own, with the exchange's headers. Moves *reply. */
void exchange_reply_take(struct exchange *exchange, struct reply *reply);

/* exchange_report.c: log and metrics. */
void exchange_report_prefix(const struct exchange *exchange); /* PROVIDER: is nearly one's */
void exchange_report_attempt(const struct leg *leg);
void exchange_report_retry(const struct leg *leg, const struct retry_decision *decision);
void exchange_report_hedge(const struct leg *leg, const struct config_provider *silent);
void exchange_report_move(const struct leg *leg);
void exchange_report_break(const struct leg *leg);
void exchange_report_continued(const struct leg *leg);
void exchange_report_end(const struct exchange *exchange, bool client_gone);

#endif
