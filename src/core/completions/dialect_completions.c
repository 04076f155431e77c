/*
 * OpenAI's older API of completions: a prompt, and the text that goes on from it. The prompt
 * becomes what the user says in a chat of one message: the models here are made for that.
 * (platform.openai.com/docs/api-reference/completions, read 2026-11.)
 */
#include "completions/dialect_completions.h"

#include <errno.h>

#include "openai/dialect_openai.h"
#include "openai/stream_error.h"
#include "text/count.h"

#define LOGPROBS_MAX 20

static int refuse(struct error *reterr, const char *reason)
{
    error_set(reterr, "%s", reason);
    return -EINVAL;
}

static int add_prompt(struct chat_request *request, struct text prompt)
{
    struct chat_message *message = chat_add_message(request, CHAT_ROLE_USER);
    return message ? chat_add_text(message, prompt) : -ENOMEM;
}

static int read_prompt(struct chat_request *request, const json_t *value, struct error *reterr)
{
    const json_t *first = json_array_get(value, 0);
    if (json_is_string(value))
        return add_prompt(request, chat_json_text(value));
    if (json_is_integer(first) || json_is_array(first))
        return refuse(reterr, "a prompt of token ids: other models have other tokens");
    if (json_array_size(value) > 1)
        return refuse(reterr, "several prompts: it gives one answer at a time");
    if (!json_is_string(first))
        return refuse(reterr, "a prompt that is no text");
    return add_prompt(request, chat_json_text(first));
}

static int read_best_of(struct chat_request *request, const json_t *value, struct error *reterr)
{
    int64_t n = 0;
    (void)request;
    if (dialect_openai_whole(value, &n) && n == 1)
        return 0;
    return refuse(reterr, "best_of other than 1: it gives one answer at a time");
}

static int read_suffix(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)request;
    if (json_is_string(value) && json_string_length(value) == 0)
        return 0;
    return refuse(reterr, "suffix: it cannot write a text that fits before another one");
}

/* Unlike in chat, it is the number of the most likely tokens to tell beside the chosen one. */
static int read_logprobs(struct chat_request *request, const json_t *value, struct error *reterr)
{
    int64_t top = -1;
    if (json_is_false(value))
        return 0;
    if (!dialect_openai_whole(value, &top) || top < 0 || top > LOGPROBS_MAX) {
        chat_drop(request, "logprobs");
        return 0;
    }
    if (json_is_true(json_object_get(request->root, "echo")))
        return refuse(reterr, "echo with logprobs: it cannot tell those of the prompt");
    request->logprobs = true;
    request->top_logprobs = (int)top;
    return 0;
}

static int read_max_tokens(struct chat_request *request, const json_t *value, struct error *reterr)
{
    int64_t tokens = 1;
    if (dialect_openai_whole(value, &tokens) && tokens == 0)
        return refuse(reterr, "max_tokens of 0: it cannot answer with nothing");
    return dialect_openai_limit(request, value, "max_tokens");
}

/* Silent: model is the target's; echo is kept when the answer is written; user
 * only concerns the provider's books. */
static const struct dialect_openai_field fields[] = {
    {"prompt", read_prompt},
    {"n", dialect_openai_n},
    {"best_of", read_best_of},
    {"suffix", read_suffix},
    {"stream", dialect_openai_stream},
    {"max_tokens", read_max_tokens},
    {"stop", dialect_openai_stop},
    {"logprobs", read_logprobs},
    {"logit_bias", dialect_openai_logit_bias},
    {"stream_options", dialect_openai_stream_options},
    {"model", NULL},
    {"echo", NULL},
    {"user", NULL},
    {"metadata", NULL},
    {"store", NULL},
    {"service_tier", NULL},
    {"prompt_cache_key", NULL},
    {"safety_identifier", NULL},
};

static const struct dialect_openai_fields all = {fields, COUNT(fields), true};

static const char *member(size_t n)
{
    return dialect_openai_member(&all, n);
}

/* Thoughts have no place in the answer: the model is asked for none. */
static int request_read(struct text body, struct chat_request *request, struct error *reterr)
{
    int r = dialect_openai_load(body, request, reterr);
    if (r == 0)
        r = dialect_openai_fields_read(&all, request, reterr);
    if (r == 0 && request->message_count == 0)
        r = refuse(reterr, "prompt is missing");
    if (r < 0)
        return r;
    request->effort = CHAT_EFFORT_NONE;
    dialect_openai_rest_read(&all, request);
    return 0;
}

static const struct dialect_app app = {
    .request_read = request_read,
    .member = member,
    .writer_size = sizeof(struct dialect_completions_writer),
    .event_write = dialect_completions_event_write,
    .answer_write = dialect_completions_answer_write,
    .break_write = dialect_openai_break_write,
    .late_error_write = stream_error_from,
    .heartbeat = DIALECT_SSE_HEARTBEAT,
    .hides_reasoning = true,
};

const struct dialect dialect_completions = {
    .word = "completions",
    .asked_on = 1u << API_PATH_COMPLETIONS,
    .id_prefix = "cmpl-",
    .stream_type = "text/event-stream; charset=utf-8",
    .framing = DIALECT_SSE,
    .error_write = dialect_openai_error_write,
    .app = &app,
    .judge = &dialect_openai_judge,
};
