/*
 * whole: {HEAD, "choices": [{"message": M, ...}], "usage": U}
 * events: {HEAD, "choices": [{"delta": M, ...}]} for each choice, its finish_reason, U, [DONE]
 */
#include <string.h>

#include "http/sse.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "openai/reshape.h"
#include "text/count.h"

bool reshape_is_events(struct text body)
{
    if (text_starts(body, "\xef\xbb\xbf"))
        body = text_skip(body, 3);
    return sse_begins(text_skip_blank(body));
}

/* "name": value as both stand there, on one line. */
static void put_member(struct jsonwrite *json, struct text name, struct text value)
{
    if (json->r == 0 && json->comma)
        json->r = buf_append(json->out, ",", 1);
    json->comma = true;
    if (json->r == 0)
        json->r = buf_append_text(json->out, name);
    if (json->r == 0)
        json->r = buf_append(json->out, ":", 1);
    if (json->r == 0)
        json->r = jsonspan_compact(value, json->out);
}

static bool is_one_of(struct text name, const char *const *names)
{
    for (; *names; names++)
        if (jsonspan_name_is(name, *names))
            return true;
    return false;
}

static void put_members(struct jsonwrite *json, struct text object, const char *const *but)
{
    struct text name, value;
    for (size_t position = 0; jsonspan_member(object, &position, &name, &value);)
        if (!is_one_of(name, but))
            put_member(json, name, value);
}

/* data: {HEAD, "choices": [ */
static struct jsonwrite open_event(struct text answer, bool chat, struct buf *out)
{
    static const char *const but[] = {"object", "choices", "usage", NULL};
    struct jsonwrite json = jsonwrite_to(out);
    json.r = buf_append_string(out, "data: ");
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "object", text_of(chat ? "chat.completion.chunk" : "text_completion"));
    put_members(&json, answer, but);
    jsonwrite_open(&json, "choices", '[');
    return json;
}

static int close_event(struct jsonwrite *json, struct text usage)
{
    static const struct text name = {"\"usage\"", 7};
    jsonwrite_close(json, ']');
    if (usage.at)
        put_member(json, name, usage);
    jsonwrite_close(json, '}');
    return json->r < 0 ? json->r : buf_append(json->out, "\n\n", 2);
}

/* In a stream each call says which one it is. */
static void put_calls(struct jsonwrite *json, struct text calls)
{
    static const char *const but[] = {"index", NULL};
    struct text call;
    int64_t index = 0;
    jsonwrite_open(json, "tool_calls", '[');
    for (size_t position = 0; jsonspan_next(calls, &position, &call);) {
        jsonwrite_open(json, NULL, '{');
        jsonwrite_integer(json, "index", index++);
        put_members(json, call, but);
        jsonwrite_close(json, '}');
    }
    jsonwrite_close(json, ']');
}

static void put_delta(struct jsonwrite *json, struct text message)
{
    struct text name, value;
    jsonwrite_open(json, "delta", '{');
    for (size_t position = 0; jsonspan_member(message, &position, &name, &value);) {
        if (jsonspan_name_is(name, "tool_calls") && jsonspan_type(value) == JSONSPAN_ARRAY)
            put_calls(json, value);
        else
            put_member(json, name, value);
    }
    jsonwrite_close(json, '}');
}

static void put_index(struct jsonwrite *json, struct text index, int64_t number)
{
    if (jsonspan_type(index) == JSONSPAN_NUMBER)
        jsonwrite_raw(json, "index", index);
    else
        jsonwrite_integer(json, "index", number);
}

/* What the choice says, and then how it ended. */
static int write_choice(struct text answer, struct text choice, int64_t number, struct buf *out)
{
    static const char *const but[] = {"index", "message", "finish_reason", NULL};
    struct jsonspan_wanted wanted[] = {
        {.name = "index"}, {.name = "message"}, {.name = "finish_reason"}};
    jsonspan_pick(choice, wanted, COUNT(wanted));
    struct jsonwrite json = open_event(answer, true, out);
    jsonwrite_open(&json, NULL, '{');
    put_index(&json, wanted[0].value, number);
    put_delta(&json, wanted[1].value);
    put_members(&json, choice, but);
    jsonwrite_null(&json, "finish_reason");
    jsonwrite_close(&json, '}');
    int r = close_event(&json, (struct text){0});
    if (r < 0)
        return r;
    bool told = jsonspan_type(wanted[2].value) == JSONSPAN_STRING;
    json = open_event(answer, true, out);
    jsonwrite_open(&json, NULL, '{');
    put_index(&json, wanted[0].value, number);
    jsonwrite_raw(&json, "delta", text_of("{}"));
    jsonwrite_raw(&json, "finish_reason", told ? wanted[2].value : text_of("\"stop\""));
    jsonwrite_close(&json, '}');
    return close_event(&json, (struct text){0});
}

/* A choice of completions is the same in a stream. */
static int write_text(struct text answer, struct text choice, struct buf *out)
{
    struct jsonwrite json = open_event(answer, false, out);
    if (json.r == 0)
        json.r = jsonspan_compact(choice, out);
    json.comma = true;
    return close_event(&json, (struct text){0});
}

int reshape_to_events(struct text answer, bool include_usage, struct buf *out)
{
    struct jsonspan_wanted wanted[] = {{.name = "choices"}, {.name = "usage"}};
    struct text choice, message;
    int64_t number = 0;
    int r = 0;
    bool chat = true;
    jsonspan_pick(answer, wanted, COUNT(wanted));
    for (size_t position = 0; r == 0 && jsonspan_next(wanted[0].value, &position, &choice);) {
        chat = jsonspan_get(choice, "message", &message);
        r = chat ? write_choice(answer, choice, number++, out) : write_text(answer, choice, out);
    }
    if (r == 0 && include_usage && jsonspan_type(wanted[1].value) == JSONSPAN_OBJECT) {
        struct jsonwrite json = open_event(answer, chat, out);
        r = close_event(&json, wanted[1].value);
    }
    return r < 0 ? r : buf_append_string(out, "data: [DONE]\n\n");
}
