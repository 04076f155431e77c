/* The neutral chat owns little: one tree, a few arrays. Dialects do the reading and writing. */
#include "dialect/chat.h"

#include <stdlib.h>
#include <string.h>

/* A decoded text is never longer than its JSON, and no event or body is larger than this. */
#define STRINGS_MAX ((size_t)1 << 30)

/* A name longer than this is nobody's field. */
#define FIELD_MAX 64

static const struct {
    const char *name;
    bool whole;
} numbers[CHAT_NUMBER_COUNT] = {
#define X(id, name, whole) {name, whole},
    CHAT_NUMBER_TABLE(X)
#undef X
};

const char *chat_number_name(enum chat_number_id id)
{
    return numbers[id].name;
}

bool chat_number_whole(enum chat_number_id id)
{
    return numbers[id].whole;
}

struct text chat_json_text(const json_t *string)
{
    if (!json_is_string(string))
        return text_make("", 0);
    return text_make(json_string_value(string), json_string_length(string));
}

void chat_request_init(struct chat_request *request, struct buf *dropped)
{
    *request = (struct chat_request){.dropped = dropped};
}

void chat_request_done(struct chat_request *request)
{
    if (!request)
        return;
    for (size_t i = 0; i < request->message_count; i++) {
        free(request->messages[i].parts);
        free(request->messages[i].calls);
    }
    free(request->messages);
    free(request->tools);
    free(request->stop);
    json_decref(request->root);
    chat_request_init(request, NULL);
}

static bool is_field_byte(char c)
{
    return text_is_digit(c) || (text_lower(c) >= 'a' && text_lower(c) <= 'z') || c == '_' ||
           c == '-' || c == '.';
}

static bool is_field(struct text field)
{
    if (field.len == 0 || field.len > FIELD_MAX)
        return false;
    for (size_t i = 0; i < field.len; i++)
        if (!is_field_byte(field.at[i]))
            return false;
    return true;
}

/* Is the name in the list "a, b, c"? */
static bool is_listed(struct text list, struct text name)
{
    while (list.len) {
        const char *comma = memchr(list.at, ',', list.len);
        size_t len = comma ? (size_t)(comma - list.at) : list.len;
        if (len == name.len && memcmp(list.at, name.at, len) == 0)
            return true;
        list = text_skip(list, len + 2);
    }
    return false;
}

void chat_drop(const struct chat_request *request, const char *field)
{
    struct buf *dropped = request->dropped;
    struct text name = text_of(is_field(text_of(field)) ? field : "other");
    if (!dropped || is_listed(buf_text(dropped), name))
        return;
    size_t before = dropped->len;
    int r = before ? buf_append_string(dropped, ", ") : 0;
    if (r == 0)
        r = buf_append_text(dropped, name);
    if (r < 0 && dropped->len > before) { /* no room for the name: no comma either */
        dropped->len = before;
        dropped->data[before] = '\0';
    }
}

void chat_delta_init(struct chat_delta *delta)
{
    *delta = (struct chat_delta){0};
    buf_init(&delta->strings, STRINGS_MAX);
}

void chat_delta_done(struct chat_delta *delta)
{
    if (!delta)
        return;
    free(delta->calls);
    buf_done(&delta->strings);
    chat_delta_init(delta);
}

void chat_delta_reset(struct chat_delta *delta)
{
    struct chat_call *calls = delta->calls;
    size_t room = delta->call_room;
    struct buf strings = delta->strings;
    *delta = (struct chat_delta){.calls = calls, .call_room = room, .strings = strings};
    buf_reset(&delta->strings);
}

struct chat_call *chat_delta_add_call(struct chat_delta *delta)
{
    if (delta->call_count == delta->call_room) {
        size_t room = delta->call_room ? delta->call_room * 2 : 4;
        struct chat_call *calls = reallocarray(delta->calls, room, sizeof(*calls));
        if (!calls)
            return NULL;
        delta->calls = calls;
        delta->call_room = room;
    }
    struct chat_call *call = &delta->calls[delta->call_count++];
    *call = (struct chat_call){0};
    return call;
}
