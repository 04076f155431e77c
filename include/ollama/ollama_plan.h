/*
 * Which of an Ollama's models a request is for, and with which window; and whether one is to be
 * loaded before anybody asks it. Pure.
 */
#ifndef UNDERSTUDY_OLLAMA_PLAN_H
#define UNDERSTUDY_OLLAMA_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "ollama/ollama.h"
#include "ollama/ollama_known.h"
#include "rules/route.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

struct ollama_plan_query {
    const struct route_step *step;    /* of the route: provider, and the model that is wished for */
    const struct ollama_known *known; /* of that provider */
    bool embeds;                      /* it is to embed texts, not to chat */
    bool near_only;                   /* no model that another machine answers */
    const struct request_facts *facts;
    const struct ollama_count *count; /* of the prompt, without begun */
    struct text begun;                /* how the answer begins: an earlier one goes on */
    int64_t least_tokens; /* known to be needed, whatever is estimated; 0 = nothing is */
    int64_t now_ms;
};

struct ollama_plan {
    char *name;                       /* malloc'ed */
    const struct ollama_model *model; /* borrowed from known; NULL = it is not known there */
    bool leaves;                      /* another machine answers for that model */
    struct ollama_count count;        /* of the prompt, begun included */
    int64_t tokens;                   /* of that, and of the answer */
    int64_t num_ctx;                  /* to ask for */
};

/* Errors of ollama_choose; *ret is empty then. */
int ollama_plan(const struct ollama_plan_query *query, struct ollama_plan *ret,
                struct error *reterr) __attribute__((warn_unused_result));

/* The window that the model will have: what is asked for, or less where it has no more. */
int64_t ollama_plan_window(const struct ollama_plan *plan);

/* The widest window of that model; INT64_MAX = there is no limit that we know of, also of NULL. */
int64_t ollama_window_widest(const struct ollama_model *model);

/*
 * A chat is being tried again elsewhere, and next, which may be NULL, is who comes then: should its
 * model be loaded meanwhile ([provider] warm_up)? LEARN: first its models have to be known.
 */
enum ollama_warm_up {
    OLLAMA_WARM_UP_NOT,
    OLLAMA_WARM_UP_LEARN,
    OLLAMA_WARM_UP_LOAD,
} ollama_warm_up(const struct route_step *next, bool models_known);

/* Is it to be loaded: not under way, nor in memory with that window (0 = it is not)? */
bool ollama_warm_up_loads(bool under_way, int64_t window, int64_t num_ctx);

/*
 * The request of an app of Ollama's own, a JSON object, for another model than it asked for: and
 * where the app has not set them, with options.num_ctx (0 = it is left out) and truncate: false,
 * without which the beginning of what is too long would be left out in silence. All else keeps its
 * bytes. *ret_window is the num_ctx that it is asked with, 0 = none. Errors of buf.
 */
int ollama_stand_in(struct text body, const char *model, int64_t num_ctx, struct buf *out,
                    int64_t *ret_window) __attribute__((warn_unused_result));

#endif
