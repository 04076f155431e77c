/* What an answer took, and whether the model had room for it. */
#include <inttypes.h>
#include <stdio.h>

#include "dialect/dialect_openai.h"
#include "ollama/ollama.h"

static int64_t sum_of(const struct chat_delta *delta)
{
    int64_t sum = 0;
    bool overflow = __builtin_add_overflow(delta->prompt_tokens, delta->completion_tokens, &sum);
    return overflow ? INT64_MAX : sum;
}

void dialect_openai_put_usage(struct jsonwrite *json, const struct chat_delta *delta)
{
    jsonwrite_open(json, "usage", '{');
    jsonwrite_integer(json, "prompt_tokens", delta->prompt_tokens);
    jsonwrite_integer(json, "completion_tokens", delta->completion_tokens);
    jsonwrite_integer(json, "total_tokens", sum_of(delta));
    jsonwrite_close(json, '}');
}

void dialect_openai_put_warning(struct jsonwrite *json, const struct dialect_writer *writer,
                                const struct chat_delta *delta)
{
    char message[160];
    if (!ollama_window_exceeded(delta->prompt_tokens, delta->completion_tokens, writer->window))
        return;
    (void)snprintf(message, sizeof(message),
                   "the conversation and this answer are longer than the window of %" PRId64
                   " tokens: the model has not seen the beginning to the end",
                   writer->window);
    jsonwrite_open(json, "understudy", '{');
    jsonwrite_string(json, "warning", text_of("window_exceeded"));
    jsonwrite_integer(json, "num_ctx", writer->window);
    jsonwrite_integer(json, "tokens", sum_of(delta));
    jsonwrite_string(json, "message", text_of(message));
    jsonwrite_close(json, '}');
}
