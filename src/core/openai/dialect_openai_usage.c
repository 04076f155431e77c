/* What an answer took, and whether the model had room for it. */
#include <inttypes.h>
#include <stdio.h>

#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "text/count.h"

/* As DIALECT_OPENAI_USAGE has them. */
enum {
    PROMPT,
    COMPLETION,
    CACHED,
    CACHE_HIT,
    OF_PROMPT,
    OF_COMPLETION,
    CACHED_OF_PROMPT,
    REASONING_OF_COMPLETION,
};

void dialect_openai_take_usage(const struct jsonspan_wanted rows[static DIALECT_OPENAI_USAGE_ROWS],
                               struct chat_usage *ret)
{
    (void)jsonspan_count(rows[PROMPT].value, &ret->prompt);
    (void)jsonspan_count(rows[COMPLETION].value, &ret->completion);
    (void)jsonspan_count(rows[CACHED].value, &ret->cached);
    (void)jsonspan_count(rows[CACHE_HIT].value, &ret->cached);
    (void)jsonspan_count(rows[CACHED_OF_PROMPT].value, &ret->cached);
    (void)jsonspan_count(rows[REASONING_OF_COMPLETION].value, &ret->reasoning);
}

void dialect_openai_read_usage(struct text usage, struct chat_usage *ret)
{
    struct jsonspan_wanted rows[] = {DIALECT_OPENAI_USAGE(0, 0)};
    if (jsonspan_read(usage, rows, COUNT(rows), NULL) == 0)
        dialect_openai_take_usage(rows, ret);
}

static int64_t told(int64_t tokens)
{
    return tokens > 0 ? tokens : 0;
}

static int64_t sum_of(const struct chat_usage *usage)
{
    int64_t sum = 0;
    bool overflow = __builtin_add_overflow(told(usage->prompt), told(usage->completion), &sum);
    return overflow ? INT64_MAX : sum;
}

void dialect_openai_put_usage(struct jsonwrite *json, const struct chat_delta *delta)
{
    jsonwrite_open(json, "usage", '{');
    const struct chat_usage *usage = &delta->usage;
    jsonwrite_integer(json, "prompt_tokens", told(usage->prompt));
    jsonwrite_integer(json, "completion_tokens", told(usage->completion));
    jsonwrite_integer(json, "total_tokens", sum_of(usage));
    if (usage->cached > 0) {
        jsonwrite_open(json, "prompt_tokens_details", '{');
        jsonwrite_integer(json, "cached_tokens", usage->cached);
        jsonwrite_close(json, '}');
    }
    if (usage->reasoning > 0) {
        jsonwrite_open(json, "completion_tokens_details", '{');
        jsonwrite_integer(json, "reasoning_tokens", usage->reasoning);
        jsonwrite_close(json, '}');
    }
    jsonwrite_close(json, '}');
}

void dialect_openai_put_warning(struct jsonwrite *json, const struct dialect_writer *writer,
                                const struct chat_delta *delta)
{
    char message[160];
    if (!answer_window_exceeded(told(delta->usage.prompt), told(delta->usage.completion),
                                writer->window))
        return;
    (void)snprintf(message, sizeof(message),
                   "the conversation and this answer are longer than the window of %" PRId64
                   " tokens: the model has not seen the beginning to the end",
                   writer->window);
    jsonwrite_open(json, "understudy", '{');
    jsonwrite_string(json, "warning", text_of("window_exceeded"));
    jsonwrite_integer(json, "num_ctx", writer->window);
    jsonwrite_integer(json, "tokens", sum_of(&delta->usage));
    jsonwrite_string(json, "message", text_of(message));
    jsonwrite_close(json, '}');
}
