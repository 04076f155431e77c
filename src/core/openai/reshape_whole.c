/*
 * As the SDKs put a stream together: texts are joined, lists with an index are merged by it, of
 * usage the last word stays (some send a running count with each event), of everything else the
 * first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "http/sse.h"
#include "json/jsonload.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "openai/judge.h"
#include "openai/reshape.h"
#include "text/count.h"

/* The text that grows is not copied for each piece: it is put into its place when another one
 * begins. */
struct growing {
    json_t *owner; /* borrowed */
    const char *name;
    struct buf text;
};

struct reshape {
    json_t *answer;
    json_t *choices; /* borrowed from answer */
    struct growing growing;
    struct judge judge;
    bool chat;
    int r; /* 0, or the first error of buf */
};

#define TEXT_MAX  ((size_t)64 << 20)
#define INDEX_MAX 1024

static void put_growing(struct growing *growing)
{
    struct text text = buf_text(&growing->text);
    if (growing->owner)
        (void)json_object_set_new(growing->owner, growing->name,
                                  json_stringn_nocheck(text.at, text.len));
    growing->owner = NULL;
    buf_reset(&growing->text);
}

/* name belongs to the object's own key, which stays. */
static int grow(struct growing *growing, json_t *object, const char *name, const json_t *piece)
{
    int r = 0;
    if (growing->owner != object || strcmp(growing->name, name) != 0) {
        put_growing(growing);
        const json_t *old = json_object_get(object, name);
        if (!json_is_string(old))
            (void)json_object_set_new(object, name, json_string(""));
        else
            r = buf_append(&growing->text, json_string_value(old), json_string_length(old));
        growing->owner = object;
        growing->name = json_object_iter_key(json_object_iter_at(object, name));
    }
    return r < 0 ? r
                 : buf_append(&growing->text, json_string_value(piece), json_string_length(piece));
}

/* Said again in some streams with each piece of a call or a message; format is OpenRouter's, in
 * reasoning_details. */
static bool is_said_once(const char *name)
{
    static const char *const names[] = {"role", "id", "type", "name", "format"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void note(struct reshape *reshape, int r)
{
    reshape->r = reshape->r < 0 ? reshape->r : r;
}

static void merge(struct reshape *reshape, json_t *object, const json_t *more, int depth);

/* By their ids, where both have one. */
static bool are_others(const json_t *a, const json_t *b)
{
    const char *first = json_string_value(json_object_get(a, "id"));
    const char *second = json_string_value(json_object_get(b, "id"));
    return first && second && *first && *second && strcmp(first, second) != 0;
}

/* The latest element of that index that one goes on with, made where it is missing; NULL for an
 * index out of all reason. Some servers give all calls the same one: there an id begins another. */
static json_t *element_at(json_t *list, const json_t *index, const json_t *one)
{
    json_t *found;
    if (json_integer_value(index) < 0 || json_integer_value(index) > INDEX_MAX)
        return NULL;
    for (size_t i = json_array_size(list); i-- > 0;) {
        found = json_array_get(list, i);
        if (json_integer_value(json_object_get(found, "index")) == json_integer_value(index) &&
            !are_others(found, one))
            return found;
    }
    if (json_array_size(list) > INDEX_MAX)
        return NULL;
    found = json_object();
    (void)json_object_set_new(found, "index", json_integer(json_integer_value(index)));
    return json_array_append_new(list, found) == 0 ? found : NULL;
}

/* Without an index, a piece of a call that has no name goes on with the last one. */
static json_t *last_call(json_t *list, const json_t *one)
{
    const json_t *function = json_object_get(one, "function");
    size_t count = json_array_size(list);
    bool begins =
        !json_is_object(function) || json_string_length(json_object_get(function, "name")) > 0;
    return begins || count == 0 ? NULL : json_array_get(list, count - 1);
}

static void merge_list(struct reshape *reshape, json_t *list, const json_t *more, int depth)
{
    json_t *one;
    size_t i;
    json_array_foreach (more, i, one) {
        const json_t *index = json_object_get(one, "index");
        json_t *element =
            json_is_integer(index) ? element_at(list, index, one) : last_call(list, one);
        if (json_is_object(element))
            merge(reshape, element, one, depth + 1);
        else if (!json_is_integer(index))
            (void)json_array_append(list, one);
    }
}

/* Empty, and of the kind that value is: what that kind is put together in. */
static json_t *begun(json_t *object, const char *name, const json_t *value)
{
    const json_t *old = json_object_get(object, name);
    if (!old || json_is_null(old))
        (void)json_object_set_new(object, name,
                                  json_is_object(value) ? json_object() : json_array());
    return json_object_get(object, name);
}

/* Where the kind of the value changes, the first one stays. */
static void merge_member(struct reshape *reshape, json_t *object, const char *name, json_t *value,
                         int depth)
{
    const json_t *old = json_object_get(object, name);
    bool empty = !old || json_is_null(old);
    if (!empty && json_typeof(old) != json_typeof(value))
        return;
    if (json_is_string(value) && !(is_said_once(name) && !empty))
        note(reshape, grow(&reshape->growing, object, name, value));
    else if (json_is_object(value) && depth < JSONSPAN_DEPTH_MAX)
        merge(reshape, begun(object, name, value), value, depth + 1);
    else if (json_is_array(value))
        merge_list(reshape, begun(object, name, value), value, depth);
    else if (empty)
        (void)json_object_set(object, name, value);
}

static void merge(struct reshape *reshape, json_t *object, const json_t *more, int depth)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)more, name, value)
        merge_member(reshape, object, name, value, depth);
}

static void set_if_empty(json_t *object, const char *name, json_t *value)
{
    const json_t *old = json_object_get(object, name);
    if (!old || json_is_null(old))
        (void)json_object_set(object, name, value);
}

static json_t *object_in(json_t *owner, const char *name)
{
    if (!json_is_object(json_object_get(owner, name)))
        (void)json_object_set_new(owner, name, json_object());
    return json_object_get(owner, name);
}

static void take_choice(struct reshape *reshape, const json_t *choice)
{
    json_t *zero = json_integer(0), *value;
    const json_t *index = json_object_get(choice, "index");
    json_t *slot = element_at(reshape->choices, json_is_integer(index) ? index : zero, choice);
    const char *name;
    json_decref(zero);
    if (!slot)
        return;
    json_object_foreach ((json_t *)(uintptr_t)choice, name, value) {
        if (strcmp(name, "delta") == 0) {
            reshape->chat = true;
            merge(reshape, object_in(slot, "message"), value, 0);
        } else if (strcmp(name, "text") == 0 || strcmp(name, "logprobs") == 0) {
            merge_member(reshape, slot, name, value, 0);
        } else {
            set_if_empty(slot, name, value);
        }
    }
}

static void take_event(struct reshape *reshape, struct text data)
{
    struct error why = ERROR_NONE;
    json_t *event = jsonload(data, &why), *value;
    const char *name;
    size_t i;
    json_object_foreach (event, name, value) {
        if (strcmp(name, "choices") == 0) {
            json_t *choice;
            json_array_foreach (value, i, choice)
                take_choice(reshape, choice);
        } else if (strcmp(name, "usage") == 0 && json_is_object(value)) {
            (void)json_object_set(reshape->answer, name, value);
        } else {
            set_if_empty(reshape->answer, name, value);
        }
    }
    json_decref(event);
}

static void finish_message(json_t *message)
{
    json_t *call, *null = json_null();
    size_t i;
    if (!json_object_get(message, "role"))
        (void)json_object_set_new(message, "role", json_string("assistant"));
    set_if_empty(message, "content", null);
    json_array_foreach (json_object_get(message, "tool_calls"), i, call)
        (void)json_object_del(call, "index");
}

struct reshape *reshape_new(void)
{
    struct reshape *reshape = calloc(1, sizeof(*reshape));
    if (!reshape)
        return NULL;
    reshape->answer = json_object();
    reshape->choices = json_array();
    buf_init(&reshape->growing.text, TEXT_MAX);
    if (json_object_set_new(reshape->answer, "choices", reshape->choices) == 0)
        return reshape;
    reshape_free(reshape);
    return NULL;
}

void reshape_free(struct reshape *reshape)
{
    if (!reshape)
        return;
    json_decref(reshape->answer);
    buf_done(&reshape->growing.text);
    free(reshape);
}

int reshape_event(struct reshape *reshape, struct text name, struct text data,
                  struct answer_facts *facts)
{
    if (answer_is_over(facts))
        return 0;
    judge_event(&reshape->judge, name, data, facts);
    if (!answer_is_over(facts))
        take_event(reshape, data);
    return reshape->r;
}

int reshape_write(struct reshape *reshape, struct buf *out)
{
    json_t *choice;
    size_t i;
    put_growing(&reshape->growing);
    if (reshape->chat)
        (void)json_object_set_new(reshape->answer, "object", json_string("chat.completion"));
    json_array_foreach (reshape->choices, i, choice)
        if (reshape->chat)
            finish_message(object_in(choice, "message"));
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_tree(&json, NULL, reshape->answer);
    return json.r;
}

static int take_events(struct reshape *reshape, struct sse *sse, struct answer_facts *facts)
{
    struct sse_event event;
    int r = 0;
    while (r == 0 && !answer_is_over(facts) && sse_next(sse, &event))
        if (event.has_data)
            r = reshape_event(reshape, event.name, event.data, facts);
    return r;
}

/* The last event may lack its blank line. */
static int take_all(struct reshape *reshape, struct text events, struct answer_facts *facts)
{
    struct sse sse;
    int r = 0;
    sse_init(&sse, ANSWER_EVENT_MAX);
    while (r == 0 && events.len > 0) {
        struct text part = {events.at, events.len < SSE_PUSH_MAX ? events.len : SSE_PUSH_MAX};
        r = sse_push(&sse, part);
        if (r == 0)
            r = take_events(reshape, &sse, facts);
        events = text_skip(events, part.len);
    }
    if (r == 0 && sse_push(&sse, text_of("\n\n")) == 0)
        r = take_events(reshape, &sse, facts);
    sse_done(&sse);
    return r;
}

void reshape_to_whole(struct text events, struct buf *out, struct answer_facts *facts)
{
    struct reshape *reshape = reshape_new();
    int r = reshape ? take_all(reshape, events, facts) : -ENOMEM;
    if (r < 0)
        answer_fail_errno(facts, r);
    if (!facts->content || !(facts->done || facts->finished))
        answer_fail(facts, FAILURE_PROTOCOL, ANSWER_CUT);
    if (facts->failure == FAILURE_NONE && reshape_write(reshape, out) < 0)
        answer_fail_errno(facts, -ENOMEM);
    if (facts->failure == FAILURE_NONE)
        facts->content = facts->finished = facts->done = facts->reshaped = true;
    reshape_free(reshape);
}
