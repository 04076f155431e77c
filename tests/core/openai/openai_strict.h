/*
 * Is this a request that OpenAI's chat/completions takes? Members, types and ranges of the API's
 * reference (read 2026-11), and what it says of tools and their results; tests/sim/openai_check.py
 * has the same for the system tests. NULL, or what is wrong.
 */
#ifndef UNDERSTUDY_OPENAI_STRICT_H
#define UNDERSTUDY_OPENAI_STRICT_H

#include "json_strict.h"

/* ---- messages */

static inline const char *openai_strict_url(const json_t *value)
{
    static const char *const members[] = {"https://", "http://", "data:image/",
                                          "data:application/"};
    for (size_t i = 0; i < COUNT(members); i++)
        if (json_is_string(value) &&
            strncmp(json_string_value(value), members[i], strlen(members[i])) == 0)
            return NULL;
    return "a URL";
}

static inline const char *openai_strict_image(const json_t *value)
{
    static const struct strict_member members[] = {{"url", openai_strict_url, true},
                                                   {"detail", strict_string, false}};
    return STRICT(value, members);
}

static inline const char *openai_strict_audio(const json_t *value)
{
    static const struct strict_member members[] = {{"data", strict_base64, true},
                                                   {"format", strict_name, true}};
    return STRICT(value, members);
}

static inline const char *openai_strict_file(const json_t *value)
{
    static const struct strict_member members[] = {{"file_data", openai_strict_url, true},
                                                   {"filename", strict_name, true}};
    return STRICT(value, members);
}

/* One thing beside its type. */
static inline const char *openai_strict_part(const json_t *value)
{
    static const struct strict_member members[] = {{"type", strict_name, true},
                                                   {"text", strict_string, false},
                                                   {"image_url", openai_strict_image, false},
                                                   {"input_audio", openai_strict_audio, false},
                                                   {"file", openai_strict_file, false}};
    const char *type = json_string_value(json_object_get(value, "type"));
    if (json_object_size(value) != 2 || !type || !json_object_get(value, type))
        return "a part";
    return STRICT(value, members);
}

static inline const char *openai_strict_parts(const json_t *value)
{
    return json_is_array(value) ? strict_list(value, openai_strict_part) : NULL;
}

static inline const char *openai_strict_arguments(const json_t *value)
{
    json_t *object =
        json_is_string(value)
            ? json_loadb(json_string_value(value), json_string_length(value), JSON_ALLOW_NUL, NULL)
            : NULL;
    const char *wrong = json_is_object(object) ? NULL : "arguments";
    json_decref(object);
    return wrong;
}

static inline const char *openai_strict_function_name(const json_t *value)
{
    return strict_word(value, 64) ? NULL : "a function's name";
}

static inline const char *openai_strict_called(const json_t *value)
{
    static const struct strict_member members[] = {{"name", openai_strict_function_name, true},
                                                   {"arguments", openai_strict_arguments, true}};
    return STRICT(value, members);
}

static inline const char *openai_strict_call(const json_t *value)
{
    static const struct strict_member members[] = {{"id", strict_name, true},
                                                   {"type", strict_name, true},
                                                   {"function", openai_strict_called, true}};
    return STRICT(value, members);
}

static inline const char *openai_strict_calls(const json_t *value)
{
    return strict_list(value, openai_strict_call);
}

static inline const char *openai_strict_message(const json_t *value)
{
    static const struct strict_member members[] = {{"role", strict_name, true},
                                                   {"content", openai_strict_parts, true},
                                                   {"tool_calls", openai_strict_calls, false},
                                                   {"tool_call_id", strict_name, false}};
    const json_t *role = json_object_get(value, "role"),
                 *content = json_object_get(value, "content");
    static const char *const assistant[] = {"assistant", NULL}, *const tool[] = {"tool", NULL};
    static const char *const others[] = {"system", "user", NULL};
    bool calls = json_object_get(value, "tool_calls") != NULL;
    if (calls && !strict_one_of(role, assistant))
        return "tool_calls of another";
    if (strict_one_of(role, tool) != (json_object_get(value, "tool_call_id") != NULL))
        return "tool_call_id";
    if (!strict_one_of(role, assistant) && !strict_one_of(role, tool) &&
        !strict_one_of(role, others))
        return "role";
    if (json_is_null(content) ? !calls : !json_is_string(content) && !json_is_array(content))
        return "content";
    return STRICT(value, members);
}

/* Each call has its result right behind it, and each result its call. */
static inline const char *openai_strict_order(const json_t *messages)
{
    json_t *open = json_object(), *message, *call;
    const char *wrong = NULL;
    size_t i, c;
    json_array_foreach ((json_t *)(uintptr_t)messages, i, message) {
        const char *of = json_string_value(json_object_get(message, "tool_call_id"));
        if (of && json_object_del(open, of) < 0)
            wrong = "a result without its call";
        if (!of && json_object_size(open))
            wrong = "a call without its result";
        json_array_foreach (json_object_get(message, "tool_calls"), c, call)
            (void)json_object_set_new(open, json_string_value(json_object_get(call, "id")),
                                      json_true());
    }
    wrong = json_object_size(open) ? "a call without its result" : wrong;
    json_decref(open);
    return wrong;
}

static inline const char *openai_strict_messages(const json_t *value)
{
    const char *wrong = strict_list(value, openai_strict_message);
    return wrong ? wrong : openai_strict_order(value);
}

/* ---- tools and the answer's form */

static inline const char *openai_strict_function(const json_t *value)
{
    static const struct strict_member members[] = {{"name", openai_strict_function_name, true},
                                                   {"description", strict_string, false},
                                                   {"parameters", strict_object, false},
                                                   {"strict", strict_bool, false}};
    return STRICT(value, members);
}

static inline const char *openai_strict_tool(const json_t *value)
{
    static const struct strict_member members[] = {{"type", strict_name, true},
                                                   {"function", openai_strict_function, true}};
    return STRICT(value, members);
}

static inline const char *openai_strict_tools(const json_t *value)
{
    return strict_list(value, openai_strict_tool);
}

static inline const char *openai_strict_named(const json_t *value)
{
    static const struct strict_member members[] = {{"name", openai_strict_function_name, true}};
    return STRICT(value, members);
}

static inline const char *openai_strict_choice(const json_t *value)
{
    static const char *const words[] = {"auto", "none", "required", NULL};
    static const struct strict_member members[] = {{"type", strict_name, true},
                                                   {"function", openai_strict_named, true}};
    return strict_one_of(value, words) ? NULL : STRICT(value, members);
}

static inline const char *openai_strict_schema(const json_t *value)
{
    static const struct strict_member members[] = {{"name", openai_strict_function_name, true},
                                                   {"schema", strict_object, true},
                                                   {"strict", strict_bool, false}};
    return STRICT(value, members);
}

static inline const char *openai_strict_format(const json_t *value)
{
    static const struct strict_member members[] = {{"type", strict_name, true},
                                                   {"json_schema", openai_strict_schema, false}};
    static const char *const schema[] = {"json_schema", NULL}, *const json[] = {"json_object",
                                                                                NULL};
    const json_t *type = json_object_get(value, "type");
    if (strict_one_of(type, schema) != (json_object_get(value, "json_schema") != NULL) ||
        (!strict_one_of(type, schema) && !strict_one_of(type, json)))
        return "response_format";
    return STRICT(value, members);
}

/* ---- the rest */

static inline const char *openai_strict_to_2(const json_t *value)
{
    return strict_between(value, 0, 2) ? NULL : "0 to 2";
}

static inline const char *openai_strict_to_1(const json_t *value)
{
    return strict_between(value, 0, 1) ? NULL : "0 to 1";
}

static inline const char *openai_strict_penalty(const json_t *value)
{
    return strict_between(value, -2, 2) ? NULL : "-2 to 2";
}

static inline const char *openai_strict_limit(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) > 0 ? NULL : "above 0";
}

static inline const char *openai_strict_stop(const json_t *value)
{
    return json_array_size(value) <= 4 ? strict_strings(value) : "4 stops at most";
}

static inline const char *openai_strict_effort(const json_t *value)
{
    static const char *const words[] = {"none", "minimal", "low", "medium", "high", "xhigh", NULL};
    return strict_one_of(value, words) ? NULL : "an effort";
}

static inline const char *openai_strict_user(const json_t *value)
{
    return json_is_string(value) && json_string_length(value) <= 64 ? NULL : "a user";
}

static inline const char *openai_strict_stream(const json_t *value)
{
    static const struct strict_member members[] = {{"include_usage", strict_bool, true}};
    return STRICT(value, members);
}

#define OPENAI_STRICT_MEMBERS                                                                      \
    {"model", strict_name, true}, {"messages", openai_strict_messages, true},                      \
        {"tools", openai_strict_tools, false}, {"tool_choice", openai_strict_choice, false},       \
        {"parallel_tool_calls", strict_bool, false},                                               \
        {"response_format", openai_strict_format, false},                                          \
        {"temperature", openai_strict_to_2, false}, {"top_p", openai_strict_to_1, false},          \
        {"frequency_penalty", openai_strict_penalty, false},                                       \
        {"presence_penalty", openai_strict_penalty, false}, {"seed", strict_integer, false},       \
        {"stop", openai_strict_stop, false}, {"reasoning_effort", openai_strict_effort, false},    \
        {"logprobs", strict_bool, false}, {"top_logprobs", strict_integer, false},                 \
        {"user", openai_strict_user, false}, {"stream", strict_bool, false},                       \
    {                                                                                              \
        "stream_options", openai_strict_stream, false                                              \
    }

/* official: OpenAI's own server; others have more to steer the choice of tokens. */
static inline const char *openai_strict_request(const json_t *value, bool official)
{
    static const struct strict_member at_openai[] = {
        OPENAI_STRICT_MEMBERS, {"max_completion_tokens", openai_strict_limit, false}};
    static const struct strict_member at_others[] = {
        OPENAI_STRICT_MEMBERS,
        {"max_tokens", openai_strict_limit, false},
        {"top_k", strict_integer, false},
        {"min_p", strict_number, false},
        {"typical_p", strict_number, false},
        {"repeat_penalty", strict_number, false},
        {"repeat_last_n", strict_integer, false},
    };
    static const char *const wants_tools[] = {"tool_choice", "parallel_tool_calls"};
    for (size_t i = 0; i < COUNT(wants_tools); i++)
        if (json_object_get(value, wants_tools[i]) && !json_object_get(value, "tools"))
            return wants_tools[i];
    if (json_object_get(value, "stream_options") && !json_is_true(json_object_get(value, "stream")))
        return "stream_options";
    return official ? STRICT(value, at_openai) : STRICT(value, at_others);
}

#endif
