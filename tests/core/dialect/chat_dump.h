/* A neutral request as JSON, for rows of tests: what is not there is not written. */
#ifndef UNDERSTUDY_CHAT_DUMP_H
#define UNDERSTUDY_CHAT_DUMP_H

#include <check.h>
#include <jansson.h>

#include "dialect/chat.h"

static inline void dump_put(json_t *object, const char *name, json_t *value)
{
    ck_assert_int_eq(json_object_set_new(object, name, value), 0);
}

static inline void dump_text(json_t *object, const char *name, struct text text)
{
    if (text.len)
        dump_put(object, name, json_stringn(text.at, text.len));
}

static inline void dump_flag(json_t *object, const char *name, bool flag)
{
    if (flag)
        dump_put(object, name, json_true());
}

static inline json_t *dump_part(const struct chat_part *part)
{
    static const char *const kinds[] = {
        [CHAT_PART_TEXT] = "text",           [CHAT_PART_IMAGE] = "image",
        [CHAT_PART_AUDIO] = "audio",         [CHAT_PART_DOCUMENT] = "document",
        [CHAT_PART_REASONING] = "reasoning", [CHAT_PART_CALL] = "call",
    };
    static const char *const sources[] = {
        [CHAT_SOURCE_BASE64] = "base64", [CHAT_SOURCE_URL] = "url", [CHAT_SOURCE_TEXT] = "text"};
    bool holds = part->kind == CHAT_PART_IMAGE || part->kind == CHAT_PART_AUDIO ||
                 part->kind == CHAT_PART_DOCUMENT;
    json_t *json = json_object();
    if (part->kind == CHAT_PART_CALL) {
        dump_text(json, "id", part->call.id);
        dump_put(json, "call", json_stringn(part->call.name.at, part->call.name.len));
        dump_text(json, "arguments", part->call.arguments);
        dump_flag(json, "custom", part->call.custom);
        return json;
    }
    dump_put(json, kinds[part->kind], json_stringn(part->data.at, part->data.len));
    if (holds)
        dump_put(json, "source", json_string(sources[part->source]));
    dump_text(json, "media", part->media);
    dump_text(json, "title", part->title);
    dump_text(json, "context", part->context);
    dump_text(json, "signature", part->signature);
    return json;
}

static inline json_t *dump_message(const struct chat_message *message)
{
    static const char *const roles[] = {[CHAT_ROLE_SYSTEM] = "system",
                                        [CHAT_ROLE_USER] = "user",
                                        [CHAT_ROLE_ASSISTANT] = "assistant",
                                        [CHAT_ROLE_TOOL] = "tool"};
    json_t *json = json_object(), *parts = json_array();
    for (size_t i = 0; i < message->part_count; i++)
        ck_assert_int_eq(json_array_append_new(parts, dump_part(&message->parts[i])), 0);
    dump_put(json, roles[message->role], parts);
    dump_text(json, "call_id", message->call_id);
    dump_text(json, "call_name", message->call_name);
    dump_flag(json, "is_error", message->is_error);
    return json;
}

static inline json_t *dump_tool(const struct chat_tool *tool)
{
    json_t *json = json_object();
    dump_text(json, "name", tool->name);
    dump_text(json, "description", tool->description);
    if (tool->parameters)
        dump_put(json, "parameters", json_deep_copy(tool->parameters));
    dump_flag(json, "strict", tool->strict);
    dump_flag(json, "custom", tool->kind == CHAT_TOOL_CUSTOM);
    dump_text(json, "format", tool->format);
    return json;
}

static inline void dump_numbers(const struct chat_request *request, json_t *json)
{
    for (int id = 0; id < CHAT_NUMBER_COUNT; id++) {
        const struct chat_number *number = &request->number[id];
        if (number->set)
            dump_put(json, chat_number_name((enum chat_number_id)id),
                     number->whole ? json_integer(number->integer) : json_real(number->real));
    }
}

static inline json_t *chat_dump(const struct chat_request *request)
{
    static const char *const choices[] = {"auto", "any", "named", "none"};
    static const char *const formats[] = {"text", "json", "schema"};
    static const char *const efforts[] = {"unset", "none", "low", "medium", "high", "max"};
    static const char *const thinkings[] = {"unset", "off", "on", "adaptive"};
    json_t *json = json_object(), *messages = json_array(), *tools = json_array();
    json_t *stop = json_array();
    for (size_t i = 0; i < request->message_count; i++)
        ck_assert_int_eq(json_array_append_new(messages, dump_message(&request->messages[i])), 0);
    for (size_t i = 0; i < request->tool_count; i++)
        ck_assert_int_eq(json_array_append_new(tools, dump_tool(&request->tools[i])), 0);
    for (size_t i = 0; i < request->stop_count; i++)
        ck_assert_int_eq(
            json_array_append_new(stop, json_stringn(request->stop[i].at, request->stop[i].len)),
            0);
    dump_put(json, "messages", messages);
    dump_put(json, "tools", tools);
    dump_put(json, "stop", stop);
    dump_put(json, "choice", json_string(choices[request->choice]));
    dump_text(json, "choice_name", request->choice_name);
    dump_flag(json, "one_call", request->one_call);
    dump_put(json, "format", json_string(formats[request->format]));
    if (request->schema)
        dump_put(json, "schema", json_deep_copy(request->schema));
    dump_text(json, "schema_name", request->schema_name);
    dump_flag(json, "schema_strict", request->schema_strict);
    dump_numbers(request, json);
    dump_put(json, "max_tokens", json_integer(request->max_tokens));
    dump_flag(json, "logprobs", request->logprobs);
    dump_put(json, "effort", json_string(efforts[request->effort]));
    dump_put(json, "thinking", json_string(thinkings[request->thinking]));
    dump_put(json, "thinking_budget", json_integer(request->thinking_budget));
    dump_text(json, "user", request->user);
    dump_flag(json, "stream", request->stream);
    return json;
}

#endif
