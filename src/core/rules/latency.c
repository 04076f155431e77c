/* Rings of values. The few models that a machine asks for are found by looking at all of them. */
#include "rules/latency.h"

#define NEVER             ((int64_t)-1)
#define HEDGE_AUTO_STREAM 10000
#define HEDGE_AUTO_WHOLE  60000 /* a long answer takes its time, and nothing is seen of it */
#define HEDGE_AUTO_USUAL  3
#define PERCENTILE_OF_100 95

static size_t values_of(const struct latency_model *model)
{
    return model->count < LATENCY_VALUES_MAX ? (size_t)model->count : LATENCY_VALUES_MAX;
}

void latency_init(struct latency *latency)
{
    *latency = (struct latency){0};
}

static const struct latency_model *find(const struct latency *latency, struct text name)
{
    for (int i = 0; i < LATENCY_MODELS_MAX && name.len > 0; i++)
        if (text_equals(name, latency->model[i].name))
            return &latency->model[i];
    return NULL;
}

static struct latency_model *oldest(struct latency *latency)
{
    struct latency_model *oldest = &latency->model[0];
    for (int i = 1; i < LATENCY_MODELS_MAX; i++)
        if (latency->model[i].noted < oldest->noted)
            oldest = &latency->model[i];
    return oldest;
}

static struct latency_model *find_or_make(struct latency *latency, struct text name)
{
    const struct latency_model *known = find(latency, name);
    if (known)
        return &latency->model[known - latency->model];
    struct latency_model *model = oldest(latency);
    *model = (struct latency_model){0};
    memcpy(model->name, name.at, name.len);
    return model;
}

void latency_note(struct latency *latency, struct text model, int64_t first_content_ms)
{
    if (model.len == 0 || model.len >= LATENCY_NAME_MAX || first_content_ms < 0)
        return;
    struct latency_model *of = find_or_make(latency, model);
    int32_t value_ms = first_content_ms < INT32_MAX ? (int32_t)first_content_ms : INT32_MAX;
    of->value_ms[of->count++ % LATENCY_VALUES_MAX] = value_ms;
    of->noted = ++latency->notes;
}

/* Asked for with every request: the few values from the percentile up are kept in order in one
 * pass, which costs a tenth of sorting all. */
int64_t latency_usual_ms(const struct latency *latency, struct text model)
{
    int32_t largest[LATENCY_VALUES_MAX] = {0};
    const struct latency_model *of = find(latency, model);
    size_t count = of ? values_of(of) : 0, kept = 0;
    if (count == 0)
        return 0;
    size_t wanted = count - (count * PERCENTILE_OF_100 + 99) / 100 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t at = kept < wanted ? kept++ : wanted;
        for (; at > 0 && largest[at - 1] < of->value_ms[i]; at--)
            if (at < wanted)
                largest[at] = largest[at - 1];
        if (at < wanted)
            largest[at] = of->value_ms[i];
    }
    return largest[wanted - 1];
}

int64_t latency_hedge_ms(const struct latency_hedge *hedge)
{
    if (hedge->setting_ms != HEDGE_AUTO)
        return hedge->setting_ms > 0 ? hedge->setting_ms : NEVER;
    if (hedge->reasoning)
        return NEVER;
    int64_t least_ms = hedge->stream ? HEDGE_AUTO_STREAM : HEDGE_AUTO_WHOLE;
    int64_t usual_ms = HEDGE_AUTO_USUAL * hedge->usual_ms;
    return usual_ms > least_ms ? usual_ms : least_ms;
}

int64_t latency_hedge_setting(const struct config *config, struct text model)
{
    const struct config_model *line = NULL;
    while (model.at && (line = config_model_next(config, model, line)) != NULL)
        if (line->has_hedge_after)
            return line->hedge_after_ms;
    return config->route.hedge_after_ms;
}
