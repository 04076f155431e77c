/*
 * Reads a Messages request into the neutral one. The table below knows every field: those with a
 * reader are carried over (or refused by it), SILENT ones change nothing that the app could see in
 * an answer. All others are left out and named: container, mcp_servers, context_management and
 * what is still to come.
 */
#include "anthropic/dialect_anthropic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "anthropic/dialect_anthropic_error.h"
#include "json/jsonload.h"
#include "openai/dialect_openai.h"
#include "text/count.h"

static int refuse(struct error *reterr, const char *why)
{
    error_set(reterr, "%s", why);
    return -EINVAL;
}

static int read_stream(struct chat_request *request, json_t *value, struct error *reterr)
{
    if (!json_is_boolean(value))
        return refuse(reterr, "stream is neither true nor false");
    request->stream = json_is_true(value);
    return 0;
}

/* 0 asks to fill the provider's cache and for no answer. There is none to fill: the shortest one
 * is the nearest. */
static int read_max_tokens(struct chat_request *request, json_t *value, struct error *reterr)
{
    int64_t tokens = 0;
    if (!dialect_openai_whole(value, &tokens) || tokens < 0)
        return refuse(reterr, "max_tokens is not a whole number above 0");
    if (tokens == 0)
        chat_drop(request, "max_tokens");
    request->max_tokens = tokens ? tokens : 1;
    request->limit_field = "max_tokens";
    return 0;
}

static int read_stop(struct chat_request *request, json_t *value, struct error *reterr)
{
    size_t i;
    json_t *one;
    if (!json_is_array(value))
        return refuse(reterr, "stop_sequences is not an array of texts");
    request->stop = calloc(json_array_size(value) + 1, sizeof(*request->stop));
    if (!request->stop)
        return -ENOMEM;
    request->stop_field = "stop_sequences";
    json_array_foreach (value, i, one) {
        if (!json_is_string(one)) {
            error_set(reterr, "stop_sequences[%zu] is not a text", i);
            return -EINVAL;
        }
        if (json_string_length(one))
            request->stop[request->stop_count++] = chat_json_text(one);
    }
    return 0;
}

static int read_temperature(struct chat_request *request, json_t *value, struct error *reterr)
{
    return dialect_openai_number_or_refuse(request, CHAT_NUMBER_TEMPERATURE, value, "", reterr);
}

static int read_top_p(struct chat_request *request, json_t *value, struct error *reterr)
{
    return dialect_openai_number_or_refuse(request, CHAT_NUMBER_TOP_P, value, "", reterr);
}

static int read_top_k(struct chat_request *request, json_t *value, struct error *reterr)
{
    return dialect_openai_number_or_refuse(request, CHAT_NUMBER_TOP_K, value, "", reterr);
}

/* How what was thought is shown is Anthropic's own business; `omitted` hides it, and we cannot. */
static int read_thinking(struct chat_request *request, json_t *value, struct error *reterr)
{
    static const char *const known[] = {"type", "budget_tokens", "display", NULL};
    static const struct {
        const char *word;
        enum chat_thinking thinking;
    } words[] = {
        {"enabled", CHAT_THINKING_ON},
        {"adaptive", CHAT_THINKING_ADAPTIVE},
        {"between_tools", CHAT_THINKING_ADAPTIVE},
        {"disabled", CHAT_THINKING_OFF},
    };
    struct text type = chat_json_text(json_object_get(value, "type"));
    const json_t *budget = json_object_get(value, "budget_tokens");
    dialect_openai_drop_members(request, value, "thinking", known);
    if (text_equals(chat_json_text(json_object_get(value, "display")), "omitted"))
        chat_drop(request, "thinking.display");
    if (budget && !json_is_null(budget) &&
        (!dialect_openai_whole(budget, &request->thinking_budget) || request->thinking_budget < 0))
        return refuse(reterr, "thinking.budget_tokens is not a whole number above 0");
    for (size_t i = 0; i < COUNT(words); i++) {
        if (text_equals(type, words[i].word)) {
            request->thinking = words[i].thinking;
            request->effort_field = "thinking";
            return 0;
        }
    }
    return refuse(reterr, "thinking.type is none of enabled, adaptive and disabled");
}

static int read_effort(struct chat_request *request, const json_t *value, struct error *reterr)
{
    static const struct {
        const char *word;
        enum chat_effort effort;
    } words[] = {
        {"none", CHAT_EFFORT_NONE}, {"low", CHAT_EFFORT_LOW},   {"medium", CHAT_EFFORT_MEDIUM},
        {"high", CHAT_EFFORT_HIGH}, {"xhigh", CHAT_EFFORT_MAX}, {"max", CHAT_EFFORT_MAX},
    };
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_string(value))
        return refuse(reterr, "output_config.effort is not a text");
    if (request->thinking == CHAT_THINKING_UNSET)
        request->effort_field = "output_config.effort";
    for (size_t i = 0; i < COUNT(words); i++) {
        if (text_equals(chat_json_text(value), words[i].word)) {
            request->effort = words[i].effort;
            return 0;
        }
    }
    chat_drop(request, "output_config.effort");
    return 0;
}

/* {"type": "json_schema", "schema": S} */
static int read_format(struct chat_request *request, json_t *value, struct error *reterr)
{
    static const char *const known[] = {"type", "schema", "name", NULL};
    const json_t *schema = json_object_get(value, "schema");
    if (!value || json_is_null(value))
        return 0;
    if (!text_equals(chat_json_text(json_object_get(value, "type")), "json_schema"))
        return refuse(reterr, "the output format is of a type that cannot be translated");
    if (!json_is_object(schema))
        return refuse(reterr, "the output format has no schema that is an object");
    dialect_openai_drop_members(request, value, "output_config.format", known);
    request->format = CHAT_FORMAT_SCHEMA;
    request->schema = schema;
    request->schema_name = chat_json_text(json_object_get(value, "name"));
    return 0;
}

static int read_output(struct chat_request *request, json_t *value, struct error *reterr)
{
    static const char *const known[] = {"effort", "format", NULL};
    dialect_openai_drop_members(request, value, "output_config", known);
    int r = read_effort(request, json_object_get(value, "effort"), reterr);
    return r < 0 ? r : read_format(request, json_object_get(value, "format"), reterr);
}

static int read_metadata(struct chat_request *request, json_t *value, struct error *reterr)
{
    (void)reterr;
    request->user = chat_json_text(json_object_get(value, "user_id"));
    return 0;
}

#define SILENT NULL

/*
 * name, reader, in the order in which they are read: what is said last wins. Silent for these
 * reasons: model is the target's; tools and what chooses among them are read together;
 * cache_control and diagnostics are about a cache that only Anthropic has; the rest concerns the
 * provider's books. output_format is what output_config.format was called before.
 */
static const struct {
    const char *name;
    int (*read)(struct chat_request *request, json_t *value, struct error *reterr);
} fields[] = {
    {"system", dialect_anthropic_system},
    {"messages", dialect_anthropic_messages},
    {"stream", read_stream},
    {"max_tokens", read_max_tokens},
    {"stop_sequences", read_stop},
    {"temperature", read_temperature},
    {"top_p", read_top_p},
    {"top_k", read_top_k},
    {"thinking", read_thinking},
    {"output_format", read_format},
    {"output_config", read_output},
    {"metadata", read_metadata},
    {"model", SILENT},
    {"tools", SILENT},
    {"tool_choice", SILENT},
    {"cache_control", SILENT},
    {"diagnostics", SILENT},
    {"service_tier", SILENT},
    {"user_profile_id", SILENT},
    {"workspace_id", SILENT},
    {"billing_policy", SILENT},
};

static const char *member(size_t n)
{
    return n < COUNT(fields) ? fields[n].name : NULL;
}

static int read_fields(struct chat_request *request, struct error *reterr)
{
    for (size_t i = 0; i < COUNT(fields); i++) {
        json_t *value = json_object_get(request->root, fields[i].name);
        if (!fields[i].read || !value || json_is_null(value))
            continue;
        int r = fields[i].read(request, value, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool is_known(const char *name)
{
    for (size_t i = 0; i < COUNT(fields); i++)
        if (strcmp(fields[i].name, name) == 0)
            return true;
    return false;
}

/* Those that are empty ask for nothing: "mcp_servers": []. */
static void drop_unknown(const struct chat_request *request)
{
    const char *name;
    json_t *value;
    json_object_foreach (request->root, name, value) {
        bool asks = !json_is_null(value) &&
                    !(json_is_array(value) && json_array_size(value) == 0) &&
                    !(json_is_object(value) && json_object_size(value) == 0);
        if (asks && !is_known(name))
            chat_drop(request, name);
    }
}

/* Anthropic's models think when they are told to; of what others do unasked nothing is wanted. */
static void settle_thinking(struct chat_request *request)
{
    if (request->thinking != CHAT_THINKING_UNSET || request->effort != CHAT_EFFORT_UNSET)
        return;
    request->thinking = CHAT_THINKING_OFF;
    request->effort_field = NULL;
}

int dialect_anthropic_request_read(struct text body, struct chat_request *request,
                                   struct error *reterr)
{
    request->root = jsonload(body, reterr);
    if (!json_is_object(request->root))
        return refuse(reterr, "the request is not a JSON object");
    int r = read_fields(request, reterr);
    if (r == 0 && !json_is_array(json_object_get(request->root, "messages")))
        r = refuse(reterr, "messages is missing");
    if (r == 0)
        r = dialect_anthropic_tools(request, reterr);
    if (r < 0)
        return r;
    settle_thinking(request);
    drop_unknown(request);
    return 0;
}

/* No message_stop follows; anthropic-python does not raise on a bare end. */
static int break_write(struct dialect_writer *writer, struct text message, struct buf *out)
{
    const struct dialect_error error = {.message = message};
    (void)writer;
    return dialect_anthropic_error_event(&error, out);
}

static const struct dialect_app app = {
    .request_read = dialect_anthropic_request_read,
    .member = member,
    .writer_size = sizeof(struct dialect_anthropic_writer),
    .writer_done = dialect_anthropic_writer_done,
    .event_write = dialect_anthropic_event_write,
    .answer_write = dialect_anthropic_answer_write,
    .break_write = break_write,
    .late_error_write = dialect_anthropic_late_error,
    .heartbeat = "event: ping\ndata: {\"type\":\"ping\"}\n\n",
};

const struct dialect dialect_anthropic = {
    .word = "anthropic",
    .asked_on = 1u << API_PATH_MESSAGES,
    .home = "/messages",
    .mark = "anthropic-version",
    .id_header = "request-id",
    .id_prefix = "msg_",
    .stream_type = "text/event-stream; charset=utf-8",
    .framing = DIALECT_SSE,
    .error_write = dialect_anthropic_error_write,
    .error_status = dialect_anthropic_error_status,
    .app = &app,
    .provider = &dialect_anthropic_provider,
    .judge = &dialect_anthropic_judge,
    .tools = &dialect_anthropic_rounds,
};
