/*
 * Reads a streamed answer as the official SDK does (anthropic-python 2.14, lib/streaming/
 * _messages.py, read 2026-11), but minds what that lets pass: the order of events, one block open
 * at a time, numbers without gaps, nothing behind the end.
 */
#ifndef UNDERSTUDY_ANTHROPIC_CLIENT_H
#define UNDERSTUDY_ANTHROPIC_CLIENT_H

#include <check.h>
#include <jansson.h>

#include "http/sse.h"
#include "text/buf.h"

struct anthropic_client {
    struct sse sse;
    json_t *message;  /* what has come of it; NULL before message_start */
    struct buf input; /* of the tool_use that is open */
    bool open;
    bool ended; /* message_delta has come */
    bool stopped;
    size_t events;
};

static inline void anthropic_client_init(struct anthropic_client *client)
{
    *client = (struct anthropic_client){0};
    sse_init(&client->sse, 1 << 20);
    buf_init(&client->input, 1 << 20);
}

static inline void anthropic_client_done(struct anthropic_client *client)
{
    sse_done(&client->sse);
    buf_done(&client->input);
    json_decref(client->message);
}

static inline const char *anthropic_string(const json_t *object, const char *name)
{
    const char *string = json_string_value(json_object_get(object, name));
    ck_assert_msg(string != NULL, "no %s", name);
    return string;
}

static inline json_t *anthropic_block(const struct anthropic_client *client, const json_t *event)
{
    json_t *content = json_object_get(client->message, "content");
    size_t last = json_array_size(content) - 1;
    ck_assert_int_eq(json_integer_value(json_object_get(event, "index")), (json_int_t)last);
    ck_assert(client->open);
    return json_array_get(content, last);
}

static inline void anthropic_append(json_t *block, const char *member, const json_t *delta,
                                    const char *name)
{
    const char *before = anthropic_string(block, member), *more = anthropic_string(delta, name);
    size_t len = strlen(before) + strlen(more) + 1;
    char *text = malloc(len);
    ck_assert_msg(*more != '\0', "a delta of nothing");
    (void)snprintf(text, len, "%s%s", before, more);
    ck_assert_int_eq(json_object_set_new(block, member, json_string(text)), 0);
    free(text);
}

static inline void anthropic_delta(struct anthropic_client *client, const json_t *event)
{
    json_t *block = anthropic_block(client, event);
    const json_t *delta = json_object_get(event, "delta");
    const char *type = anthropic_string(delta, "type"), *of = anthropic_string(block, "type");
    if (strcmp(type, "text_delta") == 0) {
        ck_assert_str_eq(of, "text");
        anthropic_append(block, "text", delta, "text");
    } else if (strcmp(type, "thinking_delta") == 0) {
        ck_assert_str_eq(of, "thinking");
        anthropic_append(block, "thinking", delta, "thinking");
    } else {
        ck_assert_str_eq(type, "input_json_delta");
        ck_assert_str_eq(of, "tool_use");
        ck_assert_int_eq(buf_append_string(&client->input, anthropic_string(delta, "partial_json")),
                         0);
    }
}

/* Where arguments are cut, the input stays a text. */
static inline void anthropic_stop(struct anthropic_client *client, const json_t *event)
{
    json_t *block = anthropic_block(client, event);
    if (client->input.len) {
        json_t *input = json_loadb(client->input.data, client->input.len, 0, NULL);
        if (!input)
            input = json_stringn(client->input.data, client->input.len);
        ck_assert_int_eq(json_object_set_new(block, "input", input), 0);
    }
    buf_reset(&client->input);
    client->open = false;
}

static inline void anthropic_event(struct anthropic_client *client, const char *name,
                                   const json_t *event)
{
    ck_assert_str_eq(anthropic_string(event, "type"), name);
    ck_assert_msg(!client->stopped, "%s behind the end", name);
    if (strcmp(name, "message_start") == 0) {
        ck_assert_ptr_null(client->message);
        client->message = json_deep_copy(json_object_get(event, "message"));
        return;
    }
    ck_assert_msg(client->message != NULL, "%s before message_start", name);
    if (strcmp(name, "message_stop") == 0) {
        ck_assert(client->ended);
        client->stopped = true;
        return;
    }
    ck_assert(!client->ended);
    if (strcmp(name, "content_block_start") == 0) {
        ck_assert(!client->open);
        client->open = true;
        ck_assert_int_eq(json_array_append(json_object_get(client->message, "content"),
                                           json_object_get(event, "content_block")),
                         0);
        (void)anthropic_block(client, event);
    } else if (strcmp(name, "content_block_delta") == 0) {
        anthropic_delta(client, event);
    } else if (strcmp(name, "content_block_stop") == 0) {
        anthropic_stop(client, event);
    } else {
        ck_assert_str_eq(name, "message_delta");
        ck_assert(!client->open);
        ck_assert_int_eq(json_object_update(client->message, json_object_get(event, "delta")), 0);
        ck_assert_int_eq(json_object_set(client->message, "usage", json_object_get(event, "usage")),
                         0);
        client->ended = true;
    }
}

static inline void anthropic_take(struct anthropic_client *client, struct text bytes)
{
    struct sse_event event;
    ck_assert_int_eq(sse_push(&client->sse, bytes), 0);
    while (sse_next(&client->sse, &event)) {
        json_t *json = json_loadb(event.data.at, event.data.len, 0, NULL);
        char *name = strndup(event.name.at, event.name.len);
        ck_assert_msg(json != NULL, "no JSON: %.*s", TEXT_ARG(event.data));
        client->events++;
        anthropic_event(client, name, json);
        json_decref(json);
        free(name);
    }
}

#endif
