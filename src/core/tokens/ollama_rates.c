/*
 * What a model's own counts teach. The difference between what was expected and what was told is
 * put to each kind by its share in the prompt: one of digits alone teaches what digits cost at
 * once, prose with a few digits hardly.
 */
#include "tokens/ollama_tokens.h"

/* What an image or a sound counts in Ollama's own estimate. */
#define TOKENS_PER_ATTACHMENT 768

#define HUNDREDTHS 100.0
#define TOKENS_MAX (INT64_MAX / 4)

#define RATE_MIN   0.2
#define RATE_MAX   5.0
#define BESIDE_MAX 4096.0
/* A shorter prompt says more of what the template adds than of the text. */
#define SHORT_TOKENS 400.0

static double clamp(double value, double min, double max)
{
    if (value < min)
        return min;
    return value > max ? max : value;
}

static double rate_of(const struct ollama_rates *rates, int kind)
{
    return rates && rates->known ? rates->of_kind[kind] : 1;
}

static double tokens_of(const struct ollama_count *count, const struct ollama_rates *rates,
                        int kind)
{
    return (double)count->hundredths[kind] / HUNDREDTHS * rate_of(rates, kind);
}

static double text_tokens(const struct ollama_count *count, const struct ollama_rates *rates)
{
    double tokens = 0;
    for (int kind = 0; kind < OLLAMA_KIND_COUNT; kind++)
        tokens += tokens_of(count, rates, kind);
    return tokens;
}

int64_t ollama_count_tokens(const struct ollama_count *count, const struct ollama_rates *rates)
{
    double tokens = text_tokens(count, rates) + (rates && rates->known ? rates->beside : 0) +
                    (double)count->attachments * TOKENS_PER_ATTACHMENT;
    return tokens < (double)TOKENS_MAX ? (int64_t)tokens : TOKENS_MAX;
}

static void begin(struct ollama_rates *rates)
{
    if (rates->known)
        return;
    rates->known = true;
    rates->beside = 0;
    for (int kind = 0; kind < OLLAMA_KIND_COUNT; kind++)
        rates->of_kind[kind] = 1;
}

static void learn_rates(struct ollama_rates *rates, const struct ollama_count *count, double ratio)
{
    double all = text_tokens(count, rates);
    double share[OLLAMA_KIND_COUNT];
    for (int kind = 0; kind < OLLAMA_KIND_COUNT; kind++)
        share[kind] = tokens_of(count, rates, kind) / all;
    for (int kind = 0; kind < OLLAMA_KIND_COUNT; kind++)
        rates->of_kind[kind] =
            clamp(rates->of_kind[kind] * (1 + share[kind] * (ratio - 1)), RATE_MIN, RATE_MAX);
}

void ollama_rates_learn(struct ollama_rates *rates, const struct ollama_count *count,
                        int64_t told_tokens)
{
    double told = (double)told_tokens;
    if (count->attachments || told < 1 || told < text_tokens(count, NULL) * RATE_MIN)
        return;
    if (rates->only_up && told < (double)ollama_count_tokens(count, rates))
        return;
    begin(rates);
    double all = text_tokens(count, rates);
    if (all < SHORT_TOKENS) {
        double beside = clamp(told - all, 0, BESIDE_MAX);
        rates->beside += (beside - rates->beside) / 2;
        return;
    }
    learn_rates(rates, count, clamp((told - rates->beside) / all, RATE_MIN, RATE_MAX));
}

void ollama_rates_doubt(struct ollama_rates *rates)
{
    *rates = (struct ollama_rates){.only_up = true};
}
