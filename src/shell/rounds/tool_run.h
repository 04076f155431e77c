/*
 * A request that asks for tools, until its app has the answer. To the app's connection it is what
 * an exchange is, to each exchange a client (exchange/client.h):
 *
 *     client <-- tool_run <-- exchange, round 1: "let me look", a call of ours
 *                  |  ^
 *                  v  |            the calls are made (tool/tool_servers.h)
 *     client <-- tool_run <-- exchange, round 2: "it is raining"
 *
 * A round's exchange stays until the next one begins, so that there always is one that can report.
 *
 * The table of states is its picture. Only tool_run.c changes the state; tool_run_lists.c asks what
 * there is, tool_run_calls.c has calls made, tool_run_stream.c has what the app reads.
 */
#ifndef UNDERSTUDY_TOOL_RUN_H
#define UNDERSTUDY_TOOL_RUN_H

#include <stdbool.h>

#include "answer/frames.h"
#include "base/list.h"
#include "base/loop.h"
#include "dialect/tools.h"
#include "exchange/exchange.h"
#include "exchange/round.h"
#include "text/buf.h"
#include "tool/tool_job.h"
#include "tool/tool_servers.h"
#include "tools/tool_kit.h"
#include "tools/tool_turn.h"
#include "tools/tool_wish.h"

struct tool_run;
struct tool_run_waiter;

/* All of one worker, which makes it and owns what it points to. */
struct tool_runs {
    struct exchanges *exchanges;
    struct tool_servers *servers;
    struct tool_run *first; /* under way */
    bool stopping;          /* no round is asked again, and no call begins */
};

/*
 * A run, when the request asks for tools that are run here; NULL, and nothing was taken, when it
 * does not. Else as exchange_start: takes request's body and hold, *client is copied, and the run
 * is there until the client says end or gone.
 */
struct tool_run *tool_run_start(struct tool_runs *all, const struct client *client,
                                struct client_request *request);

/* What the client says, one of them once: it has all of the answer, or went away before that. */
void tool_run_client_end(struct tool_run *run);
void tool_run_client_gone(struct tool_run *run);

/* The time to drain is over. Behind exchange_end_all. */
void tool_runs_end_all(struct tool_runs *all);

/* id, meaning, the states that may follow beside OVER. */
#define TOOL_RUN_STATES(X)                                                                         \
    X(LISTING, "servers are asked for what they offer", T(ASKING))                                 \
    X(ASKING, "a round is under way", T(ASKING) | T(CALLING) | T(ANSWERED))                        \
    X(CALLING, "calls of ours are under way", T(ASKING) | T(ANSWERED))                             \
    X(ANSWERED, "the app has been told how it ends", 0)                                            \
    X(OVER, "the app has all, or is gone", 0)

enum tool_run_state {
#define X(id, meaning, next) TOOL_RUN_##id,
    TOOL_RUN_STATES(X)
#undef X
};

/* What every round asks, kept from the app's request. */
struct tool_run_request {
    char *method, *path, *query;
    char *client; /* NULL = none with a name */
    const struct dialect *dialect;
    struct header_field *fields;
    struct forward_app app; /* of those fields */
    struct buf body;        /* as the app sent it, without codings */
    struct hold hold;
};

/* One of the answer's calls that are ours. */
struct tool_run_call {
    struct tool_run *run;
    const struct tool_call *asked;   /* of the answer */
    const struct tool_kit_one *tool; /* NULL = none that is offered */
    struct tool_job *job;            /* NULL while it is not under way */
    bool begun, ended;
    bool failed;
    int64_t begun_at_ms;
    struct buf text; /* what the model gets */
};

struct tool_run_calls {
    struct tool_calls named; /* as the model named them, all of the answer */
    struct tool_run_call *at;
    size_t count;
    struct buf answer; /* of the round, whole */
};

/* What the app reads of a streamed answer. */
struct tool_run_stream {
    struct tool_weaver *weaver;        /* NULL = the answer is not streamed */
    struct frames frames;              /* of a round */
    struct frames told;                /* of what is told, for the judge */
    void *judge;                       /* its state */
    const struct reply_source *source; /* of the round's bytes; NULL = there are none to take */
    void *source_arg;
    struct buf out;
    bool headed;      /* the app has a status */
    bool content;     /* something of the answer is told, or waits for that in out */
    bool beats;       /* a comment for a silence is */
    bool failed;      /* an event has told that the answer failed, */
    size_t failed_at; /* behind so many bytes of out */
    bool whole;       /* behind out the stream is whole */
    bool broken;      /* it is not */
    bool ends;        /* the round's bytes seem to have all come */
    bool round_over;  /* they have */
    struct loop_timer beat;
};

struct tool_run {
    struct tool_runs *all;
    LIST_LINK(struct tool_run) under_way;
    struct client client;
    enum tool_run_state state;
    struct tool_run_request request;
    struct round_past past;
    struct tool_wish wish;
    struct tool_run_waiter *waiters; /* one for each server of the wish that is waited for */
    struct tool_kit kit;
    int again;                 /* how often the round under way was asked anew */
    int offered;               /* rounds in which our tools were */
    bool offers;               /* they are in the one under way */
    struct buf turns, earlier; /* behind the conversation; answers of the rounds that are over */
    struct exchange *exchange; /* of the round; NULL before the first */
    struct reply reply;        /* that it gave, until it is handed on */
    bool has_reply;
    struct tool_run_calls calls;
    struct tool_run_stream stream;
    struct loop_task step, reap;
};

static inline struct loop *tool_run_loop(const struct tool_run *run)
{
    return run->all->exchanges->means.loop;
}

/* Something has changed: run->step, a task, looks at it. */
static inline void tool_run_wake(struct tool_run *run)
{
    loop_defer(tool_run_loop(run), &run->step);
}

/* ---- tool_run_request.c */

/*
 * Does the request ask for tools? Fills *wish, or *why where it asks for what is not there. Those
 * of a request that asks for none are the exchange's business, and so is a body that cannot be
 * read; a body that is packed is looked into only where there is something to ask for, and is
 * unpacked then.
 */
bool tool_run_asks(const struct config *config, struct client_request *request,
                   struct tool_wish *wish, struct error *why);
void tool_run_keep_request(struct tool_run *run, struct client_request *request);
/* What it asks does not go out: the exchange says why not, and reports. */
void tool_run_refuse(struct tool_run *run, int status, const char *code, const struct error *why);
/* The body of the round, or why there is none. */
void tool_run_write_body(struct tool_run *run, struct buf *out, struct hold *hold);

/* ---- tool_run_lists.c */

/* Waits for the lists of the servers of its wish that are not known. */
void tool_run_lists_wait(struct tool_run *run);
bool tool_run_lists_are_told(const struct tool_run *run);
/* Waits no more. */
void tool_run_lists_leave(struct tool_run *run);
/* The same; what they offer is in the kit then, and what is down is told to the past. */
void tool_run_lists_take(struct tool_run *run);

/* ---- tool_run_calls.c */

/* The calls of the round's answer, whole, into run->calls.named. 0; -EPROTO: it is no JSON; or as
 * calls_read of dialect/tools.h. tool_run_calls_done forgets them. */
int tool_run_calls_read(struct tool_run *run, struct text answer);
/* Has those made that are ours, of that answer, and wakes the run as they end. Moves *answer. */
void tool_run_call(struct tool_run *run, struct buf *answer);
/* Whose work is over: all results are there. */
bool tool_run_calls_are_over(const struct tool_run *run);
/* The answer's turn and its results, added to run->turns, and the answer to run->earlier. 0, or an
 * error of buf. */
int tool_run_keep_turn(struct tool_run *run) __attribute__((warn_unused_result));
/* Ends what is under way, of which it is told that nobody knows its end; forgets all. */
void tool_run_calls_done(struct tool_run *run);

/* ---- tool_run_stream.c */

void tool_run_stream_init(struct tool_run *run);
void tool_run_stream_done(struct tool_run *run);
/* Takes what the round has, as long as there is room. */
void tool_run_stream_take(struct tool_run *run);
/* The round is over, its answer whole: *ret (JSON). False: there is none to go on from. */
bool tool_run_stream_answer(struct tool_run *run, struct buf *ret);
void tool_run_stream_next(struct tool_run *run);
/* The round has broken, and the app has nothing of the answer yet: it may be asked once more. */
bool tool_run_stream_is_untold(const struct tool_run *run);
/* So it is: what it told of its failure is forgotten. Before tool_run_stream_next. */
void tool_run_stream_forget(struct tool_run *run);
/* That was the last round; or it failed, with that message. */
void tool_run_stream_end(struct tool_run *run);
void tool_run_stream_fail(struct tool_run *run, struct text message);
/* A comment, where the app's dialect has one for a silence. */
bool tool_run_stream_beat(struct tool_run *run);
extern const struct reply_source tool_run_stream_source; /* arg: the run */

#endif
