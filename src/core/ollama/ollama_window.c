/*
 * How large a context window to ask for. Another window than the loaded one makes Ollama load the
 * model anew, which takes minutes where it takes long, so windows grow in few, large steps and
 * never shrink.
 */
#include "ollama/ollama.h"
#include "text/units.h"

#define STEP_MIN INT64_C(8192)

/* How long Ollama keeps a model loaded unless it is told. */
#define KEEP_ALIVE_MS 300000

/* Beyond any model; keeps the doubling from overflowing. */
#define STEP_MAX (INT64_C(1) << 40)

int64_t ollama_tokens_with_answer(int64_t prompt_tokens, int64_t max_tokens)
{
    int64_t answer = max_tokens > 0 ? max_tokens : OLLAMA_ANSWER_TOKENS;
    int64_t sum = 0;
    return __builtin_add_overflow(prompt_tokens, answer, &sum) ? INT64_MAX : sum;
}

int64_t ollama_num_ctx(const struct config_provider *provider, const struct ollama_model *model,
                       int64_t need_tokens, int64_t loaded)
{
    int64_t limit = model && model->context_length > 0 ? model->context_length : STEP_MAX;
    int64_t step = STEP_MIN;
    if (provider->num_ctx > 0)
        return provider->num_ctx;
    if (loaded > 0 && need_tokens <= loaded)
        return loaded;
    while (step < need_tokens && step < limit)
        step *= 2;
    if (step > limit)
        step = limit;
    return step > loaded ? step : loaded;
}

static int64_t keep_alive_ms(const char *setting)
{
    int64_t ms = KEEP_ALIVE_MS;
    if (setting && units_duration(text_of(setting), &ms) < 0)
        return KEEP_ALIVE_MS; /* "-1": for ever, which is longer */
    return ms;
}

int64_t ollama_window_of(const struct ollama_window_known *known, int64_t now_ms)
{
    bool asked =
        known->asked > 0 && now_ms - known->asked_at_ms <= keep_alive_ms(known->keep_alive);
    if (asked && known->asked_at_ms >= known->told_at_ms)
        return known->asked;
    return known->told;
}
