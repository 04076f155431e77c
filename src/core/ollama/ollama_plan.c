/* See ollama_plan.h: what ollama_choose, the count of tokens and ollama_num_ctx say, in one. */
#include "ollama/ollama_plan.h"

int ollama_plan(const struct ollama_plan_query *query, struct ollama_plan *ret,
                struct error *reterr)
{
    const struct config_provider *provider = query->step->provider;
    const char *wanted = query->step->model;
    *ret = (struct ollama_plan){.count = *query->count};
    ollama_count_text(query->begun, &ret->count);
    const struct ollama_need need = {.wanted = wanted,
                                     .explicit_ = wanted && !query->step->from_preference,
                                     .embeds = query->embeds,
                                     .facts = query->facts,
                                     .count = &ret->count};
    int r = ollama_choose(provider, &query->known->models, &need, &ret->name, reterr);
    if (r < 0) {
        *ret = (struct ollama_plan){.name = NULL};
        return r;
    }
    ret->model = ollama_model_find(&query->known->models, text_of(ret->name));
    int64_t prompt = ollama_count_tokens(&ret->count, ret->model ? &ret->model->rates : NULL);
    ret->tokens = ollama_tokens_with_answer(prompt, query->facts->max_tokens);
    if (ret->tokens < query->least_tokens)
        ret->tokens = query->least_tokens;
    int64_t loaded =
        ollama_known_window(query->known, ret->name, provider->keep_alive, query->now_ms);
    ret->num_ctx = ollama_num_ctx(provider, ret->model, ret->tokens, loaded);
    return 0;
}

int64_t ollama_window_widest(const struct ollama_model *model)
{
    return model && model->context_length > 0 ? model->context_length : INT64_MAX;
}

int64_t ollama_plan_window(const struct ollama_plan *plan)
{
    int64_t widest = ollama_window_widest(plan->model);
    return plan->num_ctx < widest ? plan->num_ctx : widest;
}

enum ollama_warm_up ollama_warm_up(const struct route_step *next, bool models_known)
{
    if (!next || next->skip != ROUTE_SKIP_NONE || !next->provider->kind->has_catalogue ||
        !next->provider->warm_up)
        return OLLAMA_WARM_UP_NOT;
    return models_known ? OLLAMA_WARM_UP_LOAD : OLLAMA_WARM_UP_LEARN;
}

/* A load under way is not given up for another window: hanging up would end it. */
bool ollama_warm_up_loads(bool under_way, int64_t window, int64_t num_ctx)
{
    return !under_way && window != num_ctx;
}
