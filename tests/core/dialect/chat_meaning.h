/*
 * What a chat request means, told in one form for OpenAI's and for Ollama's, so that the two can
 * be compared:
 *
 *     {"stream", "messages": [{"role", "text", "images", "calls": [{"id", "name", "arguments"}],
 *      "thought", "call_id", "call_name"}], "tools": [{"name", "description", "properties"}],
 *      "options", "format", "think", "logprobs", "top_logprobs"}
 *
 * Written from the mapping alone, without a look at the code that is tested.
 */
#ifndef UNDERSTUDY_CHAT_MEANING_H
#define UNDERSTUDY_CHAT_MEANING_H

#include <stdlib.h>

#include "dialect/chat_grammar.h"
#include "text/count.h"

static inline bool is_word(const json_t *value, const char *word)
{
    return json_is_string(value) && strcmp(json_string_value(value), word) == 0;
}

static inline bool is_said(const json_t *value)
{
    return value && !json_is_null(value);
}

/* The value, or "" where there is none. New reference. */
static inline json_t *or_empty(json_t *string)
{
    return json_string_length(string) > 0 ? json_incref(string) : json_string("");
}

/* Takes over both. */
static inline json_t *join_lines(json_t *before, json_t *text)
{
    json_t *joined;
    if (json_string_length(before) == 0 || json_string_length(text) == 0) {
        joined = json_incref(json_string_length(before) == 0 ? text : before);
    } else {
        char bytes[1024];
        size_t a = json_string_length(before), b = json_string_length(text);
        ck_assert_uint_lt(a + 1 + b, sizeof(bytes));
        memcpy(bytes, json_string_value(before), a);
        bytes[a] = '\n';
        memcpy(bytes + a + 1, json_string_value(text), b);
        joined = json_stringn(bytes, a + 1 + b);
    }
    json_decref(before);
    json_decref(text);
    return joined;
}

static inline json_t *part_text(json_t *part)
{
    if (json_is_string(part))
        return or_empty(part);
    json_t *refusal = json_object_get(part, "refusal");
    return or_empty(refusal ? refusal : json_object_get(part, "text"));
}

static inline json_t *openai_text(json_t *message)
{
    size_t i;
    json_t *part, *content = json_object_get(message, "content");
    json_t *text = json_string("");
    if (!json_is_array(content)) {
        json_decref(text);
        bool refused =
            json_string_length(content) == 0 && json_is_string(json_object_get(message, "refusal"));
        return or_empty(refused ? json_object_get(message, "refusal") : content);
    }
    json_array_foreach (content, i, part)
        text = join_lines(text, part_text(part));
    return text;
}

static inline json_t *openai_images(const json_t *message)
{
    size_t i;
    json_t *part, *images = json_array();
    json_array_foreach (json_object_get(message, "content"), i, part) {
        json_t *image = json_object_get(part, "image_url");
        if (!image)
            continue;
        const char *url =
            json_string_value(json_is_string(image) ? image : json_object_get(image, "url"));
        add(images, json_string(strchr(url, ',') + 1));
    }
    return images;
}

static inline json_t *openai_arguments(json_t *arguments)
{
    json_t *object = NULL;
    if (json_is_object(arguments))
        return json_incref(arguments);
    if (json_is_string(arguments))
        object = json_loads(json_string_value(arguments), JSON_ALLOW_NUL, NULL);
    return object ? object : json_object();
}

static inline json_t *openai_call(const json_t *call, const json_t *function)
{
    return json_pack("{s:o, s:o, s:o}", "id", or_empty(json_object_get(call, "id")), "name",
                     or_empty(json_object_get(function, "name")), "arguments",
                     openai_arguments(json_object_get(function, "arguments")));
}

static inline json_t *openai_calls(const json_t *message)
{
    size_t i;
    json_t *call, *calls = json_array();
    json_array_foreach (json_object_get(message, "tool_calls"), i, call)
        add(calls, openai_call(call, json_object_get(call, "function")));
    if (json_object_get(message, "function_call"))
        add(calls, openai_call(NULL, json_object_get(message, "function_call")));
    return calls;
}

/* The name that the last call of that id before the message had. */
static inline json_t *openai_call_name(const json_t *messages, size_t before, const json_t *message)
{
    const json_t *id = json_object_get(message, "tool_call_id");
    size_t c;
    json_t *call, *name = NULL;
    for (size_t m = before; m-- > 0 && json_string_length(id) > 0 && !name;)
        json_array_foreach (json_object_get(json_array_get(messages, m), "tool_calls"), c, call)
            if (!name && json_equal(json_object_get(call, "id"), id))
                name = json_object_get(json_object_get(call, "function"), "name");
    return or_empty(name ? name : json_object_get(message, "name"));
}

static inline json_t *openai_message(const json_t *messages, size_t i)
{
    json_t *message = json_array_get(messages, i), *role = json_object_get(message, "role");
    bool result = is_word(role, "tool") || is_word(role, "function");
    const char *now = is_word(role, "developer") ? "system" : result ? "tool" : NULL;
    json_t *thought = json_object_get(message, "reasoning_content");
    if (json_string_length(thought) == 0)
        thought = json_object_get(message, "reasoning");
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "role", now ? now : json_string_value(role), "text",
        openai_text(message), "images", openai_images(message), "calls", openai_calls(message),
        "thought", or_empty(thought), "call_id",
        result ? or_empty(json_object_get(message, "tool_call_id")) : json_string(""), "call_name",
        result ? openai_call_name(messages, i, message) : json_string(""));
}

static inline json_t *names_of(json_t *object)
{
    const char *name;
    json_t *value, *names = json_object();
    json_object_foreach (object, name, value)
        put(names, name, json_true());
    return names;
}

static inline json_t *tool_meaning(const json_t *function)
{
    json_t *parameters = json_object_get(function, "parameters");
    return json_pack("{s:o, s:o, s:o}", "name", or_empty(json_object_get(function, "name")),
                     "description", or_empty(json_object_get(function, "description")),
                     "properties", names_of(json_object_get(parameters, "properties")));
}

/* Those that may be called after tool_choice. */
static inline json_t *openai_tools(const json_t *request)
{
    const json_t *choice = json_object_get(request, "tool_choice");
    json_t *list = json_object_get(request, "tools"), *tools = json_array(), *tool;
    size_t i;
    bool one = json_is_object(choice);
    if (!list)
        list = json_object_get(request, "functions");
    json_array_foreach (is_word(choice, "none") ? NULL : list, i, tool) {
        const json_t *function = json_object_get(tool, "function");
        if (!one || i == 0) /* the grammar only ever names the first */
            add(tools, tool_meaning(function ? function : tool));
    }
    return tools;
}

static inline json_t *openai_stop(const json_t *request)
{
    json_t *stop = json_object_get(request, "stop"), *list = json_array(), *one;
    size_t i;
    if (json_string_length(stop) > 0)
        add(list, json_incref(stop));
    json_array_foreach (stop, i, one)
        if (json_string_length(one) > 0)
            add(list, json_incref(one));
    return list;
}

static inline json_t *openai_options(const json_t *request)
{
    static const char *const names[] = {
        "temperature", "top_p", "frequency_penalty", "presence_penalty", "seed",
        "top_k",       "min_p", "repeat_penalty"};
    json_t *options = json_object(), *stop = openai_stop(request);
    json_int_t limit = json_integer_value(json_object_get(request, "max_completion_tokens"));
    if (limit == 0)
        limit = json_integer_value(json_object_get(request, "max_tokens"));
    if (limit)
        put(options, "num_predict", json_integer(limit));
    for (size_t i = 0; i < COUNT(names); i++) {
        const json_t *value = json_object_get(request, names[i]);
        if (is_said(value))
            put(options, names[i], json_real(json_number_value(value)));
    }
    if (json_array_size(stop))
        put(options, "stop", json_incref(stop));
    json_decref(stop);
    return options;
}

static inline json_t *openai_format(const json_t *request)
{
    const json_t *format = json_object_get(request, "response_format");
    if (is_word(json_object_get(format, "type"), "json_object"))
        return json_string("json");
    json_t *schema = json_object_get(json_object_get(format, "json_schema"), "schema");
    return schema ? json_incref(schema) : json_null();
}

static inline json_t *openai_think(const json_t *request, bool thinks)
{
    json_t *effort = json_object_get(request, "reasoning_effort");
    if (!thinks || !effort)
        return json_null();
    if (is_word(effort, "none"))
        return json_false();
    if (is_word(effort, "minimal"))
        return json_string("low");
    return is_word(effort, "xhigh") ? json_string("max") : json_incref(effort);
}

/* An answer in which nothing is said. */
static inline bool is_blank_answer(const json_t *meaning)
{
    static const char *const said[] = {"text", "thought"};
    bool blank = is_word(json_object_get(meaning, "role"), "assistant") &&
                 json_array_size(json_object_get(meaning, "calls")) == 0 &&
                 json_array_size(json_object_get(meaning, "images")) == 0;
    for (size_t i = 0; i < COUNT(said); i++)
        blank = blank && json_string_length(json_object_get(meaning, said[i])) == 0;
    return blank;
}

/* thinks: the model that is asked can think. */
static inline json_t *openai_meaning(const json_t *request, bool thinks)
{
    const json_t *messages = json_object_get(request, "messages");
    json_t *list = json_array();
    bool logprobs = json_is_true(json_object_get(request, "logprobs"));
    const json_t *top = logprobs ? json_object_get(request, "top_logprobs") : NULL;
    for (size_t i = 0; i < json_array_size(messages); i++)
        add(list, openai_message(messages, i));
    for (size_t n = json_array_size(list); n > 1 && is_blank_answer(json_array_get(list, n - 1));
         n--)
        (void)json_array_remove(list, n - 1);
    return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:b, s:I}", "stream",
                     json_is_true(json_object_get(request, "stream")), "messages", list, "tools",
                     openai_tools(request), "options", openai_options(request), "format",
                     openai_format(request), "think", openai_think(request, thinks), "logprobs",
                     logprobs, "top_logprobs", json_integer_value(top));
}

static inline json_t *or_array(json_t *array)
{
    return array ? json_incref(array) : json_array();
}

static inline json_t *or_null(json_t *value)
{
    return value ? json_incref(value) : json_null();
}

static inline json_t *ollama_message(json_t *message)
{
    size_t i;
    json_t *call, *calls = json_array();
    json_array_foreach (json_object_get(message, "tool_calls"), i, call)
        add(calls, openai_call(call, json_object_get(call, "function")));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "role",
                     or_empty(json_object_get(message, "role")), "text",
                     or_empty(json_object_get(message, "content")), "images",
                     or_array(json_object_get(message, "images")), "calls", calls, "thought",
                     or_empty(json_object_get(message, "thinking")), "call_id",
                     or_empty(json_object_get(message, "tool_call_id")), "call_name",
                     or_empty(json_object_get(message, "tool_name")));
}

/* All but the window, which no app asks for; numbers as reals. */
static inline json_t *ollama_options(json_t *request)
{
    const char *name;
    json_t *value, *options = json_object();
    json_object_foreach (json_object_get(request, "options"), name, value) {
        bool as_is = strcmp(name, "stop") == 0 || strcmp(name, "num_predict") == 0;
        if (strcmp(name, "num_ctx") != 0)
            put(options, name, as_is ? json_incref(value) : json_real(json_number_value(value)));
    }
    return options;
}

static inline json_t *ollama_meaning(json_t *request)
{
    size_t i;
    json_t *one, *messages = json_array(), *tools = json_array();
    json_array_foreach (json_object_get(request, "messages"), i, one)
        add(messages, ollama_message(one));
    json_array_foreach (json_object_get(request, "tools"), i, one)
        add(tools, tool_meaning(json_object_get(one, "function")));
    return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:b, s:I}", "stream",
                     json_is_true(json_object_get(request, "stream")), "messages", messages,
                     "tools", tools, "options", ollama_options(request), "format",
                     or_null(json_object_get(request, "format")), "think",
                     or_null(json_object_get(request, "think")), "logprobs",
                     json_is_true(json_object_get(request, "logprobs")), "top_logprobs",
                     json_integer_value(json_object_get(request, "top_logprobs")));
}

#endif
