/*
 * The life of one client request: which legs there are, and what becomes of what they bring. The
 * core decides (route.h, retry.h, relay.h); this obeys. The table of states is its picture.
 *
 * Only exchange.c changes its state. The other files answer questions of it (exchange_steps.c),
 * have what the client reads (exchange_stream.c), make replies (exchange_reply.c) and tell of it
 * (exchange_report.c).
 */
#ifndef UNDERSTUDY_EXCHANGE_H
#define UNDERSTUDY_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/loop.h"
#include "base/object.h"
#include "exchange/client.h"
#include "exchange/inquiry.h"
#include "exchange/leg.h"
#include "provider/means.h"
#include "rules/history.h"
#include "rules/outcome.h"
#include "text/buf.h"

struct exchange;
struct resume;
struct round_past;

/* All of one worker, which makes it and owns what it points to. */
struct exchanges {
    struct means means;
    struct shared_config *const *shared; /* where those for new exchanges stand */
    struct exchange *first;              /* under way */
    int inflight;
};

/* The client gets an answer, maybe inside this call. Takes request's body and hold; *client is
 * copied. The exchange is there until the client says end or gone. */
struct exchange *exchange_start(struct exchanges *all, const struct client *client,
                                struct client_request *request);

/* The client wants another round: tells its past of this one. Before exchange_client_end. */
void exchange_leave_past(struct exchange *exchange);

/* What the client says, one of them once: it has all of the answer, or went away before that. */
void exchange_client_end(struct exchange *exchange);
void exchange_client_gone(struct exchange *exchange);

/* The machine went offline, or nothing may leave it any more: those that wait for a provider out
 * there need not. */
void exchange_notice_offline(struct exchanges *all);

/* The time to drain is over: streams end with the error event, what has not begun gets a 503. */
void exchange_end_all(struct exchanges *all);

/*
 * id, meaning, the states that may follow beside CLOSED. There is no edge from STREAMING back to
 * RUNNING: nothing is tried again once content has reached the client, but for continue_stream,
 * which only adds.
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

/* What the client reads. */
struct exchange_stream {
    struct leg *reading;   /* whose bytes it gets now; NULL before the first */
    struct resume *resume; /* what it has; NULL = such a stream is not gone on with */
    struct buf own_events; /* what we ourselves put in, before what the leg brings */
    bool untold;           /* there was no memory for the error that ends it */
    int64_t given_at_ms;   /* when it last took something */
};

/* What it has been told. */
struct exchange_told {
    int status;          /* 0 = none yet */
    int64_t first_at_ms; /* first content; 0 = not yet */
    bool all_failed;     /* of every provider's failure */
};

struct exchange {
    struct exchanges *all;
    LIST_LINK(struct exchange) under_way;
    struct inquiry *inquiry; /* owned; const once it is read */
    struct round_past *past; /* it is one of several rounds (round.h); NULL = it is all */
    struct client client;    /* until CLOSED */
    enum exchange_state state;
    size_t next_step; /* of the route: the first that no leg was made for */
    struct leg *legs; /* owned; the latest first */
    struct leg *leg;  /* whose answer or error the client gets; until then the last that tried; NULL
                         = none has */
    struct exchange_stream stream;
    struct exchange_told told;
    struct history history;
    struct loop_timer hedge; /* no content by then: the next provider starts too */
    struct loop_timer beat;  /* nothing for the client by then: a comment */
    struct loop_task reap;
    int64_t phase_at_ms; /* what the deadline counts from: the request, or the break of a stream */
};
_Static_assert(sizeof(struct exchange) <= OBJECT_MAX, "it is one of those");

static inline struct loop *exchange_loop(const struct exchange *exchange)
{
    return exchange->all->means.loop;
}

/* May legs still be tried for it? */
static inline bool exchange_is_open(const struct exchange *exchange)
{
    return exchange->state == EXCHANGE_RUNNING || exchange->state == EXCHANGE_BEATING;
}

static inline bool exchange_has_stream(const struct exchange *exchange)
{
    return exchange->state == EXCHANGE_STREAMING || exchange->state == EXCHANGE_RESUMING;
}

/* ---- exchange_steps.c: what can still be tried, and whose word counts. */

/* What stands in the way of that step now. */
enum route_skip exchange_skip(const struct exchange *exchange, size_t index);
/* Tells the history. */
void exchange_note_skip(struct exchange *exchange, size_t index, enum route_skip why);
/* How many steps behind those that have legs can be tried? */
int exchange_steps_left(const struct exchange *exchange);
/* The same, looking at what stands in the way now: offline, an open breaker. */
bool exchange_can_try_another(const struct exchange *exchange);
/* After so long without content the next provider may start too; -1 = never. */
int64_t exchange_hedge_ms(const struct exchange *exchange);
/* Has it legs that may still answer, beside that one? */
bool exchange_has_other_leg(const struct exchange *exchange, const struct leg *leg);
/* The leg that this one was started beside; NULL when that is over, or there was none. */
const struct leg *exchange_running_before(const struct leg *leg);
/* That leg is over: the one that was started beside it is on its own now, or the next after it;
 * NULL when there is none, or one before it still runs. */
struct leg *exchange_heir(const struct exchange *exchange, const struct leg *over);

/* ---- exchange_stream.c: what the client reads. */

void exchange_stream_init(struct exchange *exchange);
void exchange_stream_done(struct exchange *exchange);
/* Such a stream may be gone on with, where that is wanted and it suits. Once the inquiry is read.
 */
void exchange_stream_keep(struct exchange *exchange);
/* From now on no stream that breaks is gone on with. */
void exchange_stream_keep_not(struct exchange *exchange);
/* The stream of that leg broke: may another one, of those that are left, go on with it? */
bool exchange_stream_may_resume(struct exchange *exchange, struct leg *leg, int steps_left);
/* The latest whose bytes the client gets: behind those stands the error. */
struct leg *exchange_stream_last(const struct exchange *exchange);
/* Has its dialect something that may stand in a silence? */
bool exchange_stream_beats(const struct exchange *exchange);
/* Puts a comment in; false where none may stand: inside an event, or behind the last. */
bool exchange_stream_comment(struct exchange *exchange);
/* Puts the error that the reply tells in, as an event. Ends *reply. */
void exchange_stream_fail(struct exchange *exchange, struct reply *reply);
/* Has the client taken all that there is to say? Who then leaves first does not matter. */
bool exchange_stream_all_given(const struct exchange *exchange);
/* The body of its replies that are streams; arg is the exchange. */
extern const struct reply_source exchange_stream_source;

/* ---- exchange_reply.c: each makes a reply, for exchange.c to hand over. */

/* The client's 200, before it is known who answers; what follows comes through the stream. */
void exchange_reply_early(struct exchange *exchange, struct reply *reply);
void exchange_reply_stream(struct exchange *exchange, struct reply *reply);
void exchange_reply_whole(struct exchange *exchange, struct reply *reply);
/* The last word of outcome.h, and which one it is. relays: the error is the client's. */
enum outcome_of exchange_reply_end(struct exchange *exchange, bool relays, struct reply *reply);
/* Too many at a time; too many of that client, who may come again then; the drain is over. */
void exchange_reply_full(const struct exchange *exchange, struct reply *reply);
void exchange_reply_spent(const struct exchange *exchange, int64_t wait_ms, struct reply *reply);
void exchange_reply_stopping(const struct exchange *exchange, struct reply *reply);
/* What an exchange says of itself in the fields of a reply. */
void exchange_reply_sign(const struct exchange *exchange, struct reply *reply);

/* ---- exchange_report.c: log and metrics. */

void exchange_report_prefix(const struct exchange *exchange); /* PROVIDER: is nearly one's */
void exchange_report_end(const struct exchange *exchange, bool client_gone);

#endif
