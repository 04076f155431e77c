/*
 * messages: one message stays one message. What was thought stands before what was said, and calls
 * behind it. A tool's result is told the name of the function that was called, which OpenAI leaves
 * out and others need, by looking for its id in the calls before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "text/count.h"

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
    for (size_t i = 0; i < COUNT(roles); i++) {
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
        "type",        "text",     "refusal",       "image_url", "detail", "input_audio",
        "annotations", "logprobs", "cache_control", "file",      NULL};
    static const char *const of_image[] = {"url", "detail", NULL};
    static const char *const of_file[] = {"file_data", "filename", NULL};
    const json_t *image = json_object_get(part, "image_url");
    const json_t *detail = json_object_get(json_is_object(image) ? image : part, "detail");
    if (json_is_string(detail) && !text_equals(chat_json_text(detail), "auto"))
        chat_drop(request, "image_url.detail");
    dialect_openai_drop_members(request, image, "image_url", of_image);
    dialect_openai_drop_members(request, json_object_get(part, "file"), "file", of_file);
    dialect_openai_drop_members(request, part, "content", outside);
}

/* Thoughts of other roles would be taken for what was said; of those that are told twice the first
 * ones stay. */
static int read_thought(json_t *part, struct chat_message *message, bool wanted, bool *unheard)
{
    struct text thought;
    int r = dialect_openai_thought(part, &thought);
    if (r < 0 || thought.len == 0)
        return r;
    if (!wanted) {
        *unheard = true;
        return 0;
    }
    struct chat_part *added = chat_add_part(message, CHAT_PART_REASONING);
    if (!added)
        return -ENOMEM;
    added->data = thought;
    return 0;
}

static int read_parts(const struct chat_request *request, const json_t *content,
                      struct chat_message *message, bool *unheard, struct error *reterr)
{
    bool wanted = message->role == CHAT_ROLE_ASSISTANT && message->part_count == 0;
    size_t i;
    json_t *json;
    json_array_foreach (content, i, json) {
        struct chat_part read, *part;
        int r = 0;
        if (dialect_openai_is_thought(json)) {
            r = read_thought(json, message, wanted, unheard);
        } else if ((r = dialect_openai_part(json, request->carries, &read, reterr)) == 0) {
            part = chat_add_part(message, read.kind);
            if (!part)
                return -ENOMEM;
            *part = read;
            drop_of_part(request, json);
        }
        if (r < 0)
            return r;
    }
    return 0;
}

/* A refusal stands beside content, and instead of it. */
static int read_content(const struct chat_request *request, const json_t *json,
                        struct chat_message *message, bool *unheard, struct error *reterr)
{
    const json_t *content = json_object_get(json, "content");
    const json_t *refusal = json_object_get(json, "refusal");
    bool empty = !content || json_is_null(content) || chat_json_text(content).len == 0;
    if (json_is_array(content))
        return read_parts(request, content, message, unheard, reterr);
    if (json_is_string(refusal) && empty)
        return chat_add_text(message, chat_json_text(refusal));
    if (json_is_string(content))
        return chat_add_text(message, chat_json_text(content));
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

int dialect_openai_arguments(struct chat_request *request, json_t *object, const char *field,
                             struct text *ret)
{
    static const char name[] = "arguments";
    const json_t *arguments = json_object_get(object, name);
    if (json_is_object(arguments)) {
        char *dump = json_dumps(arguments, JSON_COMPACT);
        json_t *string = dump ? json_string(dump) : NULL;
        free(dump);
        if (json_object_set_new(object, name, string) < 0)
            return -ENOMEM;
        *ret = chat_json_text(string);
        return 0;
    }
    *ret = chat_json_text(arguments);
    if (is_object_text(*ret))
        return 0;
    if (!is_blank(*ret) || (arguments && !json_is_string(arguments) && !json_is_null(arguments)))
        chat_drop(request, field);
    *ret = text_of("{}");
    return 0;
}

static int read_call(struct chat_request *request, struct text id, json_t *function,
                     struct chat_message *message, struct error *reterr)
{
    struct chat_part *part = chat_add_part(message, CHAT_PART_CALL);
    if (!part)
        return -ENOMEM;
    part->call.id = id;
    part->call.name = chat_json_text(json_object_get(function, "name"));
    if (part->call.name.len == 0) {
        error_set(reterr, "a tool call without the name of a function");
        return -EINVAL;
    }
    return dialect_openai_arguments(request, function, "tool_calls.arguments",
                                    &part->call.arguments);
}

/* tool_calls; or function_call, from before there were tools: one call without an id. */
static int read_calls(struct chat_request *request, const json_t *json,
                      struct chat_message *message, struct error *reterr)
{
    const json_t *calls = json_object_get(json, "tool_calls");
    json_t *legacy = json_object_get(json, "function_call");
    size_t i;
    json_t *call;
    int r = 0;
    json_array_foreach (calls, i, call)
        if (r == 0)
            r = read_call(request, chat_json_text(json_object_get(call, "id")),
                          json_object_get(call, "function"), message, reterr);
    if (json_array_size(calls) == 0 && json_is_object(legacy))
        r = read_call(request, (struct text){0}, legacy, message, reterr);
    return r;
}

/* reasoning_content is DeepSeek's and vLLM's name for it, reasoning OpenRouter's and Ollama's. */
static int read_reasoning(const json_t *json, struct chat_message *message)
{
    struct text reasoning = chat_json_text(json_object_get(json, "reasoning_content"));
    if (reasoning.len == 0)
        reasoning = chat_json_text(json_object_get(json, "reasoning"));
    if (reasoning.len == 0)
        return 0;
    struct chat_part *part = chat_add_part(message, CHAT_PART_REASONING);
    if (!part)
        return -ENOMEM;
    part->data = reasoning;
    return 0;
}

static void read_result(const struct chat_request *request, const json_t *json,
                        struct chat_message *message)
{
    message->call_id = chat_json_text(json_object_get(json, "tool_call_id"));
    message->call_name = chat_call_name(request, message->call_id);
    if (message->call_name.len == 0)
        message->call_name = chat_json_text(json_object_get(json, "name"));
}

static int read_message(struct chat_request *request, json_t *json, struct error *reterr)
{
    static const char *const known[] = {
        "role",         "content", "refusal",           "name",      "tool_calls",
        "tool_call_id", "audio",   "reasoning_content", "reasoning", "function_call",
        "annotations",  "id",      "cache_control",     NULL};
    struct chat_message *message = chat_add_message(request, CHAT_ROLE_USER);
    bool unheard = false; /* thoughts that could not be carried over */
    if (!message)
        return -ENOMEM;
    dialect_openai_drop_members(request, json, "messages", known);
    int r = read_role(json, &message->role, reterr);
    bool assistant = r == 0 && message->role == CHAT_ROLE_ASSISTANT;
    if (assistant)
        r = read_reasoning(json, message);
    if (r == 0)
        r = read_content(request, json, message, &unheard, reterr);
    if (assistant && r == 0 && json_is_object(json_object_get(json, "audio")))
        chat_drop(request, "messages.audio");
    if (assistant && r == 0)
        r = read_calls(request, json, message, reterr);
    if (unheard)
        chat_drop(request, "content.thinking");
    if (r == 0 && message->role == CHAT_ROLE_TOOL)
        read_result(request, json, message);
    return r;
}

int dialect_openai_messages(struct chat_request *request, const json_t *messages,
                            struct error *reterr)
{
    size_t i;
    json_t *json;
    json_array_foreach (messages, i, json) {
        struct error why = ERROR_NONE;
        int r = read_message(request, json, &why);
        if (r < 0) {
            error_set(reterr, "messages[%zu]: %s", i, why.text);
            return r;
        }
    }
    if (json_array_size(messages) > 0)
        return 0;
    error_set(reterr, "messages is empty");
    return -EINVAL;
}
