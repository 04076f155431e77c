/*
 * A client of the Responses API that believes nothing: it takes a stream event by event, and fails
 * where one does not follow from those before it, where the pieces are not the whole that the end
 * tells, or where an item that is not over is called done.
 */
#ifndef UNDERSTUDY_RESPONSES_CLIENT_H
#define UNDERSTUDY_RESPONSES_CLIENT_H

#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <jansson.h>

#include "text/buf.h"

struct responses_client {
    int64_t number; /* of the next event */
    json_t *items;  /* as they are known so far, by output_index */
    json_t *texts;  /* the pieces of each */
    json_t *types;  /* of all events */
    json_t *last;   /* the response of the end; NULL = it has not come */
    bool failed;    /* the end is response.failed */
};

static inline void responses_client_init(struct responses_client *client)
{
    *client = (struct responses_client){
        .items = json_array(), .texts = json_array(), .types = json_array()};
}

static inline void responses_client_done(struct responses_client *client)
{
    json_decref(client->items);
    json_decref(client->texts);
    json_decref(client->types);
    json_decref(client->last);
}

static inline const char *responses_string(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    ck_assert_msg(value != NULL, "there is no %s", name);
    return value;
}

static inline bool responses_ends(const char *type, const char *end)
{
    size_t len = strlen(type), tail = strlen(end);
    return len >= tail && strcmp(type + len - tail, end) == 0;
}

/* What the item says. */
static inline const char *responses_said(const json_t *item)
{
    static const char *const members[] = {"arguments", "input"};
    static const char *const lists[] = {"content", "summary"};
    for (size_t i = 0; i < 2; i++) {
        const json_t *list = json_object_get(item, lists[i]);
        if (json_object_get(item, members[i]))
            return responses_string(item, members[i]);
        if (list)
            return json_array_size(list) ? responses_string(json_array_get(list, 0), "text") : "";
    }
    ck_abort_msg("an item that says nothing");
}

static inline void responses_take_item(struct responses_client *client, const char *type,
                                       const json_t *event)
{
    size_t index = (size_t)json_integer_value(json_object_get(event, "output_index"));
    json_t *item = json_object_get(event, "item");
    if (strcmp(type, "response.output_item.added") == 0) {
        ck_assert_uint_eq(index, json_array_size(client->items));
        ck_assert_str_eq(responses_said(item), "");
        json_array_append(client->items, item);
        json_array_append_new(client->texts, json_string(""));
        return;
    }
    json_t *before = json_array_get(client->items, index);
    ck_assert_str_eq(responses_string(before, "id"), responses_string(item, "id"));
    ck_assert_msg(!json_object_get(before, "done"), "done twice");
    ck_assert_str_eq(responses_said(item), json_string_value(json_array_get(client->texts, index)));
    json_array_set(client->items, index, item);
    json_object_set_new(item, "done", json_true());
}

/* A piece of an item, or all of them once more. */
static inline void responses_take_piece(struct responses_client *client, const char *type,
                                        const json_t *event)
{
    size_t index = (size_t)json_integer_value(json_object_get(event, "output_index"));
    const json_t *item = json_array_get(client->items, index);
    const char *so_far = json_string_value(json_array_get(client->texts, index));
    ck_assert_msg(item && so_far, "%s of an item that has not begun", type);
    ck_assert_msg(!json_object_get(item, "done"), "%s of an item that is done", type);
    ck_assert_str_eq(responses_string(event, "item_id"), responses_string(item, "id"));
    if (responses_ends(type, ".delta")) {
        const char *delta = responses_string(event, "delta");
        size_t len = strlen(so_far) + strlen(delta) + 1;
        char *more = malloc(len);
        ck_assert_msg(delta[0] != '\0', "%s of nothing", type);
        (void)snprintf(more, len, "%s%s", so_far, delta);
        json_array_set_new(client->texts, index, json_string(more));
        free(more);
    } else if (responses_ends(type, "part.done")) {
        ck_assert_str_eq(responses_string(json_object_get(event, "part"), "text"), so_far);
    } else if (responses_ends(type, ".done")) {
        const char *member = strstr(type, "arguments") ? "arguments"
                             : strstr(type, "input")   ? "input"
                                                       : "text";
        ck_assert_str_eq(responses_string(event, member), so_far);
    }
}

static inline void responses_take_end(struct responses_client *client, json_t *response)
{
    const json_t *output = json_object_get(response, "output");
    ck_assert_uint_eq(json_array_size(output), json_array_size(client->items));
    for (size_t i = 0; i < json_array_size(output); i++) {
        const json_t *item = json_array_get(output, i);
        const char *status = json_string_value(json_object_get(item, "status"));
        bool done = json_object_get(json_array_get(client->items, i), "done") != NULL;
        ck_assert_str_eq(responses_said(item), json_string_value(json_array_get(client->texts, i)));
        ck_assert_msg(done || (status && strcmp(status, "incomplete") == 0),
                      "an item that is called whole was never done");
    }
    client->last = json_incref(response);
}

/* The same error in the response and on top. */
static inline void responses_take_failure(struct responses_client *client, const json_t *event)
{
    json_t *response = json_object_get(event, "response");
    const json_t *error = json_object_get(event, "error");
    ck_assert_str_eq(responses_string(response, "status"), "failed");
    ck_assert_msg(json_is_object(error) && json_equal(error, json_object_get(response, "error")),
                  "not the same error inside and on top");
    client->last = json_incref(response);
    client->failed = true;
}

static inline void responses_take_event(struct responses_client *client, const char *name,
                                        const char *data)
{
    json_t *event = json_loads(data, JSON_ALLOW_NUL, NULL);
    ck_assert_msg(event != NULL, "not JSON: %s", data);
    ck_assert_msg(!client->last, "%s behind the end", name);
    ck_assert_str_eq(responses_string(event, "type"), name);
    ck_assert_int_eq(json_integer_value(json_object_get(event, "sequence_number")),
                     client->number++);
    json_array_append_new(client->types, json_string(name));
    json_t *response = json_object_get(event, "response");
    if (strcmp(name, "response.created") == 0 || strcmp(name, "response.in_progress") == 0)
        ck_assert_str_eq(responses_string(response, "status"), "in_progress");
    else if (strcmp(name, "response.failed") == 0)
        responses_take_failure(client, event);
    else if (response)
        responses_take_end(client, response);
    else if (strstr(name, "output_item"))
        responses_take_item(client, name, event);
    else
        responses_take_piece(client, name, event);
    json_decref(event);
}

/* Whole events, each "event: NAME\ndata: JSON\n\n". Empties the buf. */
static inline void responses_take(struct responses_client *client, struct buf *out)
{
    char *rest = out->len ? out->data : NULL;
    while (rest && *rest) {
        char *end = strstr(rest, "\n\n"), *data = strstr(rest, "\ndata: ");
        ck_assert_msg(end && data && data < end && strncmp(rest, "event: ", 7) == 0, "no event: %s",
                      rest);
        *end = *data = '\0';
        ck_assert_msg(strchr(data + 1, '\n') == NULL, "an event of several lines: %s", data + 1);
        responses_take_event(client, rest + 7, data + 7);
        rest = end + 2;
    }
    buf_reset(out);
}

#endif
