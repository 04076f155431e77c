/*
 * Reads an OpenAI chat request into the neutral one. The table below knows every field: those with
 * a reader are carried over (or refused by it), SILENT ones change nothing that the app could see
 * in an answer. All others are left out and named.
 */
#include "openai/dialect_openai.h"

#include <errno.h>

#include "openai/openai_rounds.h"
#include "openai/openai_weave.h"
#include "openai/stream_error.h"

static int read_messages(struct chat_request *request, const json_t *value, struct error *reterr)
{
    return dialect_openai_messages(request, value, reterr);
}

/* Stands below max_tokens in the table, and so wins over it. */
static int read_max_completion_tokens(struct chat_request *request, const json_t *value,
                                      struct error *reterr)
{
    (void)reterr;
    return dialect_openai_limit(request, value, "max_completion_tokens");
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
    if (dialect_openai_whole(value, &top) && top >= 0 && top <= 20)
        request->top_logprobs = (int)top;
    else
        chat_drop(request, "top_logprobs");
    return 0;
}

void dialect_openai_effort(struct chat_request *request, const json_t *word, const char *field)
{
    static const struct {
        const char *word;
        enum chat_effort effort;
    } words[] = {
        {"none", CHAT_EFFORT_NONE},     {"minimal", CHAT_EFFORT_LOW}, {"low", CHAT_EFFORT_LOW},
        {"medium", CHAT_EFFORT_MEDIUM}, {"high", CHAT_EFFORT_HIGH},   {"xhigh", CHAT_EFFORT_MAX},
        {"max", CHAT_EFFORT_MAX},       {"ultra", CHAT_EFFORT_MAX},
    };
    request->effort_field = field;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_equals(chat_json_text(word), words[i].word)) {
            request->effort = words[i].effort;
            return;
        }
    }
    chat_drop(request, field);
}

static int read_effort(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    dialect_openai_effort(request, value, "reasoning_effort");
    return 0;
}

/* {"effort": ...} of OpenRouter and the Responses API. */
static int read_reasoning(struct chat_request *request, const json_t *value, struct error *reterr)
{
    static const char *const known[] = {"effort", "enabled", NULL};
    const json_t *effort = json_object_get(value, "effort");
    int r = 0;
    dialect_openai_drop_members(request, value, "reasoning", known);
    if (json_is_string(effort))
        r = read_effort(request, effort, reterr);
    else if (json_is_false(json_object_get(value, "enabled")))
        request->effort = CHAT_EFFORT_NONE;
    else if (json_is_true(json_object_get(value, "enabled")))
        request->thinking = CHAT_THINKING_ON;
    request->effort_field = "reasoning";
    return r;
}

static int read_user(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    request->user = chat_json_text(value);
    return 0;
}

static int read_parallel(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    request->one_call = json_is_false(value);
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

#define SILENT NULL

/*
 * name, reader. Silent for these reasons: model is the target's; tools and what chooses among them
 * are read together; audio is the form of an output that modalities refuses; the rest only concerns
 * the provider's books.
 */
static const struct dialect_openai_field fields[] = {
    {"messages", read_messages},
    {"n", dialect_openai_n},
    {"stream", dialect_openai_stream},
    {"max_tokens", dialect_openai_max_tokens},
    {"max_completion_tokens", read_max_completion_tokens},
    {"stop", dialect_openai_stop},
    {"response_format", dialect_openai_format},
    {"logprobs", read_logprobs},
    {"top_logprobs", read_top_logprobs},
    {"reasoning", read_reasoning},
    {"reasoning_effort", read_effort},
    {"modalities", read_modalities},
    {"web_search_options", refuse_web_search},
    {"logit_bias", dialect_openai_logit_bias},
    {"stream_options", dialect_openai_stream_options},
    {"model", SILENT},
    {"tools", SILENT},
    {"functions", SILENT},
    {"tool_choice", SILENT},
    {"function_call", SILENT},
    {"parallel_tool_calls", read_parallel},
    {"audio", SILENT},
    {"user", read_user},
    {"metadata", SILENT},
    {"store", SILENT},
    {"service_tier", SILENT},
    {"prompt_cache_key", SILENT},
    {"prompt_cache_retention", SILENT},
    {"safety_identifier", SILENT},
    {"prediction", SILENT},
};

static const struct dialect_openai_fields all = {fields, sizeof(fields) / sizeof(fields[0]), true};

static const char *member(size_t n)
{
    return dialect_openai_member(&all, n);
}

static int read_request(struct text body, struct chat_request *request, struct error *reterr)
{
    int r = dialect_openai_load(body, request, reterr);
    if (r == 0)
        r = dialect_openai_fields_read(&all, request, reterr);
    if (r == 0 && request->message_count == 0) {
        error_set(reterr, "messages is missing");
        r = -EINVAL;
    }
    if (r == 0)
        r = dialect_openai_tools(request, reterr);
    if (r == 0)
        dialect_openai_rest_read(&all, request);
    return r;
}

int dialect_openai_break_write(struct dialect_writer *writer, struct text message, struct buf *out)
{
    (void)writer;
    return stream_error_write(message, out);
}

static const struct dialect_app app = {
    .request_read = read_request,
    .member = member,
    .writer_size = sizeof(struct dialect_writer),
    .event_write = dialect_openai_event_write,
    .answer_write = dialect_openai_answer_write,
    .break_write = dialect_openai_break_write,
    .late_error_write = stream_error_from,
    .heartbeat = DIALECT_SSE_HEARTBEAT,
    .said_read = dialect_openai_said_read,
};

static const struct dialect_provider provider = {
    .path = "/chat/completions",
    .carries = CHAT_CARRY_URL | CHAT_CARRY_STRICT | CHAT_CARRY_CHOICE,
    .pairs = true,
    .request_write = dialect_openai_request_write,
    .reader_size = sizeof(struct dialect_openai_reader),
    .event_read = dialect_openai_event_read,
    .answer_read = dialect_openai_answer_read,
    .refused = dialect_openai_refused,
};

static const struct dialect_tools tools = {
    .turns = "messages",
    .names_servers = true,
    .name_read = openai_rounds_tool_name,
    .offer_write = openai_rounds_offer_write,
    .choice_forces = openai_rounds_choice_forces,
    .calls_read = openai_rounds_calls_read,
    .turn_write = openai_rounds_turn_write,
    .answers_join = openai_rounds_answers_join,
    .weaver_size = sizeof(struct openai_weaver),
    .weave = openai_weave,
    .weave_answer = openai_weave_answer,
    .weave_next = openai_weave_next,
    .weave_end = openai_weave_end,
    .weaver_done = openai_weaver_done,
};

const struct dialect dialect_openai = {
    .word = "openai",
    .asked_on = 1u << API_PATH_CHAT,
    .id_prefix = "chatcmpl-",
    .stream_type = "text/event-stream; charset=utf-8",
    .framing = DIALECT_SSE,
    .error_write = dialect_openai_error_write,
    .app = &app,
    .provider = &provider,
    .judge = &dialect_openai_judge,
    .tools = &tools,
};
