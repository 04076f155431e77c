/*
 * An answer may take several exchanges, between which tools are run here (rooms tools, rounds). To
 * the app, the log, metrics and the ledger they are one: what those that are over leave to the next
 * is here. The run owns it; an exchange borrows it, from its start until its client's end or gone.
 */
#ifndef UNDERSTUDY_ROUND_H
#define UNDERSTUDY_ROUND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/shared_config.h"
#include "http/traceparent.h"
#include "rules/history.h"
#include "text/error.h"
#include "tools/tool_notes.h"

/* The trace that an inquiry and its attempts belong to. */
struct inquiry_trace {
    bool on;  /* it is traced: [log] otlp is set */
    bool own; /* the trace begins here */
    struct traceparent parent;
    char span[SPAN_ID_SIZE]; /* its own */
};

struct round_past {
    char id[24];                  /* of all of them */
    struct shared_config *shared; /* all go by these settings */
    int64_t begun_at_ms;          /* the first */
    int64_t begun_wall_s;
    struct inquiry_trace trace; /* of all of them, once the first has made it */
    struct error refusal;       /* why the round is not asked at all; not set = it is */
    const char *refusal_code;
    int refusal_status;
    const char *down;        /* "tool:weather": what was asked for and could not be offered;
                                NULL = nothing */
    struct tool_notes notes; /* the calls that were made */

    int rounds;          /* that are over: 0 = the exchange is the first */
    bool last;           /* what the exchange under way has told is the answer: it reports of all */
    bool untold;         /* the app left before it had taken what was told */
    int status;          /* that the app was given by an earlier round; 0 = none yet */
    int64_t first_at_ms; /* when it was told the first content; 0 = not yet, or it is not known */

    const struct config_provider *provider;   /* answered the last round: the next begins there */
    const struct config_provider *moved_from; /* and why it had come to that one; NULL, both = it
                                                 was the first */
    const char *moved_by;
    struct history history;                                  /* of all that are over */
    int64_t prompt_tokens, completion_tokens, cached_tokens; /* theirs together; -1 = not known */
};

/* Nothing is known yet. Borrows shared. */
void round_past_init(struct round_past *past, struct shared_config *shared, int64_t now_ms);
void round_past_done(struct round_past *past);

/* That round is over, and another one follows: who answered it (NULL = nobody was asked), why it
 * had come to that one, what was used. Moves *history. */
struct round_told {
    const struct config_provider *provider, *moved_from;
    const char *moved_by;
    int64_t prompt_tokens, completion_tokens, cached_tokens;
};
void round_past_take(struct round_past *past, const struct round_told *told,
                     struct history *history);

/* Both together; -1 = not known. */
static inline int64_t round_sum(int64_t a, int64_t b)
{
    return a < 0 ? b : b < 0 ? a : a + b;
}

#endif
