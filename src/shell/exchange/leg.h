/*
 * One provider's part in an exchange: its tries and the waits between them. An exchange has one leg
 * after the other, or two beside each other when it hedges. It owns them until its end, so that
 * the error of one that is over can still be told. A leg knows what was asked, what it works with,
 * and of its owner no more than the table of events.
 * The table of states is its picture.
 */
#ifndef UNDERSTUDY_LEG_H
#define UNDERSTUDY_LEG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "exchange/attempt.h"
#include "exchange/inquiry.h"
#include "provider/catalog.h"
#include "provider/means.h"
#include "provider/places.h"
#include "rules/breaker.h"
#include "rules/history.h"
#include "rules/keyring.h"
#include "text/buf.h"
#include "text/error.h"

struct fetch;
struct leg;
struct resume;

/* id, meaning, the states that may follow beside OVER. */
#define LEG_STATES(X)                                                                              \
    X(PREPARING, "asks what has to be known first", L(QUEUED))                                     \
    X(QUEUED, "waits for its turn at the provider", L(TRYING))                                     \
    X(TRYING, "an attempt is under way", L(TRYING) | L(WAITING) | L(ANSWERING))                    \
    X(WAITING, "waits before the next try", L(TRYING))                                             \
    X(ANSWERING, "its answer is the client's", 0)                                                  \
    X(OVER, "does nothing more", 0)

enum leg_state {
#define X(id, meaning, next) LEG_##id,
    LEG_STATES(X)
#undef X
};

/* What is sent to the provider. */
struct leg_request {
    char *model; /* the name asked for; NULL when the app's own, or none, is used */
    bool leaves; /* Ollama: another machine answers for that model */
    char *url;
    struct buf body; /* when it is not the app's own bytes */
    bool own_body;   /* body is used */
    struct buf headers;
    struct buf dropped;           /* fields that could not be carried over */
    struct buf announcement;      /* what is put into the answer's text; empty = nothing is */
    const struct dialect *speaks; /* in which it is asked; NULL = as it came */
    int64_t num_ctx;              /* Ollama: the window asked for */
    struct ollama_count count;    /* Ollama: of the prompt, only where num_ctx is not 0 */
};

/* What stands around a leg. */
struct leg_outlook {
    int steps_left;                /* providers behind those that have legs, that can be tried */
    const struct route_step *next; /* the first that no leg was made for; NULL = there is none */
    bool others;                   /* beside this leg another may still answer */
};

/* What a leg tells its owner, and asks it. It may be at its end when the first four return. */
struct leg_events {
    /* Its first try begins. */
    void (*begins)(void *owner, struct leg *leg);
    /* Its first content, or its whole answer, is here. */
    void (*answers)(void *owner, struct leg *leg);
    /* It streams: there are bytes to read, or it has ended. */
    void (*more)(void *owner, struct leg *leg);
    /* It, or one that was over before it, has the last word of the two and will not answer; verdict
     * says what is to become of that, never RETRY_AGAIN. */
    void (*over)(void *owner, struct leg *leg, enum retry_verdict verdict);
    struct leg_outlook (*outlook)(const void *owner, const struct leg *leg);
    /* Can nobody behind those that have legs be tried, by what stands in the way now? */
    bool (*last)(const void *owner);
};

/* Everything is borrowed until leg_free. */
struct leg_plan {
    const struct leg_events *events;
    void *owner;
    const struct means *means;
    const struct inquiry *inquiry;
    struct history *history; /* a line is added for each try, and for a skip */
    size_t step;             /* in the route */
    struct resume *resume; /* its answer is put behind that stream, which broke; NULL = it begins */
    int64_t phase_at_ms;   /* what the deadline counts from: the request, or the break */
};

struct leg {
    struct leg_plan plan;
    struct leg *older; /* made before it, for the same inquiry; the owner sets it */
    const struct config_provider *provider;
    enum leg_state state;
    int64_t queued_at_ms; /* when it began to wait for its turn */
    bool hedge;           /* it began beside one that was silent; the owner sets it */
    int tries;            /* deliveries */
    int anew;             /* those of them that leg_again.c or leg_key.c asked for: no retries */
    size_t key;           /* of its provider's, the one that it is asked with */
    keyring_set keys_refused; /* in this leg */
    bool key_waits; /* the key was refused, and is set aside when no more is tried with it; not
                       where the refusal spares it (keyring.h) */
    int64_t key_refused_at_ms;
    struct leg_request request;
    char span[SPAN_ID_SIZE];     /* of the last one; "" = it is not traced */
    struct attempt *attempt;     /* the last one; NULL before the first */
    struct breaker_pass pass;    /* of the attempt under way */
    struct loop_timer wait;      /* before the next try */
    struct loop_timer share_end; /* the provider's share of the deadline */
    struct catalog_waiter models;
    struct catalog_waiter next_models; /* of the Ollama that would be next, to warm it up */
    struct place_guest guest;
    const struct config_provider *moved_from; /* NULL: nothing failed before it */
    const char *moved_by;                     /* the class of that, static */
    const char *moved_because;                /* no more tries were made there, static word */
    struct fetch *render;                     /* asks how the model's template ends */
    void (*rendered)(void *leg);              /* and that is called when it is told */
    bool prefill;                             /* it is given the text to go on from */
    bool committed;                           /* bytes of its stream are the client's */
    int64_t need_tokens;                      /* found out by an overflow; 0 = estimated */
    unsigned without;        /* options that its provider refused: bits of dialect_target.without */
    unsigned foreign;        /* parts of the history that it refused: bits of enum foreign */
    bool asked, asked_again; /* for the provider's models */
};

/* Nothing is told before leg_begin, which may tell at once. */
struct leg *leg_new(const struct leg_plan *plan);
void leg_begin(struct leg *leg);

/* Off the wire at once, and the owner is not told. */
void leg_cancel(struct leg *leg);

/* After leg_cancel or its own end. NULL is fine. */
void leg_free(struct leg *leg);

/* May it still answer? */
static inline bool leg_is_running(const struct leg *leg)
{
    return leg->state != LEG_OVER && leg->state != LEG_ANSWERING;
}

static inline bool leg_is_answering(const struct leg *leg)
{
    return leg->state == LEG_ANSWERING;
}

/* The machine went offline: one that waits for a provider out there need not. Where nothing may
 * leave the machine any more, nor need one that waits for its turn there. */
void leg_notice_offline(struct leg *leg);

/* What the client gets of it from now on is not taken back. */
void leg_commit(struct leg *leg);

/* It has been its turn since an earlier round, which told why. */
void leg_keep_move(struct leg *leg, const struct config_provider *from, const char *by);

/* Why it is its turn: that one failed by that word (static), and no more tries were made there
 * because of that (static). Only the first counts, and is told. */
void leg_note_move(struct leg *leg, const struct config_provider *from, const char *by,
                   const char *because);

/* Its answer has ended: the provider is free for the next one. */
void leg_answered(struct leg *leg);

/* The model's name there, for headers, log and metrics; "" when none was asked for. */
const char *leg_model(const struct leg *leg);

/* leg_prepare.c: asks what has to be known first, then makes the request. */
enum leg_prepared {
    LEG_READY,    /* the request is made */
    LEG_ASKS,     /* something is asked for: models, or render */
    LEG_CANNOT,   /* it cannot be asked: *reterr says why */
    LEG_TOO_LONG, /* nor can it, as the conversation is longer than its models can read */
};
enum leg_prepared leg_prepare(struct leg *leg, struct error *reterr);
/* How the model's template ends is told. */
void leg_note_rendered(struct leg *leg);

/*
 * leg_request.c: makes the request. 0; -EMSGSIZE when the conversation is longer than any of the
 * provider's models can read, -ENOENT when none of them can answer, -errno when it cannot be asked
 * for another reason; *reterr says why and the request is the one that it was before.
 */
int leg_request_make(struct leg *leg, struct error *reterr);
/* Makes its header fields anew, with the leg's key and span. */
void leg_request_sign(struct leg *leg);
/* The largest window that its Ollama's model can be asked with. */
int64_t leg_widest_window(const struct leg *leg);
/* The provider is waited for: have the Ollama that would be next load its model. */
void leg_warm_next(struct leg *leg);
/* For an Ollama, once the request is made: JSON text, malloc'ed, that asks it to show the prompt
 * which gives the model the text so far as the beginning of its turn. NULL = it cannot be made. */
char *leg_render_request(const struct leg *leg);
void leg_request_done(struct leg_request *request);
/* Is it asked in another dialect than the app's, once the request is made? */
bool leg_is_translated(const struct leg *leg);
/* How its answer is told to the app. */
struct relay_options leg_relay_options(const struct leg *leg);
/*
 * leg_again.c: what is asked once more at once, which is no retry, because of what the provider
 * itself said. True: the request is made anew. leg_ask_differently after a failure,
 * leg_ask_wider after a whole answer for which the window was too small.
 */
bool leg_ask_differently(struct leg *leg);
bool leg_ask_wider(struct leg *leg);
/*
 * leg_key.c: which key it is asked with. leg_key_choose before each delivery: false = all are set
 * aside. leg_key_next after a failure: true when it was the key that was refused and another one is
 * left, to ask with at once, which is no retry. leg_key_note_end when its answer has ended,
 * well or not, and leg_key_leave when no more is tried here: the one that was refused last is set
 * aside then.
 */
bool leg_key_choose(struct leg *leg);
bool leg_key_next(struct leg *leg);
void leg_key_note_end(struct leg *leg);
void leg_key_leave(struct leg *leg);
/* Was the last answer a refusal that is no fault of the key (keyring.h)? */
static inline bool leg_key_is_spared(const struct leg *leg)
{
    const struct keyring_refusal refusal = {.result = attempt_result(leg->attempt),
                                            .error = attempt_error(leg->attempt),
                                            .path = leg->plan.inquiry->path,
                                            .body = buf_text(attempt_body(leg->attempt))};
    return keyring_has_choice(leg->provider) && keyring_spares(&refusal);
}
/* The number of its key where it has several, for people; 0. */
static inline size_t leg_key_number(const struct leg *leg)
{
    return keyring_has_choice(leg->provider) ? leg->key + 1 : 0;
}

/* After an answer that is good: what it teaches, and whether it had room. */
void leg_note_answer(const struct leg *leg);
/* What it means when the provider does not know the path of the request; NULL = nothing special. */
const char *leg_absent_path(const struct leg *leg);

/* leg_report.c: log and metrics. */
void leg_report_attempt(const struct leg *leg);
void leg_report_no_descriptor(const struct leg *leg);
void leg_report_retry(const struct leg *leg, const struct retry_decision *decision);
/* aside_ms: for how long the refused one is; 0 = it is not. */
void leg_report_key(const struct leg *leg, size_t next, int64_t aside_ms);
void leg_report_hedge(const struct leg *leg, const struct config_provider *silent);
/* What to do about a refusal, where it is about what another provider wrote. */
void leg_report_history(const struct leg *leg);
void leg_report_move(const struct leg *leg);
void leg_report_break(const struct leg *leg);
void leg_report_continued(const struct leg *leg);

#endif
