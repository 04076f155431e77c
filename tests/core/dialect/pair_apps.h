/*
 * A wish (pair_wish.h), told as apps of Anthropic's and of Ollama's tell it; and all apps, with
 * what each can wish for.
 */
#ifndef UNDERSTUDY_PAIR_APPS_H
#define UNDERSTUDY_PAIR_APPS_H

#include "dialect/pair_tell.h"

/* ---- Messages */

static inline json_t *tell_source(const json_t *part, const char *member)
{
    if (tell_says(part, "source", "url"))
        return json_pack("{s:s, s:O}", "type", "url", "url", json_object_get(part, member));
    return json_pack("{s:O, s:O, s:O}", "type", json_object_get(part, "source"), "media_type",
                     json_object_get(part, "media"), "data", json_object_get(part, member));
}

static inline json_t *tell_block(const json_t *part)
{
    json_t *arguments;
    if (json_object_get(part, "image"))
        return json_pack("{s:s, s:o}", "type", "image", "source", tell_source(part, "image"));
    if (json_object_get(part, "reasoning"))
        return json_pack("{s:s, s:O, s:s}", "type", "thinking", "thinking",
                         json_object_get(part, "reasoning"), "signature", "EqQB");
    if (json_object_get(part, "call")) {
        arguments = openai_arguments(json_object_get(part, "arguments"));
        return json_pack("{s:s, s:O, s:O, s:o}", "type", "tool_use", "id",
                         json_object_get(part, "id"), "name", json_object_get(part, "call"),
                         "input", arguments);
    }
    if (json_object_get(part, "document")) {
        json_t *block =
            json_pack("{s:s, s:o}", "type", "document", "source", tell_source(part, "document"));
        tell_move(part, "title", block, "title");
        tell_move(part, "context", block, "context");
        return block;
    }
    return json_pack("{s:s, s:O}", "type", "text", "text", json_object_get(part, "text"));
}

static inline json_t *tell_blocks(const json_t *parts)
{
    json_t *blocks = json_array(), *part;
    size_t i;
    json_array_foreach (parts, i, part)
        add(blocks, tell_block(part));
    return blocks;
}

static inline void tell_anthropic_message(const json_t *said, json_t *body)
{
    json_t *parts;
    const char *role = tell_role(said, &parts);
    json_t *blocks = tell_blocks(parts);
    if (strcmp(role, "system") == 0) {
        if (!json_object_get(body, "system"))
            put(body, "system", json_array());
        ck_assert_int_eq(json_array_extend(json_object_get(body, "system"), blocks), 0);
    } else if (strcmp(role, "tool") == 0) {
        json_t *result = json_pack("{s:s, s:O, s:O}", "type", "tool_result", "tool_use_id",
                                   json_object_get(said, "call_id"), "content", blocks);
        tell_move(said, "is_error", result, "is_error");
        add(json_object_get(body, "messages"),
            json_pack("{s:s, s:[o]}", "role", "user", "content", result));
    } else {
        add(json_object_get(body, "messages"),
            json_pack("{s:s, s:O}", "role", role, "content", blocks));
    }
    json_decref(blocks);
}

static inline void tell_anthropic_tools(const json_t *wish, json_t *body)
{
    json_t *tools = json_array(), *tool;
    size_t i;
    json_array_foreach (json_object_get(wish, "tools"), i, tool) {
        json_t *told = tell_function(tool);
        tell_move(told, "parameters", told, "input_schema");
        (void)json_object_del(told, "parameters");
        add(tools, told);
    }
    if (json_array_size(tools)) {
        bool named = tell_says(wish, "choice", "named");
        json_t *choice = json_object();
        tell_move(wish, named ? "none" : "choice", choice, "type");
        if (named)
            put(choice, "type", json_string("tool"));
        tell_move(wish, "choice_name", choice, "name");
        tell_move(wish, "one_call", choice, "disable_parallel_tool_use");
        put(body, "tools", json_incref(tools));
        put(body, "tool_choice", choice);
    }
    json_decref(tools);
}

static inline json_t *tell_anthropic(json_t *wish)
{
    static const char *const thinking[][2] = {
        {"off", "disabled"}, {"on", "enabled"}, {"adaptive", "adaptive"}};
    json_t *body = json_pack("{s:s, s:[]}", "model", "claude-x", "messages"), *message;
    size_t i;
    json_array_foreach (json_object_get(wish, "messages"), i, message)
        tell_anthropic_message(message, body);
    if (json_integer_value(json_object_get(wish, "max_tokens")) == 0)
        put(wish, "max_tokens", json_integer(4096));
    tell_anthropic_tools(wish, body);
    tell_numbers(wish, body);
    tell_limit(wish, body, "max_tokens");
    tell_move(wish, "stop", body, "stop_sequences");
    tell_move(wish, "stream", body, "stream");
    if (json_object_get(wish, "user"))
        put(body, "metadata", json_pack("{s:O}", "user_id", json_object_get(wish, "user")));
    json_t *output = json_object();
    if (!tell_says(wish, "effort", "unset"))
        tell_move(wish, "effort", output, "effort");
    if (tell_says(wish, "format", "schema"))
        put(output, "format",
            json_pack("{s:s, s:O}", "type", "json_schema", "schema",
                      json_object_get(wish, "schema")));
    put(body, "output_config", output);
    for (i = 0; i < COUNT(thinking); i++)
        if (tell_says(wish, "thinking", thinking[i][0]))
            put(body, "thinking",
                json_pack("{s:s, s:O*}", "type", thinking[i][1], "budget_tokens",
                          json_object_get(wish, "thinking_budget")));
    return body;
}

/* ---- Ollama's */

static inline json_t *tell_ollama_message(const json_t *said, bool ids)
{
    json_t *parts, *part, *images = json_array(), *calls = json_array();
    json_t *message = json_pack("{s:s, s:s}", "role", tell_role(said, &parts), "content", "");
    size_t i;
    json_array_foreach (parts, i, part) {
        if (json_object_get(part, "call")) {
            json_t *call =
                json_pack("{s:{s:O, s:o}}", "function", "name", json_object_get(part, "call"),
                          "arguments", openai_arguments(json_object_get(part, "arguments")));
            if (ids)
                tell_move(part, "id", call, "id");
            add(calls, call);
        }
        if (json_object_get(part, "image"))
            add(images, json_incref(json_object_get(part, "image")));
        tell_move(part, "text", message, "content");
        tell_move(part, "reasoning", message, "thinking");
    }
    if (json_array_size(images))
        put(message, "images", json_incref(images));
    if (json_array_size(calls))
        put(message, "tool_calls", json_incref(calls));
    tell_move(said, ids ? "call_id" : "call_name", message, ids ? "tool_call_id" : "tool_name");
    json_decref(images);
    json_decref(calls);
    return message;
}

/* It knows no effort without thinking, and neither that it is up to the model. */
static inline void tell_ollama_think(json_t *wish, json_t *body)
{
    if (tell_says(wish, "effort", "none"))
        put(wish, "thinking", json_string("off"));
    else if (!tell_says(wish, "effort", "unset") || tell_says(wish, "thinking", "adaptive"))
        put(wish, "thinking", json_string("on"));
    if (tell_says(wish, "thinking", "off"))
        put(wish, "effort", json_string("unset"));
    if (tell_says(wish, "thinking", "unset"))
        return;
    put(body, "think", json_boolean(tell_says(wish, "thinking", "on")));
    if (!tell_says(wish, "effort", "unset"))
        tell_move(wish, "effort", body, "think");
}

static inline json_t *tell_ollama(json_t *wish)
{
    json_t *body = json_pack("{s:s, s:[], s:{}}", "model", "m", "messages", "options"), *message;
    json_t *options = json_object_get(body, "options");
    bool ids = json_is_true(json_object_get(wish, "ids"));
    size_t i;
    json_array_foreach (json_object_get(wish, "messages"), i, message)
        add(json_object_get(body, "messages"), tell_ollama_message(message, ids));
    tell_openai_tools(wish, body);
    tell_numbers(wish, options);
    tell_limit(wish, options, "num_predict");
    tell_move(wish, "stop", options, "stop");
    tell_move(wish, "logprobs", body, "logprobs");
    tell_ollama_think(wish, body);
    put(body, "stream", json_boolean(json_object_get(wish, "stream")));
    if (tell_says(wish, "format", "json"))
        put(body, "format", json_string("json"));
    tell_move(wish, "schema", body, "format");
    return body;
}

/* ---- all of them */

static const struct pair_app {
    const struct dialect *dialect;
    json_t *(*tell)(json_t *wish); /* may put into the wish what the dialect cannot but say */
    unsigned can;
} pair_apps[] = {
    {&dialect_openai, tell_openai,
     WISH_BLANK | WISH_URL | WISH_AUDIO | WISH_PDF | WISH_THOUGHT | WISH_LOGPROBS | WISH_USER |
         WISH_ONE_CALL | WISH_STRICT | WISH_JSON | WISH_MANY_TURNS | WISH_EXTRA_NUMBERS |
         WISH_TOP_K | WISH_SCHEMA_NAME | WISH_ODD_IDS},
    {&dialect_responses, tell_responses,
     WISH_BLANK | WISH_URL | WISH_AUDIO | WISH_PDF | WISH_SYSTEM_IMAGE | WISH_RESULT_IMAGE |
         WISH_THOUGHT | WISH_CUSTOM | WISH_LOGPROBS | WISH_USER | WISH_ONE_CALL | WISH_STRICT |
         WISH_JSON | WISH_MANY_TURNS | WISH_SCHEMA_NAME | WISH_ODD_IDS | WISH_BETWEEN},
    {&dialect_anthropic, tell_anthropic,
     WISH_URL | WISH_TEXT_FILE | WISH_PDF | WISH_RESULT_IMAGE | WISH_THOUGHT | WISH_ERROR |
         WISH_THINKING | WISH_USER | WISH_ONE_CALL | WISH_STRICT | WISH_TOP_K | WISH_BETWEEN |
         WISH_BUDGET},
    {&dialect_ollama, tell_ollama,
     WISH_BLANK | WISH_SYSTEM_IMAGE | WISH_RESULT_IMAGE | WISH_ANY_IMAGE | WISH_THOUGHT |
         WISH_LOGPROBS | WISH_THINKING | WISH_JSON | WISH_ONE_TEXT | WISH_MANY_TURNS | WISH_NO_IDS |
         WISH_EXTRA_NUMBERS | WISH_TOP_K},
};

#endif
