/*
 * Is this a request that Anthropic's Messages API takes? Members, types and ranges of its reference
 * and of the types of anthropic-python 2.14 (read 2026-11), and what it says of turns, calls and
 * thinking; tests/sim/anthropic_check.py has the same for the system tests. NULL, or what is wrong.
 */
#ifndef UNDERSTUDY_ANTHROPIC_STRICT_H
#define UNDERSTUDY_ANTHROPIC_STRICT_H

#include <ctype.h>

#include "json_strict.h"

static inline const char *anthropic_strict_text(const json_t *value)
{
    const char *at = json_string_value(value);
    for (size_t i = 0; i < json_string_length(value); i++)
        if (!isspace((unsigned char)at[i]))
            return NULL;
    return "a text that says something";
}

static inline const char *anthropic_strict_id(const json_t *value)
{
    return strict_word(value, 128) ? NULL : "an id";
}

static inline bool anthropic_strict_is(const json_t *object, const char *name, const char *word)
{
    const char *const words[] = {word, NULL};
    return strict_one_of(json_object_get(object, name), words);
}

/* ---- blocks */

static inline const char *anthropic_strict_source(const json_t *value)
{
    static const struct strict_member of_url[] = {{"type", strict_name, true},
                                                  {"url", strict_name, true}};
    static const struct strict_member of_text[] = {{"type", strict_name, true},
                                                   {"media_type", strict_name, true},
                                                   {"data", strict_string, true}};
    static const struct strict_member of_bytes[] = {{"type", strict_name, true},
                                                    {"media_type", strict_name, true},
                                                    {"data", strict_base64, true}};
    static const char *const media[] = {"image/jpeg", "image/png",       "image/gif",
                                        "image/webp", "application/pdf", NULL};
    if (anthropic_strict_is(value, "type", "url"))
        return STRICT(value, of_url);
    if (anthropic_strict_is(value, "type", "text"))
        return anthropic_strict_is(value, "media_type", "text/plain") ? STRICT(value, of_text)
                                                                      : "media_type";
    if (!strict_one_of(json_object_get(value, "media_type"), media))
        return "media_type";
    return anthropic_strict_is(value, "type", "base64") ? STRICT(value, of_bytes) : "a source";
}

static inline const char *anthropic_strict_inner(const json_t *value);

static inline const char *anthropic_strict_given(const json_t *value)
{
    return json_is_string(value) ? NULL : strict_list(value, anthropic_strict_inner);
}

static const struct strict_member anthropic_strict_of_text[] = {
    {"type", strict_name, true}, {"text", anthropic_strict_text, true}};
static const struct strict_member anthropic_strict_of_image[] = {
    {"type", strict_name, true}, {"source", anthropic_strict_source, true}};
static const struct strict_member anthropic_strict_of_document[] = {
    {"type", strict_name, true},
    {"source", anthropic_strict_source, true},
    {"title", strict_name, false},
    {"context", strict_name, false}};
static const struct strict_member anthropic_strict_of_call[] = {{"type", strict_name, true},
                                                                {"id", anthropic_strict_id, true},
                                                                {"name", anthropic_strict_id, true},
                                                                {"input", strict_object, true}};
static const struct strict_member anthropic_strict_of_result[] = {
    {"type", strict_name, true},
    {"tool_use_id", anthropic_strict_id, true},
    {"content", anthropic_strict_given, false},
    {"is_error", strict_bool, false}};

/* What may stand in a result, too. */
static inline const char *anthropic_strict_inner(const json_t *value)
{
    if (anthropic_strict_is(value, "type", "text"))
        return STRICT(value, anthropic_strict_of_text);
    if (anthropic_strict_is(value, "type", "image"))
        return STRICT(value, anthropic_strict_of_image);
    return anthropic_strict_is(value, "type", "document")
               ? STRICT(value, anthropic_strict_of_document)
               : "a block";
}

static inline const char *anthropic_strict_of_user(const json_t *value)
{
    return anthropic_strict_is(value, "type", "tool_result")
               ? STRICT(value, anthropic_strict_of_result)
               : anthropic_strict_inner(value);
}

static inline const char *anthropic_strict_of_assistant(const json_t *value)
{
    if (anthropic_strict_is(value, "type", "text"))
        return STRICT(value, anthropic_strict_of_text);
    return anthropic_strict_is(value, "type", "tool_use") ? STRICT(value, anthropic_strict_of_call)
                                                          : "a block";
}

static inline const char *anthropic_strict_user_blocks(const json_t *value)
{
    return strict_list(value, anthropic_strict_of_user);
}

static inline const char *anthropic_strict_assistant_blocks(const json_t *value)
{
    return strict_list(value, anthropic_strict_of_assistant);
}

static inline const char *anthropic_strict_message(const json_t *value)
{
    static const struct strict_member user[] = {{"role", strict_name, true},
                                                {"content", anthropic_strict_user_blocks, true}};
    static const struct strict_member assistant[] = {
        {"role", strict_name, true}, {"content", anthropic_strict_assistant_blocks, true}};
    if (anthropic_strict_is(value, "role", "user"))
        return STRICT(value, user);
    return anthropic_strict_is(value, "role", "assistant") ? STRICT(value, assistant) : "role";
}

/* ---- turns */

/* The results at the beginning of a turn of the user, taken from the open calls. */
static inline const char *anthropic_strict_results(json_t *open, const json_t *message)
{
    json_t *block;
    bool behind = false;
    size_t i;
    json_array_foreach (json_object_get(message, "content"), i, block) {
        const char *of = json_string_value(json_object_get(block, "tool_use_id"));
        if (of && behind)
            return "a result behind other blocks";
        if (of && json_object_del(open, of) < 0)
            return "a result without its call, or a second one";
        behind = behind || !of;
    }
    return json_object_size(open) ? "a call without its result" : NULL;
}

static inline const char *anthropic_strict_turn(json_t *open, json_t *seen, const json_t *message)
{
    const char *wrong = anthropic_strict_results(open, message);
    json_t *block;
    size_t i;
    json_array_foreach (json_object_get(message, "content"), i, block) {
        const char *id = json_string_value(json_object_get(block, "id"));
        if (id && json_object_get(seen, id))
            wrong = "an id that was used before";
        if (id && (json_object_set_new(open, id, json_true()) < 0 ||
                   json_object_set_new(seen, id, json_true()) < 0))
            wrong = "memory";
    }
    return wrong;
}

/* One turn each, the user's first and last; results right behind the calls. */
static inline const char *anthropic_strict_messages(const json_t *value)
{
    const char *wrong = strict_list(value, anthropic_strict_message);
    json_t *open = json_object(), *seen = json_object(), *message;
    size_t i;
    json_array_foreach ((json_t *)(uintptr_t)value, i, message) {
        bool user = anthropic_strict_is(message, "role", "user");
        const char *turn = anthropic_strict_turn(open, seen, message);
        wrong = wrong ? wrong : user != (i % 2 == 0) ? "turns in turn" : turn;
    }
    json_decref(open);
    json_decref(seen);
    return wrong || json_array_size(value) % 2 ? wrong : "the user last";
}

static inline const char *anthropic_strict_system(const json_t *value)
{
    return strict_list(value, anthropic_strict_inner);
}

/* ---- tools and the answer's form */

static inline const char *anthropic_strict_input(const json_t *value)
{
    static const char *const combined[] = {"oneOf", "anyOf", "allOf"};
    for (size_t i = 0; i < COUNT(combined); i++)
        if (json_object_get(value, combined[i]))
            return combined[i];
    return anthropic_strict_is(value, "type", "object") ? NULL : "input_schema.type";
}

static inline const char *anthropic_strict_tool(const json_t *value)
{
    static const struct strict_member members[] = {{"name", anthropic_strict_id, true},
                                                   {"description", strict_string, false},
                                                   {"input_schema", anthropic_strict_input, true}};
    return STRICT(value, members);
}

static inline const char *anthropic_strict_tools(const json_t *value)
{
    return strict_list(value, anthropic_strict_tool);
}

static inline const char *anthropic_strict_choice(const json_t *value)
{
    static const char *const types[] = {"auto", "any", "tool", "none", NULL};
    static const struct strict_member members[] = {
        {"type", strict_name, true},
        {"name", anthropic_strict_id, false},
        {"disable_parallel_tool_use", strict_bool, false}};
    bool named = anthropic_strict_is(value, "type", "tool");
    bool one = json_object_get(value, "disable_parallel_tool_use") != NULL;
    if (!strict_one_of(json_object_get(value, "type"), types) ||
        named != (json_object_get(value, "name") != NULL) ||
        (one && anthropic_strict_is(value, "type", "none")))
        return "tool_choice";
    return STRICT(value, members);
}

/* Every object is closed. */
static inline const char *anthropic_strict_closed(const json_t *value)
{
    const char *name, *wrong = NULL;
    json_t *inner;
    if (anthropic_strict_is(value, "type", "object") &&
        !json_is_false(json_object_get(value, "additionalProperties")))
        return "additionalProperties";
    json_object_foreach ((json_t *)(uintptr_t)value, name, inner)
        wrong = wrong ? wrong : anthropic_strict_closed(inner);
    return wrong;
}

static inline const char *anthropic_strict_format(const json_t *value)
{
    static const struct strict_member members[] = {{"type", strict_name, true},
                                                   {"schema", anthropic_strict_closed, true}};
    return anthropic_strict_is(value, "type", "json_schema") ? STRICT(value, members) : "format";
}

static inline const char *anthropic_strict_effort(const json_t *value)
{
    static const char *const words[] = {"low", "medium", "high", "xhigh", "max", NULL};
    return strict_one_of(value, words) ? NULL : "an effort";
}

static inline const char *anthropic_strict_output(const json_t *value)
{
    static const struct strict_member members[] = {{"effort", anthropic_strict_effort, false},
                                                   {"format", anthropic_strict_format, false}};
    return STRICT(value, members);
}

/* ---- the rest */

static inline const char *anthropic_strict_limit(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) > 0 ? NULL : "above 0";
}

static inline const char *anthropic_strict_to_1(const json_t *value)
{
    return strict_between(value, 0, 1) ? NULL : "0 to 1";
}

static inline const char *anthropic_strict_from_0(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 ? NULL : "0 or more";
}

static inline const char *anthropic_strict_stops(const json_t *value)
{
    return strict_list(value, anthropic_strict_text);
}

static inline const char *anthropic_strict_thinking(const json_t *value)
{
    static const struct strict_member members[] = {{"type", strict_name, true}};
    static const char *const types[] = {"adaptive", "disabled", NULL};
    return strict_one_of(json_object_get(value, "type"), types) ? STRICT(value, members)
                                                                : "thinking";
}

static inline const char *anthropic_strict_metadata(const json_t *value)
{
    static const struct strict_member members[] = {{"user_id", strict_name, false}};
    return STRICT(value, members);
}

/* What rules out something else. */
static inline const char *anthropic_strict_together(const json_t *value)
{
    const json_t *thinking = json_object_get(value, "thinking");
    const json_t *choice = json_object_get(value, "tool_choice");
    const json_t *heat = json_object_get(value, "temperature"),
                 *top = json_object_get(value, "top_p");
    bool thinks = thinking && !anthropic_strict_is(thinking, "type", "disabled");
    if (choice && !json_object_get(value, "tools"))
        return "tool_choice without tools";
    if (heat && top)
        return "temperature and top_p";
    if (thinks && ((heat && json_number_value(heat) != 1) ||
                   (top && json_number_value(top) < 0.95) || json_object_get(value, "top_k")))
        return "a number beside thinking";
    return thinks && (anthropic_strict_is(choice, "type", "any") ||
                      anthropic_strict_is(choice, "type", "tool"))
               ? "a forced call beside thinking"
               : NULL;
}

static inline const char *anthropic_strict_request(const json_t *value)
{
    static const struct strict_member members[] = {
        {"model", strict_name, true},
        {"max_tokens", anthropic_strict_limit, true},
        {"system", anthropic_strict_system, false},
        {"messages", anthropic_strict_messages, true},
        {"tools", anthropic_strict_tools, false},
        {"tool_choice", anthropic_strict_choice, false},
        {"thinking", anthropic_strict_thinking, false},
        {"output_config", anthropic_strict_output, false},
        {"temperature", anthropic_strict_to_1, false},
        {"top_p", anthropic_strict_to_1, false},
        {"top_k", anthropic_strict_from_0, false},
        {"stop_sequences", anthropic_strict_stops, false},
        {"metadata", anthropic_strict_metadata, false},
        {"stream", strict_bool, false},
    };
    const char *wrong = STRICT(value, members);
    return wrong ? wrong : anthropic_strict_together(value);
}

#endif
