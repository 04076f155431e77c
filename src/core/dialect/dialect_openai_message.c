/*
 * messages: one message stays one message. A tool's result is told the name of the function that
 * was called, which OpenAI leaves out and others need, by looking for its id in the calls before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/dialect_openai.h"
#include "json/jsonspan.h"

static const struct {
    const char *name;
    enum chat_role role;
} roles[] = {
    {"system", CHAT_ROLE_SYSTEM}, {"developer", CHAT_ROLE_SYSTEM},
    {"user", CHAT_ROLE_USER},     {"assistant", CHAT_ROLE_ASSISTANT},
    {"tool", CHAT_ROLE_TOOL},     {"function", CHAT_ROLE_TOOL},
};

static int read_role(const json_t *message, enum chat_role *ret, struct error *reterr)
{
    struct text name = chat_json_text(json_object_get(message, "role"));
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (text_equals(name, roles[i].name)) {
            *ret = roles[i].role;
            return 0;
        }
    }
    error_set(reterr, "role \"%.*s\" cannot be translated", (int)(name.len < 40 ? name.len : 40),
              name.at);
    return -EINVAL;
}

/* What a part has beside its bytes. Ollama looks at an image in the one way that the model knows.
 */
static void drop_of_part(const struct chat_request *request, const json_t *part)
{
    static const char *const outside[] = {
        "type",        "text",        "refusal",  "image_url",     "detail",
        "input_audio", "annotations", "logprobs", "cache_control", NULL};
    static const char *const of_image[] = {"url", "detail", NULL};
    const json_t *image = json_object_get(part, "image_url");
    const json_t *detail = json_object_get(json_is_object(image) ? image : part, "detail");
    if (json_is_string(detail) && !text_equals(chat_json_text(detail), "auto"))
        chat_drop(request, "image_url.detail");
    dialect_openai_drop_members(request, image, "image_url", of_image);
    dialect_openai_drop_members(request, part, "content", outside);
}

static int read_parts(const struct chat_request *request, const json_t *content,
                      struct chat_message *message, struct error *reterr)
{
    message->parts = calloc(json_array_size(content) + 1, sizeof(*message->parts));
    if (!message->parts)
        return -ENOMEM;
    size_t i;
    json_t *part;
    json_array_foreach (content, i, part) {
        if (dialect_openai_is_thought(part))
            continue;
        int r = dialect_openai_part(part, &message->parts[message->part_count], reterr);
        if (r < 0)
            return r;
        drop_of_part(request, part);
        message->part_count++;
    }
    return 0;
}

static int read_string_part(const json_t *string, struct chat_message *message)
{
    message->parts = calloc(1, sizeof(*message->parts));
    if (!message->parts)
        return -ENOMEM;
    message->parts[0] = (struct chat_part){.kind = CHAT_PART_TEXT, .data = chat_json_text(string)};
    message->part_count = 1;
    return 0;
}

/* A refusal stands beside content, and instead of it. */
static int read_content(const struct chat_request *request, const json_t *json,
                        struct chat_message *message, struct error *reterr)
{
    const json_t *content = json_object_get(json, "content");
    const json_t *refusal = json_object_get(json, "refusal");
    bool empty = !content || json_is_null(content) || chat_json_text(content).len == 0;
    if (json_is_array(content))
        return read_parts(request, content, message, reterr);
    if (json_is_string(refusal) && empty)
        return read_string_part(refusal, message);
    if (json_is_string(content))
        return read_string_part(content, message);
    if (empty && (!content || json_is_null(content)))
        return 0;
    error_set(reterr, "content is neither a string nor an array");
    return -EINVAL;
}

static bool is_object_text(struct text json)
{
    return jsonspan_check(json, NULL) == 0 && jsonspan_type(json) == JSONSPAN_OBJECT;
}

static bool is_blank(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n", text.at[i]) || text.at[i] == '\0')
            return false;
    return true;
}

/*
 * Arguments are JSON text in a string. Some clients send the object itself: it is made text, and
 * kept in the tree in its place. What a model began and did not finish is no object: {} stands for
 * it, and it is named.
 */
static int read_arguments(struct chat_request *request, json_t *function, struct text *ret)
{
    const json_t *arguments = json_object_get(function, "arguments");
    if (json_is_object(arguments)) {
        char *dump = json_dumps(arguments, JSON_COMPACT);
        json_t *string = dump ? json_string(dump) : NULL;
        free(dump);
        if (json_object_set_new(function, "arguments", string) < 0)
            return -ENOMEM;
        *ret = chat_json_text(string);
        return 0;
    }
    *ret = chat_json_text(arguments);
    if (is_object_text(*ret))
        return 0;
    if (!is_blank(*ret) || (arguments && !json_is_string(arguments) && !json_is_null(arguments)))
        chat_drop(request, "tool_calls.arguments");
    *ret = text_of("{}");
    return 0;
}

static int read_function(struct chat_request *request, json_t *function, struct chat_call *call,
                         struct error *reterr)
{
    call->name = chat_json_text(json_object_get(function, "name"));
    if (call->name.len == 0) {
        error_set(reterr, "a tool call without the name of a function");
        return -EINVAL;
    }
    return read_arguments(request, function, &call->arguments);
}

static int read_calls(struct chat_request *request, const json_t *calls,
                      struct chat_message *message, struct error *reterr)
{
    message->calls = calloc(json_array_size(calls) + 1, sizeof(*message->calls));
    if (!message->calls)
        return -ENOMEM;
    size_t i;
    json_t *json;
    json_array_foreach (calls, i, json) {
        struct chat_call *call = &message->calls[message->call_count];
        call->id = chat_json_text(json_object_get(json, "id"));
        int r = read_function(request, json_object_get(json, "function"), call, reterr);
        if (r < 0)
            return r;
        message->call_count++;
    }
    return 0;
}

/* function_call, from before there were tools: one call without an id. */
static int read_legacy_call(struct chat_request *request, json_t *function,
                            struct chat_message *message, struct error *reterr)
{
    message->calls = calloc(1, sizeof(*message->calls));
    if (!message->calls)
        return -ENOMEM;
    message->call_count = 1;
    return read_function(request, function, message->calls, reterr);
}

/* Those of other roles would be taken for what was said. */
static int read_thoughts(struct chat_request *request, json_t *json, struct chat_message *message)
{
    json_t *thoughts = NULL;
    int r = dialect_openai_thoughts(json_object_get(json, "content"), &thoughts);
    if (r < 0 || !thoughts)
        return r;
    if (message->role != CHAT_ROLE_ASSISTANT || message->reasoning.len) {
        chat_drop(request, "content.thinking");
        json_decref(thoughts);
        return 0;
    }
    message->reasoning = chat_json_text(thoughts);
    /* Kept in the tree, which owns what the message points to. */
    return json_object_set_new(json, "reasoning_content", thoughts) < 0 ? -ENOMEM : 0;
}

/* reasoning_content is DeepSeek's and vLLM's name for it, reasoning OpenRouter's and Ollama's. */
static int read_assistant(struct chat_request *request, const json_t *json,
                          struct chat_message *message, struct error *reterr)
{
    const json_t *calls = json_object_get(json, "tool_calls");
    json_t *legacy = json_object_get(json, "function_call");
    message->reasoning = chat_json_text(json_object_get(json, "reasoning_content"));
    if (message->reasoning.len == 0)
        message->reasoning = chat_json_text(json_object_get(json, "reasoning"));
    if (json_is_object(json_object_get(json, "audio")))
        chat_drop(request, "messages.audio");
    if (json_array_size(calls) > 0)
        return read_calls(request, calls, message, reterr);
    if (json_is_object(legacy))
        return read_legacy_call(request, legacy, message, reterr);
    return 0;
}

static bool same(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* The function that the call of that id named, the latest first: ids may be used again. */
static struct text look_up(const struct chat_request *request, struct text id)
{
    for (size_t i = request->message_count; id.len && i-- > 0;) {
        const struct chat_message *message = &request->messages[i];
        for (size_t c = 0; c < message->call_count; c++)
            if (same(message->calls[c].id, id))
                return message->calls[c].name;
    }
    return text_make("", 0);
}

static void read_result(const struct chat_request *request, const json_t *json,
                        struct chat_message *message)
{
    message->call_id = chat_json_text(json_object_get(json, "tool_call_id"));
    message->call_name = look_up(request, message->call_id);
    if (message->call_name.len == 0)
        message->call_name = chat_json_text(json_object_get(json, "name"));
}

static int read_message(struct chat_request *request, json_t *json, struct chat_message *message,
                        struct error *reterr)
{
    static const char *const known[] = {
        "role",         "content", "refusal",           "name",      "tool_calls",
        "tool_call_id", "audio",   "reasoning_content", "reasoning", "function_call",
        "annotations",  "id",      "cache_control",     NULL};
    dialect_openai_drop_members(request, json, "messages", known);
    int r = read_role(json, &message->role, reterr);
    if (r == 0)
        r = read_content(request, json, message, reterr);
    if (r == 0 && message->role == CHAT_ROLE_ASSISTANT)
        r = read_assistant(request, json, message, reterr);
    if (r == 0)
        r = read_thoughts(request, json, message);
    if (r == 0 && message->role == CHAT_ROLE_TOOL)
        read_result(request, json, message);
    return r;
}

int dialect_openai_messages(struct chat_request *request, const json_t *messages,
                            struct error *reterr)
{
    if (json_array_size(messages) == 0) {
        error_set(reterr, "messages is empty");
        return -EINVAL;
    }
    request->messages = calloc(json_array_size(messages), sizeof(*request->messages));
    if (!request->messages)
        return -ENOMEM;
    size_t i;
    json_t *json;
    json_array_foreach (messages, i, json) {
        struct error why = ERROR_NONE;
        struct chat_message message = {0};
        int r = read_message(request, json, &message, &why);
        request->messages[request->message_count++] = message;
        if (r < 0) {
            error_set(reterr, "messages[%zu]: %s", i, why.text);
            return r;
        }
    }
    return 0;
}
