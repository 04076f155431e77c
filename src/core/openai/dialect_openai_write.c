/*
 * Writes the neutral request for POST /chat/completions, for apps that speak otherwise.
 *
 * Tools that take a text are functions with one string, `input`: most who speak this dialect know
 * no other.
 */
#include <errno.h>
#include <string.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "openai/dialect_openai.h"
#include "text/wording.h"

/* Beyond it OpenAI refuses the request; the names that Claude Code gives are longer. */
#define USER_MAX 64

static int check(const struct chat_request *request, struct error *reterr)
{
    for (size_t m = 0; m < request->message_count; m++) {
        const struct chat_message *message = &request->messages[m];
        for (size_t p = 0; p < message->part_count; p++) {
            const struct chat_part *part = &message->parts[p];
            if (part->kind != CHAT_PART_DOCUMENT || part->source != CHAT_SOURCE_URL)
                continue;
            error_set(reterr, "a document by its URL is not fetched, send it in the request");
            return -EINVAL;
        }
    }
    return 0;
}

/* ---- tools */

/* The description is the only place where the shape of its text can be told. */
void dialect_openai_put_custom(struct jsonwrite *json, const char *name,
                               const struct chat_tool *tool)
{
    jsonwrite_open(json, name, '{');
    jsonwrite_string(json, "type", text_of("object"));
    jsonwrite_open(json, "properties", '{');
    jsonwrite_open(json, DIALECT_OPENAI_INPUT, '{');
    jsonwrite_string(json, "type", text_of("string"));
    jsonwrite_filled(json, "description", tool->format);
    jsonwrite_close(json, '}');
    jsonwrite_close(json, '}');
    jsonwrite_open(json, "required", '[');
    jsonwrite_string(json, NULL, text_of(DIALECT_OPENAI_INPUT));
    jsonwrite_close(json, ']');
    jsonwrite_close(json, '}');
}

void dialect_openai_put_tools(struct jsonwrite *json, const struct chat_request *request,
                              void (*put_function)(struct jsonwrite *, const struct chat_tool *))
{
    if (request->tool_count == 0)
        return;
    jsonwrite_open(json, "tools", '[');
    for (size_t i = 0; i < request->tool_count; i++) {
        const struct chat_tool *tool = &request->tools[i];
        jsonwrite_open(json, NULL, '{');
        jsonwrite_string(json, "type", text_of("function"));
        jsonwrite_open(json, "function", '{');
        jsonwrite_string(json, "name", tool->name);
        jsonwrite_filled(json, "description", tool->description);
        if (tool->kind == CHAT_TOOL_CUSTOM)
            dialect_openai_put_custom(json, "parameters", tool);
        else
            put_function(json, tool);
        jsonwrite_close(json, '}');
        jsonwrite_close(json, '}');
    }
    jsonwrite_close(json, ']');
}

static void put_function(struct jsonwrite *json, const struct chat_tool *tool)
{
    if (tool->parameters)
        jsonwrite_tree(json, "parameters", tool->parameters);
    if (tool->strict)
        jsonwrite_bool(json, "strict", true);
}

static void put_choice(struct jsonwrite *json, const struct chat_request *request)
{
    if (request->tool_count == 0)
        return;
    switch (request->choice) {
    case CHAT_CHOICE_AUTO:
        break;
    case CHAT_CHOICE_ANY:
        jsonwrite_string(json, "tool_choice", text_of("required"));
        break;
    case CHAT_CHOICE_NONE:
        jsonwrite_string(json, "tool_choice", text_of("none"));
        break;
    case CHAT_CHOICE_NAMED:
        jsonwrite_open(json, "tool_choice", '{');
        jsonwrite_string(json, "type", text_of("function"));
        jsonwrite_open(json, "function", '{');
        jsonwrite_string(json, "name", request->choice_name);
        jsonwrite_close(json, '}');
        jsonwrite_close(json, '}');
        break;
    }
    if (request->one_call)
        jsonwrite_bool(json, "parallel_tool_calls", false);
}

/* ---- the rest */

static void put_format(struct jsonwrite *json, const struct chat_request *request)
{
    if (request->format == CHAT_FORMAT_TEXT)
        return;
    bool schema = request->format == CHAT_FORMAT_SCHEMA;
    jsonwrite_open(json, "response_format", '{');
    jsonwrite_string(json, "type", text_of(schema ? "json_schema" : "json_object"));
    if (schema) {
        jsonwrite_open(json, "json_schema", '{');
        jsonwrite_string(json, "name",
                         request->schema_name.len ? request->schema_name : text_of("answer"));
        if (request->schema_strict)
            jsonwrite_bool(json, "strict", true);
        jsonwrite_tree(json, "schema", request->schema);
        jsonwrite_close(json, '}');
    }
    jsonwrite_close(json, '}');
}

/* Those that OpenAI has itself; others' servers have the rest, too. */
static bool is_standard(enum chat_number_id id)
{
    return id == CHAT_NUMBER_TEMPERATURE || id == CHAT_NUMBER_TOP_P ||
           id == CHAT_NUMBER_FREQUENCY_PENALTY || id == CHAT_NUMBER_PRESENCE_PENALTY ||
           id == CHAT_NUMBER_SEED;
}

static void put_numbers(struct jsonwrite *json, const struct chat_request *request,
                        const struct dialect_target *target)
{
    for (int i = 0; i < CHAT_NUMBER_COUNT; i++) {
        enum chat_number_id id = (enum chat_number_id)i;
        const struct chat_number *number = &request->number[id];
        if (!number->set)
            continue;
        if ((target->without & 1u << i) || (target->official && !is_standard(id)))
            chat_drop(request, chat_number_name(id));
        else if (number->whole)
            jsonwrite_integer(json, chat_number_name(id), number->integer);
        else
            jsonwrite_real(json, chat_number_name(id), number->real);
    }
}

static bool is_left_out(const struct dialect_target *target, enum dialect_openai_option option)
{
    return (target->without & (unsigned)option) != 0;
}

static void put_stop(struct jsonwrite *json, const struct chat_request *request,
                     const struct dialect_target *target)
{
    if (request->stop_count == 0)
        return;
    if (is_left_out(target, DIALECT_OPENAI_STOP)) {
        chat_drop(request, request->stop_field);
        return;
    }
    jsonwrite_open(json, "stop", '[');
    for (size_t i = 0; i < request->stop_count; i++)
        jsonwrite_string(json, NULL, request->stop[i]);
    jsonwrite_close(json, ']');
}

/* Newer models of OpenAI's take the longer name alone, most others the shorter one. */
static void put_limit(struct jsonwrite *json, const struct chat_request *request,
                      const struct dialect_target *target)
{
    const char *name = target->official ? "max_completion_tokens" : "max_tokens";
    if (request->max_tokens == 0)
        return;
    if (is_left_out(target, DIALECT_OPENAI_LIMIT))
        chat_drop(request, request->limit_field);
    else
        jsonwrite_integer(json, name, request->max_tokens);
}

/* Of thinking only how much is known here. */
static void put_effort(struct jsonwrite *json, const struct chat_request *request,
                       const struct dialect_target *target)
{
    static const char *const words[] = {
        [CHAT_EFFORT_NONE] = "none", [CHAT_EFFORT_LOW] = "low",   [CHAT_EFFORT_MEDIUM] = "medium",
        [CHAT_EFFORT_HIGH] = "high", [CHAT_EFFORT_MAX] = "xhigh",
    };
    bool thinks =
        request->thinking == CHAT_THINKING_ON || request->thinking == CHAT_THINKING_ADAPTIVE;
    if (request->effort == CHAT_EFFORT_UNSET) {
        if (thinks)
            chat_drop(request, request->effort_field);
        return;
    }
    if (is_left_out(target, DIALECT_OPENAI_EFFORT))
        chat_drop(request, request->effort_field);
    else
        jsonwrite_string(json, "reasoning_effort", text_of(words[request->effort]));
    if (request->thinking_budget > 0 && thinks)
        chat_drop(request, "thinking.budget_tokens");
}

static void put_logprobs(struct jsonwrite *json, const struct chat_request *request,
                         const struct dialect_target *target)
{
    if (!request->logprobs)
        return;
    if (is_left_out(target, DIALECT_OPENAI_LOGPROBS)) {
        chat_drop(request, "logprobs");
        return;
    }
    jsonwrite_bool(json, "logprobs", true);
    if (request->top_logprobs > 0)
        jsonwrite_integer(json, "top_logprobs", request->top_logprobs);
}

/* What it took is always asked for: the app may want to know, and so do we. */
static void put_stream(struct jsonwrite *json, const struct chat_request *request,
                       const struct dialect_target *target)
{
    if (!request->stream)
        return;
    jsonwrite_bool(json, "stream", true);
    if (is_left_out(target, DIALECT_OPENAI_USAGE))
        return;
    jsonwrite_open(json, "stream_options", '{');
    jsonwrite_bool(json, "include_usage", true);
    jsonwrite_close(json, '}');
}

int dialect_openai_request_write(const struct chat_request *request,
                                 const struct dialect_target *target, struct buf *out,
                                 struct error *reterr)
{
    int r = check(request, reterr);
    if (r < 0)
        return r;
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "model", text_of(target->model));
    dialect_openai_put_messages(&json, request);
    dialect_openai_put_tools(&json, request, put_function);
    put_choice(&json, request);
    put_format(&json, request);
    put_numbers(&json, request, target);
    put_stop(&json, request, target);
    put_limit(&json, request, target);
    put_effort(&json, request, target);
    put_logprobs(&json, request, target);
    if (request->user.len <= USER_MAX)
        jsonwrite_filled(&json, "user", request->user);
    put_stream(&json, request, target);
    jsonwrite_close(&json, '}');
    return json.r;
}

/* ---- whom, and what it refused */

static bool ends_nocase(struct text text, const char *lower_case)
{
    size_t len = strlen(lower_case);
    return text.len >= len && text_equals_nocase(text_skip(text, text.len - len), lower_case);
}

bool dialect_openai_is_official(const char *base_url)
{
    static const char *const hosts[] = {"openai.com", "openai.azure.com", "services.ai.azure.com",
                                        "cognitiveservices.azure.com"};
    const char *scheme = strstr(base_url, "://");
    const char *begin = scheme ? scheme + 3 : base_url;
    struct text host = text_make(begin, strcspn(begin, "/:"));
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        size_t len = strlen(hosts[i]);
        bool whole = host.len == len || (host.len > len && host.at[host.len - len - 1] == '.');
        if (whole && ends_nocase(host, hosts[i]))
            return true;
    }
    return false;
}

unsigned dialect_openai_refused(struct text request, const char *message)
{
    static const struct {
        const char *member;
        unsigned option;
    } members[] = {{"stop", DIALECT_OPENAI_STOP},
                   {"max_tokens", DIALECT_OPENAI_LIMIT},
                   {"max_completion_tokens", DIALECT_OPENAI_LIMIT},
                   {"reasoning_effort", DIALECT_OPENAI_EFFORT},
                   {"logprobs", DIALECT_OPENAI_LOGPROBS},
                   {"top_logprobs", DIALECT_OPENAI_LOGPROBS},
                   {"stream_options", DIALECT_OPENAI_USAGE}};
    unsigned refused = 0;
    struct text value;
    for (int i = 0; i < CHAT_NUMBER_COUNT; i++) {
        const char *name = chat_number_name((enum chat_number_id)i);
        if (jsonspan_get(request, name, &value) && wording_names(message, name))
            refused |= 1u << i;
    }
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (jsonspan_get(request, members[i].member, &value) &&
            wording_names(message, members[i].member))
            refused |= members[i].option;
    return refused;
}
