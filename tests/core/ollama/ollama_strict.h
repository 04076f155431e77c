/*
 * Is this a request that Ollama's /api/chat reads without a complaint? Its members, their types and
 * their ranges, as api/types.go of 0.33.0 has them; what is not in the tables is a mistake.
 */
#ifndef UNDERSTUDY_OLLAMA_STRICT_H
#define UNDERSTUDY_OLLAMA_STRICT_H

#include "json_strict.h"
#include "text/count.h"

static inline const char *strict_limit(const json_t *value)
{
    json_int_t n = json_integer_value(value);
    return json_is_integer(value) && n > 0 && n <= 0x7fffffff ? NULL : "a positive integer";
}

static inline const char *strict_top(const json_t *value)
{
    json_int_t n = json_integer_value(value);
    return json_is_integer(value) && n >= 0 && n <= 20 ? NULL : "0 to 20";
}

static inline const char *strict_false(const json_t *value)
{
    return json_is_false(value) ? NULL : "false";
}

static inline const char *strict_images(const json_t *value)
{
    return strict_list(value, strict_base64);
}

static inline const char *strict_called(const json_t *value)
{
    static const struct strict_member members[] = {{"index", strict_integer, false},
                                                   {"name", strict_name, true},
                                                   {"arguments", strict_object, true}};
    return STRICT(value, members);
}

static inline const char *strict_call(const json_t *value)
{
    static const struct strict_member members[] = {{"id", strict_name, false},
                                                   {"function", strict_called, true}};
    return STRICT(value, members);
}

static inline const char *strict_calls(const json_t *value)
{
    return strict_list(value, strict_call);
}

static inline const char *strict_role(const json_t *value)
{
    static const char *const roles[] = {"system", "user", "assistant", "tool"};
    for (size_t i = 0; i < COUNT(roles); i++)
        if (json_is_string(value) && strcmp(json_string_value(value), roles[i]) == 0)
            return NULL;
    return "role";
}

static inline const char *strict_message(const json_t *value)
{
    static const struct strict_member members[] = {
        {"role", strict_role, true},          {"content", strict_string, true},
        {"thinking", strict_string, false},   {"images", strict_images, false},
        {"tool_calls", strict_calls, false},  {"tool_name", strict_name, false},
        {"tool_call_id", strict_name, false},
    };
    return STRICT(value, members);
}

static inline const char *strict_messages(const json_t *value)
{
    return strict_list(value, strict_message);
}

static inline const char *strict_property(const json_t *value);

static inline const char *strict_properties(const json_t *value)
{
    const char *name, *wrong = strict_object(value);
    json_t *one, *unlocked = json_copy((json_t *)(uintptr_t)value);
    json_object_foreach (unlocked, name, one)
        wrong = wrong ? wrong : strict_property(one);
    json_decref(unlocked);
    return wrong;
}

/* any in Go, but what is a schema in it is written like one. */
static inline const char *strict_items(const json_t *value)
{
    return json_is_array(value) ? strict_list(value, strict_property) : strict_property(value);
}

static inline const char *strict_any_of(const json_t *value)
{
    return strict_list(value, strict_property);
}

static inline const char *strict_enum(const json_t *value)
{
    return json_is_array(value) ? NULL : "an array";
}

static inline const char *strict_types(const json_t *value)
{
    return json_is_string(value) ? NULL : strict_strings(value);
}

static inline const char *strict_property(const json_t *value)
{
    static const struct strict_member members[] = {
        {"type", strict_types, false},
        {"description", strict_string, false},
        {"enum", strict_enum, false},
        {"required", strict_strings, false},
        {"properties", strict_properties, false},
        {"items", strict_items, false},
        {"anyOf", strict_any_of, false},
    };
    return STRICT(value, members);
}

static inline const char *strict_parameters(const json_t *value)
{
    static const struct strict_member members[] = {
        {"type", strict_string, true},
        {"properties", strict_properties, true},
        {"required", strict_strings, false},
        {"items", strict_items, false},
    };
    return STRICT(value, members);
}

static inline const char *strict_function(const json_t *value)
{
    static const struct strict_member members[] = {{"name", strict_name, true},
                                                   {"description", strict_string, false},
                                                   {"parameters", strict_parameters, true}};
    return STRICT(value, members);
}

static inline const char *strict_tool(const json_t *value)
{
    static const struct strict_member members[] = {{"type", strict_name, true},
                                                   {"function", strict_function, true}};
    return STRICT(value, members);
}

static inline const char *strict_tools(const json_t *value)
{
    return strict_list(value, strict_tool);
}

static inline const char *strict_format(const json_t *value)
{
    if (json_is_string(value))
        return strcmp(json_string_value(value), "json") == 0 ? NULL : "format";
    return strict_object(value);
}

static inline const char *strict_think(const json_t *value)
{
    static const char *const levels[] = {"low", "medium", "high", "max"};
    for (size_t i = 0; i < COUNT(levels); i++)
        if (json_is_string(value) && strcmp(json_string_value(value), levels[i]) == 0)
            return NULL;
    return strict_bool(value);
}

static inline const char *strict_keep_alive(const json_t *value)
{
    return json_is_string(value) ? NULL : strict_number(value);
}

static inline const char *strict_options(const json_t *value)
{
    static const struct strict_member members[] = {
        {"num_ctx", strict_limit, false},
        {"num_predict", strict_limit, false},
        {"seed", strict_integer, false},
        {"top_k", strict_integer, false},
        {"repeat_last_n", strict_integer, false},
        {"temperature", strict_number, false},
        {"top_p", strict_number, false},
        {"min_p", strict_number, false},
        {"typical_p", strict_number, false},
        {"repeat_penalty", strict_number, false},
        {"presence_penalty", strict_number, false},
        {"frequency_penalty", strict_number, false},
        {"stop", strict_strings, false},
    };
    return STRICT(value, members);
}

static inline const char *strict_request(const json_t *value)
{
    static const struct strict_member members[] = {
        {"model", strict_name, true},     {"messages", strict_messages, true},
        {"tools", strict_tools, false},   {"format", strict_format, false},
        {"think", strict_think, false},   {"options", strict_options, true},
        {"logprobs", strict_bool, false}, {"top_logprobs", strict_top, false},
        {"stream", strict_bool, true},    {"keep_alive", strict_keep_alive, false},
        {"truncate", strict_false, true},
    };
    return STRICT(value, members);
}

#endif
