/*
 * How large a context window to ask for. Another window than the loaded one makes Ollama load the
 * model anew, which takes minutes where it takes long, so windows grow in few, large steps and
 * never shrink.
 */
#include "ollama.h"

#define STEP_MIN INT64_C(8192)

/* Beyond any model; keeps the doubling from overflowing. */
#define STEP_MAX (INT64_C(1) << 40)

#define BYTES_PER_TOKEN  3
#define TOKENS_PER_IMAGE 768 /* what Ollama itself reckons with */

/* A run of this many letters without a blank is no text: base64 of an image or a sound. */
#define DATA_RUN 1024

/* Of six bytes, where three would do. */
#define ESCAPE_SURPLUS 3

static bool is_base64_byte(char c)
{
    return text_is_digit(c) || (text_lower(c) >= 'a' && text_lower(c) <= 'z') || c == '+' ||
           c == '/' || c == '=';
}

/* Some encoders write a slash as two bytes. */
static bool is_data(struct text body, size_t i)
{
    return is_base64_byte(body.at[i]) ||
           (body.at[i] == '\\' && i + 1 < body.len && body.at[i + 1] == '/');
}

/* How much longer the escape at i is than what it stands for: some encoders write all that is not
 * ASCII as \uXXXX, where UTF-8 needs three bytes at most. */
static size_t surplus(struct text body, size_t i)
{
    bool escape = body.at[i] == '\\' && i + 1 < body.len && body.at[i + 1] == 'u';
    return escape && (i == 0 || body.at[i - 1] != '\\') ? ESCAPE_SURPLUS : 0;
}

/* Bytes of text as UTF-8, without runs of base64. */
static size_t text_bytes(struct text body)
{
    size_t less = 0, run = 0;
    for (size_t i = 0; i <= body.len; i++) {
        if (i < body.len && is_data(body, i)) {
            run++;
            continue;
        }
        less += run >= DATA_RUN ? run : 0;
        less += i < body.len ? surplus(body, i) : 0;
        run = 0;
    }
    return body.len > less ? body.len - less : 0;
}

int64_t ollama_estimate_tokens(struct text body, const struct request_facts *facts)
{
    int64_t tokens = (int64_t)(text_bytes(body) / BYTES_PER_TOKEN);
    return tokens + (int64_t)facts->image_count * TOKENS_PER_IMAGE;
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
