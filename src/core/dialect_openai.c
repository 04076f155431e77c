/*
 * Reads an OpenAI chat request into the neutral one. The table below knows every field: those with
 * a reader are carried over (or refused by it), SILENT ones change nothing that the app could see
 * in an answer. All others are left out and named.
 */
#include "dialect_openai.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jsonload.h"

typedef int read_fn(struct chat_request *request, const json_t *value, struct error *reterr);

/* A whole number, which may be written as 7.0. False: anything else. */
static bool read_whole(const json_t *value, int64_t *ret)
{
    if (json_is_integer(value)) {
        *ret = json_integer_value(value);
        return true;
    }
    double real = json_real_value(value);
    if (!json_is_real(value) || real >= 9.2e18 || real <= -9.2e18 || (double)(int64_t)real != real)
        return false;
    *ret = (int64_t)real;
    return true;
}

static int read_messages(struct chat_request *request, const json_t *value, struct error *reterr)
{
    return dialect_openai_messages(request, value, reterr);
}

static int read_n(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)request;
    int64_t n = 0;
    if (read_whole(value, &n) && n == 1)
        return 0;
    error_set(reterr, "n other than 1: it gives one answer at a time");
    return -EINVAL;
}

static int read_stream(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    request->stream = json_is_true(value);
    return 0;
}

/* 0 means no limit to some, and nothing at all to others: it is left out. */
static int read_limit(struct chat_request *request, const json_t *value, const char *name)
{
    int64_t tokens = 0;
    if (!read_whole(value, &tokens) || tokens < 0)
        chat_drop(request, name);
    else if (tokens > 0)
        request->max_tokens = tokens;
    return 0;
}

static int read_max_tokens(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    return read_limit(request, value, "max_tokens");
}

/* Stands below max_tokens in the table, and so wins over it. */
static int read_max_completion_tokens(struct chat_request *request, const json_t *value,
                                      struct error *reterr)
{
    (void)reterr;
    return read_limit(request, value, "max_completion_tokens");
}

static void add_stop(struct chat_request *request, const json_t *value)
{
    struct text stop = chat_json_text(value);
    if (!json_is_string(value))
        chat_drop(request, "stop");
    else if (stop.len)
        request->stop[request->stop_count++] = stop;
}

static int read_stop(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    request->stop = calloc(json_array_size(value) + 1, sizeof(*request->stop));
    if (!request->stop)
        return -ENOMEM;
    if (!json_is_array(value)) {
        add_stop(request, value);
        return 0;
    }
    size_t i;
    json_t *one;
    json_array_foreach (value, i, one)
        add_stop(request, one);
    return 0;
}

static int read_format(struct chat_request *request, const json_t *value, struct error *reterr)
{
    struct text type = chat_json_text(json_object_get(value, "type"));
    const json_t *schema = json_object_get(json_object_get(value, "json_schema"), "schema");
    if (text_equals(type, "text"))
        return 0;
    request->format = CHAT_FORMAT_JSON;
    if (text_equals(type, "json_object"))
        return 0;
    if (text_equals(type, "json_schema")) {
        request->schema = json_is_object(schema) ? schema : NULL;
        request->format = request->schema ? CHAT_FORMAT_SCHEMA : CHAT_FORMAT_JSON;
        return 0;
    }
    error_set(reterr, "response_format of a type that cannot be translated");
    return -EINVAL;
}

static int read_logprobs(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    request->logprobs = json_is_true(value);
    return 0;
}

static int read_top_logprobs(struct chat_request *request, const json_t *value,
                             struct error *reterr)
{
    (void)reterr;
    int64_t top = -1;
    if (read_whole(value, &top) && top >= 0 && top <= 20)
        request->top_logprobs = (int)top;
    else
        chat_drop(request, "top_logprobs");
    return 0;
}

static int read_effort(struct chat_request *request, const json_t *value, struct error *reterr)
{
    static const struct {
        const char *word;
        enum chat_effort effort;
    } words[] = {
        {"none", CHAT_EFFORT_NONE},     {"minimal", CHAT_EFFORT_LOW}, {"low", CHAT_EFFORT_LOW},
        {"medium", CHAT_EFFORT_MEDIUM}, {"high", CHAT_EFFORT_HIGH},   {"xhigh", CHAT_EFFORT_MAX},
        {"max", CHAT_EFFORT_MAX},       {"ultra", CHAT_EFFORT_MAX},
    };
    (void)reterr;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_equals(chat_json_text(value), words[i].word)) {
            request->effort = words[i].effort;
            return 0;
        }
    }
    chat_drop(request, "reasoning_effort");
    return 0;
}

/* {"effort": ...} of OpenRouter and the Responses API. */
static int read_reasoning(struct chat_request *request, const json_t *value, struct error *reterr)
{
    const json_t *effort = json_object_get(value, "effort");
    if (json_is_string(effort))
        return read_effort(request, effort, reterr);
    if (json_is_false(json_object_get(value, "enabled")))
        request->effort = CHAT_EFFORT_NONE;
    return 0;
}

static int read_modalities(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)request;
    size_t i;
    json_t *one;
    json_array_foreach (value, i, one) {
        if (!text_equals(chat_json_text(one), "text")) {
            error_set(reterr, "it answers in text only, not with audio or images");
            return -EINVAL;
        }
    }
    return 0;
}

static int refuse_web_search(struct chat_request *request, const json_t *value,
                             struct error *reterr)
{
    (void)request;
    (void)value;
    error_set(reterr, "web_search_options: it cannot search the web");
    return -EINVAL;
}

/* An empty one asks for nothing. */
static int drop_logit_bias(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    if (json_object_size(value) > 0)
        chat_drop(request, "logit_bias");
    return 0;
}

#define SILENT NULL

/*
 * name, reader. Silent for these reasons: model is the target's; tools and what chooses among them
 * are read together; stream_options and parallel_tool_calls are kept when the answer is written;
 * audio is the form of an output that modalities refuses; the rest only concerns the provider's
 * books.
 */
static const struct {
    const char *name;
    read_fn *read;
} fields[] = {
    {"messages", read_messages},
    {"n", read_n},
    {"stream", read_stream},
    {"max_tokens", read_max_tokens},
    {"max_completion_tokens", read_max_completion_tokens},
    {"stop", read_stop},
    {"response_format", read_format},
    {"logprobs", read_logprobs},
    {"top_logprobs", read_top_logprobs},
    {"reasoning", read_reasoning},
    {"reasoning_effort", read_effort},
    {"modalities", read_modalities},
    {"web_search_options", refuse_web_search},
    {"logit_bias", drop_logit_bias},
    {"model", SILENT},
    {"tools", SILENT},
    {"functions", SILENT},
    {"tool_choice", SILENT},
    {"function_call", SILENT},
    {"stream_options", SILENT},
    {"parallel_tool_calls", SILENT},
    {"audio", SILENT},
    {"user", SILENT},
    {"metadata", SILENT},
    {"store", SILENT},
    {"service_tier", SILENT},
    {"prompt_cache_key", SILENT},
    {"prompt_cache_retention", SILENT},
    {"safety_identifier", SILENT},
    {"verbosity", SILENT},
    {"prediction", SILENT},
};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

static void read_number(struct chat_request *request, enum chat_number_id id)
{
    struct chat_number *number = &request->number[id];
    const json_t *value = json_object_get(request->root, chat_number_name(id));
    if (!value || json_is_null(value))
        return;
    number->whole = chat_number_whole(id) || json_is_integer(value);
    number->set = number->whole ? read_whole(value, &number->integer) : json_is_real(value);
    if (number->set && !number->whole)
        number->real = json_real_value(value);
    if (!number->set)
        chat_drop(request, chat_number_name(id));
}

static bool is_known(const char *name)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (strcmp(fields[i].name, name) == 0)
            return true;
    for (int id = 0; id < CHAT_NUMBER_COUNT; id++)
        if (strcmp(chat_number_name((enum chat_number_id)id), name) == 0)
            return true;
    return false;
}

static void drop_unknown(const struct chat_request *request)
{
    const char *name;
    json_t *value;
    json_object_foreach (request->root, name, value) {
        if (!json_is_null(value) && !is_known(name))
            chat_drop(request, name);
    }
}

static int read_fields(struct chat_request *request, struct error *reterr)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const json_t *value = json_object_get(request->root, fields[i].name);
        if (!fields[i].read || !value || json_is_null(value))
            continue;
        int r = fields[i].read(request, value, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

int dialect_openai_read(struct text body, struct chat_request *request, struct error *reterr)
{
    request->root = jsonload(body, reterr);
    if (!json_is_object(request->root)) {
        error_set(reterr, "the request is not a JSON object");
        return -EINVAL;
    }
    int r = read_fields(request, reterr);
    if (r == 0 && request->message_count == 0) {
        error_set(reterr, "messages is missing");
        r = -EINVAL;
    }
    if (r == 0)
        r = dialect_openai_tools(request, reterr);
    for (int id = 0; r == 0 && id < CHAT_NUMBER_COUNT; id++)
        read_number(request, (enum chat_number_id)id);
    if (r == 0)
        drop_unknown(request);
    return r;
}

const struct dialect dialect_openai = {
    .name = "openai",
    .chat_path = "/chat/completions",
    .framing = DIALECT_SSE,
    .request_read = dialect_openai_read,
    .event_write = dialect_openai_event_write,
    .answer_write = dialect_openai_answer_write,
};
