/*
 * A wish (pair_wish.h), told as apps of OpenAI's two APIs tell it: written from each API's
 * reference, without a look at the code that reads it.
 */
#ifndef UNDERSTUDY_PAIR_TELL_H
#define UNDERSTUDY_PAIR_TELL_H

#include "dialect/chat_meaning.h"
#include "dialect/dialect.h"
#include "dialect/pair_wish.h"

static const char *const tell_roles[] = {"system", "user", "assistant", "tool"};

/* Whose message it is, and its parts in *ret. */
static inline const char *tell_role(const json_t *message, json_t **ret)
{
    for (size_t i = 0; i < COUNT(tell_roles); i++)
        if ((*ret = json_object_get(message, tell_roles[i])) != NULL)
            return tell_roles[i];
    ck_abort_msg("a message of nobody");
    return NULL;
}

static inline bool tell_says(const json_t *wish, const char *name, const char *word)
{
    return is_word(json_object_get(wish, name), word);
}

/* As they are, under the same name or another one. */
static inline void tell_move(const json_t *wish, const char *name, json_t *to, const char *other)
{
    json_t *value = json_object_get(wish, name);
    if (value)
        put(to, other, json_incref(value));
}

static inline void tell_numbers(const json_t *wish, json_t *to)
{
    for (int id = 0; id < CHAT_NUMBER_COUNT; id++)
        tell_move(wish, chat_number_name((enum chat_number_id)id), to,
                  chat_number_name((enum chat_number_id)id));
}

static inline void tell_limit(const json_t *wish, json_t *to, const char *name)
{
    if (json_integer_value(json_object_get(wish, "max_tokens")) > 0)
        tell_move(wish, "max_tokens", to, name);
}

static inline json_t *tell_data_url(const json_t *part, const char *member)
{
    const char *data = json_string_value(json_object_get(part, member));
    if (tell_says(part, "source", "url"))
        return json_string(data);
    return json_sprintf("data:%s;base64,%s", json_string_value(json_object_get(part, "media")),
                        data);
}

/* ---- chat completions */

static inline json_t *tell_openai_part(const json_t *part)
{
    if (json_object_get(part, "image"))
        return json_pack("{s:s, s:{s:o}}", "type", "image_url", "image_url", "url",
                         tell_data_url(part, "image"));
    if (json_object_get(part, "audio"))
        return json_pack("{s:s, s:{s:O, s:O}}", "type", "input_audio", "input_audio", "data",
                         json_object_get(part, "audio"), "format", json_object_get(part, "media"));
    if (json_object_get(part, "document"))
        return json_pack("{s:s, s:{s:o, s:O}}", "type", "file", "file", "file_data",
                         tell_data_url(part, "document"), "filename",
                         json_object_get(part, "title"));
    return json_pack("{s:s, s:O}", "type", "text", "text", json_object_get(part, "text"));
}

static inline json_t *tell_openai_call(const json_t *call)
{
    return json_pack("{s:O, s:s, s:{s:O, s:O}}", "id", json_object_get(call, "id"), "type",
                     "function", "function", "name", json_object_get(call, "call"), "arguments",
                     json_object_get(call, "arguments"));
}

static inline json_t *tell_openai_message(const json_t *said)
{
    json_t *parts, *part, *content = json_array(), *calls = json_array();
    const char *role = tell_role(said, &parts);
    json_t *message = json_pack("{s:s}", "role", role);
    size_t i;
    json_array_foreach (parts, i, part) {
        if (json_object_get(part, "call"))
            add(calls, tell_openai_call(part));
        else if (json_object_get(part, "reasoning"))
            tell_move(part, "reasoning", message, "reasoning_content");
        else
            add(content, tell_openai_part(part));
    }
    const json_t *only = json_array_get(content, 0);
    if (json_array_size(content) == 1 && json_object_get(only, "text"))
        put(message, "content", json_incref(json_object_get(only, "text")));
    else if (json_array_size(content))
        put(message, "content", json_incref(content));
    if (json_array_size(calls))
        put(message, "tool_calls", json_incref(calls));
    tell_move(said, "call_id", message, "tool_call_id");
    json_decref(content);
    json_decref(calls);
    return message;
}

static inline json_t *tell_function(const json_t *tool)
{
    json_t *function = json_object();
    tell_move(tool, "name", function, "name");
    tell_move(tool, "description", function, "description");
    tell_move(tool, "parameters", function, "parameters");
    tell_move(tool, "strict", function, "strict");
    return function;
}

static inline void tell_openai_tools(const json_t *wish, json_t *body)
{
    json_t *tools = json_array(), *tool;
    size_t i;
    json_array_foreach (json_object_get(wish, "tools"), i, tool)
        add(tools, json_pack("{s:s, s:o}", "type", "function", "function", tell_function(tool)));
    if (json_array_size(tools)) {
        put(body, "tools", json_incref(tools));
        if (tell_says(wish, "choice", "named"))
            put(body, "tool_choice",
                json_pack("{s:s, s:{s:O}}", "type", "function", "function", "name",
                          json_object_get(wish, "choice_name")));
        else
            put(body, "tool_choice",
                json_string(tell_says(wish, "choice", "any")
                                ? "required"
                                : json_string_value(json_object_get(wish, "choice"))));
    }
    if (json_object_get(wish, "one_call"))
        put(body, "parallel_tool_calls", json_false());
    json_decref(tools);
}

static inline json_t *tell_schema(const json_t *wish)
{
    json_t *around = json_pack("{s:O, s:O}", "name", json_object_get(wish, "schema_name"), "schema",
                               json_object_get(wish, "schema"));
    tell_move(wish, "schema_strict", around, "strict");
    return around;
}

static inline const char *tell_openai_effort(const json_t *wish)
{
    const char *effort = json_string_value(json_object_get(wish, "effort"));
    return strcmp(effort, "unset") == 0 ? NULL : strcmp(effort, "max") == 0 ? "xhigh" : effort;
}

static inline json_t *tell_openai(json_t *wish)
{
    json_t *body = json_pack("{s:s, s:[]}", "model", "gpt-4", "messages"), *message;
    size_t i;
    json_array_foreach (json_object_get(wish, "messages"), i, message)
        add(json_object_get(body, "messages"), tell_openai_message(message));
    tell_openai_tools(wish, body);
    tell_numbers(wish, body);
    tell_limit(wish, body, "max_completion_tokens");
    tell_move(wish, "stop", body, "stop");
    tell_move(wish, "logprobs", body, "logprobs");
    tell_move(wish, "user", body, "user");
    tell_move(wish, "stream", body, "stream");
    if (tell_says(wish, "format", "json"))
        put(body, "response_format", json_pack("{s:s}", "type", "json_object"));
    if (tell_says(wish, "format", "schema"))
        put(body, "response_format",
            json_pack("{s:s, s:o}", "type", "json_schema", "json_schema", tell_schema(wish)));
    if (tell_openai_effort(wish))
        put(body, "reasoning_effort", json_string(tell_openai_effort(wish)));
    return body;
}

/* ---- Responses */

static inline json_t *tell_responses_part(const json_t *part, bool assistant)
{
    if (json_object_get(part, "image"))
        return json_pack("{s:s, s:o}", "type", "input_image", "image_url",
                         tell_data_url(part, "image"));
    if (json_object_get(part, "audio"))
        return tell_openai_part(part);
    if (json_object_get(part, "document"))
        return json_pack("{s:s, s:o, s:O}", "type", "input_file", "file_data",
                         tell_data_url(part, "document"), "filename",
                         json_object_get(part, "title"));
    return json_pack("{s:s, s:O}", "type", assistant ? "output_text" : "input_text", "text",
                     json_object_get(part, "text"));
}

static inline json_t *tell_responses_call(const json_t *call)
{
    bool custom = json_object_get(call, "custom") != NULL;
    return json_pack("{s:s, s:O, s:O, s:O}", "type", custom ? "custom_tool_call" : "function_call",
                     "call_id", json_object_get(call, "id"), "name", json_object_get(call, "call"),
                     custom ? "input" : "arguments", json_object_get(call, "arguments"));
}

static inline void tell_responses_message(const json_t *said, json_t *input)
{
    json_t *parts, *part, *content = json_array();
    const char *role = tell_role(said, &parts);
    bool assistant = strcmp(role, "assistant") == 0;
    size_t i;
    json_array_foreach (parts, i, part) {
        if (json_object_get(part, "call"))
            add(input, tell_responses_call(part));
        else if (json_object_get(part, "reasoning"))
            add(input,
                json_pack("{s:s, s:[], s:[{s:s, s:O}]}", "type", "reasoning", "summary", "content",
                          "type", "reasoning_text", "text", json_object_get(part, "reasoning")));
        else if (assistant)
            add(input, json_pack("{s:s, s:s, s:[o]}", "type", "message", "role", role, "content",
                                 tell_responses_part(part, true)));
        else
            add(content, tell_responses_part(part, false));
    }
    if (strcmp(role, "tool") == 0)
        add(input, json_pack("{s:s, s:O, s:O}", "type",
                             json_object_get(said, "of_custom") ? "custom_tool_call_output"
                                                                : "function_call_output",
                             "call_id", json_object_get(said, "call_id"), "output", content));
    else if (!assistant)
        add(input, json_pack("{s:s, s:O}", "role", role, "content", content));
    json_decref(content);
}

static inline void tell_responses_tools(const json_t *wish, json_t *body)
{
    json_t *tools = json_array(), *tool;
    const char *type = "function";
    size_t i;
    json_array_foreach (json_object_get(wish, "tools"), i, tool) {
        bool custom = json_object_get(tool, "custom") != NULL;
        json_t *told = tell_function(tool);
        put(told, "type", json_string(custom ? "custom" : "function"));
        if (custom)
            put(told, "format",
                json_pack("{s:s, s:s, s:O}", "type", "grammar", "syntax", "lark", "definition",
                          json_object_get(tool, "format")));
        if (custom &&
            json_equal(json_object_get(wish, "choice_name"), json_object_get(tool, "name")))
            type = "custom";
        add(tools, told);
    }
    if (json_array_size(tools)) {
        put(body, "tools", json_incref(tools));
        if (tell_says(wish, "choice", "named"))
            put(body, "tool_choice",
                json_pack("{s:s, s:O}", "type", type, "name",
                          json_object_get(wish, "choice_name")));
        else
            put(body, "tool_choice",
                json_string(tell_says(wish, "choice", "any")
                                ? "required"
                                : json_string_value(json_object_get(wish, "choice"))));
    }
    if (json_object_get(wish, "one_call"))
        put(body, "parallel_tool_calls", json_false());
    json_decref(tools);
}

static inline json_t *tell_responses(json_t *wish)
{
    json_t *body = json_pack("{s:s, s:[]}", "model", "gpt-5", "input"), *message;
    size_t i;
    json_array_foreach (json_object_get(wish, "messages"), i, message)
        tell_responses_message(message, json_object_get(body, "input"));
    json_array_clear(json_object_get(wish, "stop")); /* it has none */
    tell_responses_tools(wish, body);
    tell_numbers(wish, body);
    tell_limit(wish, body, "max_output_tokens");
    tell_move(wish, "user", body, "user");
    tell_move(wish, "stream", body, "stream");
    if (json_object_get(wish, "logprobs"))
        put(body, "include", json_pack("[s]", "message.output_text.logprobs"));
    if (tell_says(wish, "format", "json"))
        put(body, "text", json_pack("{s:{s:s}}", "format", "type", "json_object"));
    if (tell_says(wish, "format", "schema")) {
        json_t *format = tell_schema(wish);
        put(format, "type", json_string("json_schema"));
        put(body, "text", json_pack("{s:o}", "format", format));
    }
    if (tell_openai_effort(wish))
        put(body, "reasoning", json_pack("{s:s}", "effort", tell_openai_effort(wish)));
    return body;
}

#endif
