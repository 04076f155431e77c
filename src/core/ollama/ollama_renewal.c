/*
 * The questions of a renewal and what their answers mean (ollama_known.h):
 *
 *     TAGS -> SHOW, once for each model that needs it -> PS -> OVER
 *       '-> OVER: no list came
 */
#include <stdlib.h>

#include <jansson.h>

#include "ollama/ollama_known.h"

/* All questions of one renewal together may take this long. */
#define LIMIT_MS 2000
/* So many models are looked at one by one. */
#define SHOW_MAX 32

void ollama_renewal_begin(struct ollama_renewal *renewal, struct ollama_known *known,
                          enum ollama_ask ask, int64_t now_ms)
{
    *renewal = (struct ollama_renewal){.known = known, .end_at_ms = now_ms + LIMIT_MS};
    if (ask != OLLAMA_ASK_NOTHING)
        renewal->step = ask == OLLAMA_ASK_ALL ? OLLAMA_RENEWAL_TAGS : OLLAMA_RENEWAL_PS;
}

void ollama_renewal_done(struct ollama_renewal *renewal)
{
    ollama_models_done(&renewal->fresh);
    renewal->step = OLLAMA_RENEWAL_OVER;
}

/* malloc'ed; what memory is left for. */
static char *show_body(const char *model)
{
    json_t *json = json_pack("{s:s}", "model", model);
    char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return body;
}

bool ollama_renewal_question(const struct ollama_renewal *renewal, int64_t now_ms,
                             struct ollama_question *ret)
{
    int64_t left_ms = renewal->end_at_ms - now_ms;
    *ret = (struct ollama_question){.within_ms = left_ms > 0 ? left_ms : 0};
    switch (renewal->step) {
    case OLLAMA_RENEWAL_OVER:
        return false;
    case OLLAMA_RENEWAL_TAGS:
        ret->path = "/api/tags";
        return true;
    case OLLAMA_RENEWAL_SHOW:
        ret->path = "/api/show";
        ret->body = show_body(renewal->fresh.at[renewal->shown].name);
        return true;
    case OLLAMA_RENEWAL_PS:
        ret->path = "/api/ps";
        return true;
    }
    return false;
}

/* To the next model that has to be looked at, if there is one and time for it; else on to PS. */
static void step_to_show(struct ollama_renewal *renewal, int64_t now_ms)
{
    for (; renewal->shown < renewal->fresh.count; renewal->shown++) {
        struct ollama_model *model = &renewal->fresh.at[renewal->shown];
        if (!model->capabilities_known)
            ollama_model_recall(model, &renewal->known->models);
        if (!model->capabilities_known)
            break;
    }
    bool more = renewal->shown < renewal->fresh.count && renewal->asked < SHOW_MAX &&
                now_ms < renewal->end_at_ms;
    renewal->asked += more;
    renewal->step = more ? OLLAMA_RENEWAL_SHOW : OLLAMA_RENEWAL_PS;
}

/* What was learned becomes what is known; of models that are the same nothing is unlearned. */
static void settle(struct ollama_renewal *renewal, int64_t now_ms)
{
    struct ollama_known *known = renewal->known;
    renewal->step = OLLAMA_RENEWAL_OVER;
    if (!renewal->fresh.known)
        return;
    for (size_t i = 0; i < renewal->fresh.count; i++)
        ollama_model_recall(&renewal->fresh.at[i], &known->models);
    ollama_models_done(&known->models);
    known->models = renewal->fresh;
    known->told_at_ms = now_ms;
    renewal->fresh = (struct ollama_models){0};
}

void ollama_renewal_answer(struct ollama_renewal *renewal, int status, struct text body,
                           int64_t now_ms, struct error *reterr)
{
    struct ollama_known *known = renewal->known;
    bool good = status == 200;
    switch (renewal->step) {
    case OLLAMA_RENEWAL_OVER:
        break;
    case OLLAMA_RENEWAL_TAGS:
        if (good && ollama_tags_read(body, &renewal->fresh, reterr) == 0)
            step_to_show(renewal, now_ms);
        else
            settle(renewal, now_ms);
        break;
    case OLLAMA_RENEWAL_SHOW:
        if (good)
            (void)!ollama_show_read(body, &renewal->fresh.at[renewal->shown], reterr);
        renewal->shown++;
        step_to_show(renewal, now_ms);
        break;
    case OLLAMA_RENEWAL_PS:
        if (good && ollama_ps_read(body, renewal->fresh.known ? &renewal->fresh : &known->models,
                                   reterr) == 0)
            known->loaded_at_ms = now_ms;
        settle(renewal, now_ms);
        break;
    }
}
