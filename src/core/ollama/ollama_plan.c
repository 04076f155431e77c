/* See ollama_plan.h: what ollama_choose, the count of tokens and ollama_num_ctx say, in one. */
#include "ollama/ollama_plan.h"

#include "json/jsonspan.h"

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
                                     .near_only = query->near_only,
                                     .facts = query->facts,
                                     .count = &ret->count};
    int r = ollama_choose(provider, &query->known->models, &need, &ret->name, reterr);
    if (r < 0) {
        *ret = (struct ollama_plan){.name = NULL};
        return r;
    }
    ret->model = ollama_model_find(&query->known->models, text_of(ret->name));
    ret->leaves = (ret->model && ret->model->remote) || ollama_name_is_cloud(text_of(ret->name));
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

/* ---- by another model: one walk over the members; what is missing follows them */

struct writing {
    struct buf *out;
    int64_t num_ctx;
    int64_t window;
    bool has_options;
    bool has_truncate;
    bool comma;
};

static int put_comma(struct writing *w)
{
    bool comma = w->comma;
    w->comma = true;
    return comma ? buf_append_string(w->out, ",") : 0;
}

static int put_window(struct writing *w)
{
    w->window = w->num_ctx;
    return buf_printf(w->out, "\"num_ctx\":%lld", (long long)w->num_ctx);
}

/* The object's own members follow the one that is put in. */
static int put_options(struct writing *w, struct text value)
{
    struct text set, name, first;
    size_t position = 0;
    w->has_options = true;
    if (jsonspan_get(value, "num_ctx", &set) && jsonspan_type(set) == JSONSPAN_NUMBER) {
        if (!jsonspan_whole(set, &w->window))
            w->window = 0;
        return buf_append_text(w->out, value);
    }
    if (w->num_ctx <= 0 || jsonspan_get(value, "num_ctx", &set))
        return buf_append_text(w->out, value);
    int r = buf_append_string(w->out, "{");
    if (r == 0)
        r = put_window(w);
    if (r == 0 && jsonspan_member(value, &position, &name, &first))
        r = buf_append_string(w->out, ",");
    return r < 0 ? r : buf_append_text(w->out, text_skip(value, 1));
}

static int put_member(struct writing *w, struct text name, struct text value, const char *model)
{
    bool null = jsonspan_type(value) == JSONSPAN_NULL;
    bool options = jsonspan_name_is(name, "options");
    bool truncate = jsonspan_name_is(name, "truncate");
    if (null && (options || truncate))
        return 0;
    int r = put_comma(w);
    if (r == 0)
        r = buf_append_text(w->out, name);
    if (r == 0)
        r = buf_append_string(w->out, ":");
    if (r < 0)
        return r;
    if (jsonspan_name_is(name, "model"))
        return jsonspan_encode(text_of(model), w->out);
    if (options && jsonspan_type(value) == JSONSPAN_OBJECT)
        return put_options(w, value);
    w->has_options = w->has_options || options;
    w->has_truncate = w->has_truncate || truncate;
    return buf_append_text(w->out, value);
}

static int put_missing(struct writing *w)
{
    int r = 0;
    if (!w->has_options && w->num_ctx > 0) {
        r = put_comma(w);
        if (r == 0)
            r = buf_append_string(w->out, "\"options\":{");
        if (r == 0)
            r = put_window(w);
        if (r == 0)
            r = buf_append_string(w->out, "}");
    }
    if (r == 0 && !w->has_truncate) {
        r = put_comma(w);
        if (r == 0)
            r = buf_append_string(w->out, "\"truncate\":false");
    }
    return r < 0 ? r : buf_append_string(w->out, "}");
}

int ollama_stand_in(struct text body, const char *model, int64_t num_ctx, struct buf *out,
                    int64_t *ret_window)
{
    struct writing w = {.out = out, .num_ctx = num_ctx};
    struct text name, value;
    int r = buf_append_string(out, "{");
    for (size_t at = 0; r == 0 && jsonspan_member(body, &at, &name, &value);)
        r = put_member(&w, name, value, model);
    if (r == 0)
        r = put_missing(&w);
    *ret_window = w.window;
    return r;
}
