/*
 * Reads a request of OpenAI's Responses API into the neutral one. The table knows every field:
 * those with a reader are carried over, or refused by it; SILENT ones change nothing that the app
 * could see in an answer. All others are left out and named.
 *
 * The cloud keeps what was said, if it is asked to; nobody else does. So what points to something
 * that is kept there is refused, and the rest is a chat like any other.
 */
#include "responses/dialect_responses.h"

#include <errno.h>
#include <stdlib.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "openai/dialect_openai.h"

/* An error that a provider made long is the largest. */
#define LATE_ERROR_MAX ((size_t)64 << 20)

static int refuse(struct error *reterr, const char *reason)
{
    error_set(reterr, "%s", reason);
    return -EINVAL;
}

static int refuse_state(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)request;
    (void)value;
    return refuse(reterr, "previous_response_id and conversation: what was said before is at the "
                          "cloud, here nothing is kept");
}

static int refuse_prompt(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)request;
    (void)value;
    return refuse(reterr, "prompt: the template is at the cloud");
}

static int read_background(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)request;
    if (!json_is_true(value))
        return 0;
    return refuse(reterr, "background: an answer that is fetched later is kept at the cloud");
}

static int read_instructions(struct chat_request *request, const json_t *value,
                             struct error *reterr)
{
    struct chat_message *message = NULL;
    if (!json_is_string(value))
        return refuse(reterr, "instructions that are no text");
    if (json_string_length(value) == 0)
        return 0;
    message = chat_add_message(request, CHAT_ROLE_SYSTEM);
    return message ? chat_add_text(message, chat_json_text(value)) : -ENOMEM;
}

static int read_max_output_tokens(struct chat_request *request, const json_t *value,
                                  struct error *reterr)
{
    (void)reterr;
    return dialect_openai_limit(request, value, "max_output_tokens");
}

/* summary asks for what is told anyway, where there is any. */
static int read_reasoning(struct chat_request *request, const json_t *value, struct error *reterr)
{
    static const char *const known[] = {"effort", "summary", "generate_summary", NULL};
    const json_t *effort = json_object_get(value, "effort");
    (void)reterr;
    dialect_openai_drop_members(request, value, "reasoning", known);
    if (effort && !json_is_null(effort))
        dialect_openai_effort(request, effort, "reasoning.effort");
    return 0;
}

static int read_format(struct chat_request *request, const json_t *format, struct error *reterr)
{
    static const char *const known[] = {"type", "name", "schema", "strict", NULL};
    struct text type = chat_json_text(json_object_get(format, "type"));
    const json_t *schema = json_object_get(format, "schema");
    if (!format || json_is_null(format) || text_equals(type, "text"))
        return 0;
    if (!text_equals(type, "json_object") && !text_equals(type, "json_schema"))
        return refuse(reterr, "text.format of a type that cannot be translated");
    dialect_openai_drop_members(request, format, "text.format", known);
    request->format = CHAT_FORMAT_JSON;
    request->format_field = "text.format";
    if (!json_is_object(schema))
        return 0;
    request->format = CHAT_FORMAT_SCHEMA;
    request->schema = schema;
    request->schema_name = chat_json_text(json_object_get(format, "name"));
    request->schema_strict = json_is_true(json_object_get(format, "strict"));
    if (request->schema_strict && !(request->carries & CHAT_CARRY_STRICT))
        chat_drop(request, "text.format.strict");
    return 0;
}

static int read_text(struct chat_request *request, const json_t *value, struct error *reterr)
{
    static const char *const known[] = {"format", NULL};
    dialect_openai_drop_members(request, value, "text", known);
    return read_format(request, json_object_get(value, "format"), reterr);
}

static int read_parallel(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    request->one_call = json_is_false(value);
    return 0;
}

/* Of what may be told beside the answer only this is known elsewhere. */
static int read_include(struct chat_request *request, const json_t *value, struct error *reterr)
{
    size_t i;
    json_t *one;
    (void)reterr;
    json_array_foreach (value, i, one) {
        if (text_equals(chat_json_text(one), "message.output_text.logprobs"))
            request->logprobs = true;
        else
            chat_drop(request, "include");
    }
    return 0;
}

static int read_truncation(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    if (!text_equals(chat_json_text(value), "disabled"))
        chat_drop(request, "truncation");
    return 0;
}

static int read_top_logprobs(struct chat_request *request, const json_t *value,
                             struct error *reterr)
{
    int64_t top = -1;
    (void)reterr;
    if (dialect_openai_whole(value, &top) && top >= 0 && top <= 20)
        request->top_logprobs = (int)top;
    else
        chat_drop(request, "top_logprobs");
    return 0;
}

static int read_user(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    request->user = chat_json_text(value);
    return 0;
}

static int read_input(struct chat_request *request, const json_t *value, struct error *reterr)
{
    return dialect_responses_input(request, value, reterr);
}

#define SILENT NULL

/*
 * name, reader. instructions stand before what input says. Silent for these reasons: model is the
 * target's; tools and what chooses among them are read together; the rest only concerns the
 * provider's books, or is what Codex tells about itself.
 */
static const struct dialect_openai_field fields[] = {
    {"previous_response_id", refuse_state},
    {"conversation", refuse_state},
    {"prompt", refuse_prompt},
    {"background", read_background},
    {"instructions", read_instructions},
    {"input", read_input},
    {"text", read_text},
    {"reasoning", read_reasoning},
    {"max_output_tokens", read_max_output_tokens},
    {"parallel_tool_calls", read_parallel},
    {"include", read_include},
    {"truncation", read_truncation},
    {"top_logprobs", read_top_logprobs},
    {"stream", dialect_openai_stream},
    {"stream_options", dialect_openai_stream_options},
    {"user", read_user},
    {"model", SILENT},
    {"tools", SILENT},
    {"tool_choice", SILENT},
    {"store", SILENT},
    {"metadata", SILENT},
    {"client_metadata", SILENT},
    {"service_tier", SILENT},
    {"prompt_cache_key", SILENT},
    {"prompt_cache_retention", SILENT},
    {"prompt_cache_options", SILENT},
    {"safety_identifier", SILENT},
};

static const struct dialect_openai_fields all = {fields, sizeof(fields) / sizeof(fields[0]), true};

static const char *member(size_t n)
{
    return dialect_openai_member(&all, n);
}

/* Ollama takes a request of nothing for one to load the model, and answers with an empty text. */
static int request_read(struct text body, struct chat_request *request, struct error *reterr)
{
    int r = dialect_openai_load(body, request, reterr);
    if (r == 0)
        r = dialect_openai_fields_read(&all, request, reterr);
    if (r == 0 && request->message_count == 0)
        r = refuse(reterr, "input is missing or empty");
    if (r == 0)
        r = dialect_responses_tools(request, reterr);
    if (r == 0)
        dialect_openai_rest_read(&all, request);
    return r;
}

/* The error of the answer that would have been given; one of ours where apps would see none. */
static int read_late_error(struct text body, struct text message, const char *code, struct buf *ret)
{
    struct text error = {0};
    if (jsonspan_check(body, NULL) == 0 && jsonspan_get(body, "error", &error) &&
        jsonspan_type(error) == JSONSPAN_OBJECT)
        return jsonspan_compact(error, ret);
    struct jsonwrite json = jsonwrite_to(ret);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "message", message);
    jsonwrite_string(&json, "type", text_of("upstream_error"));
    jsonwrite_null(&json, "param");
    jsonwrite_string(&json, "code", text_of(code));
    jsonwrite_close(&json, '}');
    return json.r;
}

/* A response that never began: it has no id, and its failure is its first event. */
static int late_error_write(struct text body, struct text message, const char *code,
                            struct buf *out)
{
    struct dialect_responses_writer never = {
        .base = {.identity = {.id = "", .model = "", .created = 0}, .begun = true}};
    struct buf error;
    buf_init(&error, LATE_ERROR_MAX);
    int r = read_late_error(body, message, code, &error);
    if (r == 0)
        r = dialect_responses_fail(&never, buf_text(&error), out);
    buf_done(&error);
    return r;
}

static const struct dialect_app app = {
    .request_read = request_read,
    .member = member,
    .writer_size = sizeof(struct dialect_responses_writer),
    .writer_done = dialect_responses_writer_done,
    .event_write = dialect_responses_event_write,
    .answer_write = dialect_responses_answer_write,
    .break_write = dialect_responses_break_write,
    .late_error_write = late_error_write,
    .heartbeat = DIALECT_SSE_HEARTBEAT,
    .breaks_well = true,
    .said_read = dialect_responses_said_read,
    .follow = dialect_responses_follow,
    .copy = dialect_responses_copy,
};

const struct dialect dialect_responses = {
    .word = "responses",
    .asked_on = 1u << API_PATH_RESPONSES,
    .id_prefix = "resp_",
    .stream_type = "text/event-stream; charset=utf-8",
    .framing = DIALECT_SSE,
    .error_write = dialect_openai_error_write,
    .app = &app,
    .judge = &dialect_responses_judge,
    .tools = &dialect_responses_rounds,
};
