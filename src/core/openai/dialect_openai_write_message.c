/*
 * The messages of a request for POST /chat/completions.
 *
 * A result's images go into a message of the user behind all results: a tool's message holds text
 * only. What the model thought before is not told: nobody here takes it back.
 */
#include <errno.h>
#include <stdio.h>

#include "json/jsonwrite.h"
#include "openai/dialect_openai.h"

/* Joined texts of one message; more than any request body may hold. */
#define TEXT_MAX ((size_t)1 << 30)

static void fail(struct jsonwrite *json, int r)
{
    if (r < 0 && json->r == 0)
        json->r = r;
}

/* ---- parts */

static bool is_medium(const struct chat_part *part)
{
    return part->kind == CHAT_PART_IMAGE || part->kind == CHAT_PART_AUDIO ||
           (part->kind == CHAT_PART_DOCUMENT && part->source != CHAT_SOURCE_TEXT);
}

static bool has_media(const struct chat_message *message)
{
    for (size_t i = 0; i < message->part_count; i++)
        if (is_medium(&message->parts[i]))
            return true;
    return false;
}

/* data:MEDIA;base64,DATA, or the URL as it is. */
static void put_url(struct jsonwrite *json, const char *name, const struct chat_part *part)
{
    struct buf url;
    struct text media = part->media.len ? part->media : text_of("image/png");
    buf_init(&url, TEXT_MAX);
    int r = 0;
    if (part->source == CHAT_SOURCE_BASE64)
        r = buf_printf(&url, "data:%.*s;base64,", TEXT_ARG(media));
    r = r < 0 ? r : buf_append_text(&url, part->data);
    fail(json, r);
    jsonwrite_string(json, name, buf_text(&url));
    buf_done(&url);
}

static void open_part(struct jsonwrite *json, const char *type)
{
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "type", text_of(type));
}

static void put_text_part(struct jsonwrite *json, struct text text)
{
    if (text.len == 0)
        return;
    open_part(json, "text");
    jsonwrite_string(json, "text", text);
    jsonwrite_close(json, '}');
}

static void put_medium(struct jsonwrite *json, const struct chat_part *part)
{
    switch (part->kind) {
    case CHAT_PART_IMAGE:
        open_part(json, "image_url");
        jsonwrite_open(json, "image_url", '{');
        put_url(json, "url", part);
        break;
    case CHAT_PART_AUDIO:
        open_part(json, "input_audio");
        jsonwrite_open(json, "input_audio", '{');
        jsonwrite_string(json, "data", part->data);
        jsonwrite_filled(json, "format", part->media);
        break;
    case CHAT_PART_DOCUMENT:
        open_part(json, "file");
        jsonwrite_open(json, "file", '{');
        jsonwrite_string(json, "filename", part->title.len ? part->title : text_of("document"));
        put_url(json, "file_data", part);
        break;
    case CHAT_PART_TEXT:
    case CHAT_PART_REASONING:
    case CHAT_PART_CALL:
        return;
    }
    jsonwrite_close(json, '}');
    jsonwrite_close(json, '}');
}

static void put_part(struct jsonwrite *json, const struct chat_part *part)
{
    if (is_medium(part)) {
        put_medium(json, part);
        return;
    }
    if (part->kind == CHAT_PART_DOCUMENT) {
        put_text_part(json, part->title);
        put_text_part(json, part->context);
    }
    if (part->kind == CHAT_PART_TEXT || part->kind == CHAT_PART_DOCUMENT)
        put_text_part(json, part->data);
}

/* All that it says, as one text. */
static void put_joined(struct jsonwrite *json, const struct chat_message *message, bool may_be_null)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    fail(json, chat_message_text(message, &text));
    if (may_be_null && text.len == 0)
        jsonwrite_null(json, "content");
    else
        jsonwrite_string(json, "content", buf_text(&text));
    buf_done(&text);
}

static void put_content(struct jsonwrite *json, const struct chat_message *message)
{
    if (!has_media(message)) {
        put_joined(json, message, false);
        return;
    }
    jsonwrite_open(json, "content", '[');
    for (size_t i = 0; i < message->part_count; i++)
        put_part(json, &message->parts[i]);
    jsonwrite_close(json, ']');
}

/* ---- calls and their results */

static size_t calls_of(const struct chat_message *message)
{
    size_t count = 0;
    for (size_t i = 0; i < message->part_count; i++)
        count += message->parts[i].kind == CHAT_PART_CALL;
    return count;
}

/* A call without an id is known by where it stands: which message, and which of its calls. */
static void put_id(struct jsonwrite *json, const char *name, struct text id, size_t message,
                   size_t call)
{
    char made[64];
    (void)snprintf(made, sizeof(made), "call_%zu_%zu", message, call);
    jsonwrite_string(json, name, id.len ? id : text_of(made));
}

/* Arguments are JSON text in a string. */
static void put_arguments(struct jsonwrite *json, const struct chat_call *call)
{
    if (!call->custom) {
        jsonwrite_string(json, "arguments", call->arguments);
        return;
    }
    struct buf text;
    buf_init(&text, TEXT_MAX);
    struct jsonwrite inner = jsonwrite_to(&text);
    jsonwrite_open(&inner, NULL, '{');
    jsonwrite_string(&inner, DIALECT_OPENAI_INPUT, call->arguments);
    jsonwrite_close(&inner, '}');
    fail(json, inner.r);
    jsonwrite_string(json, "arguments", buf_text(&text));
    buf_done(&text);
}

static void put_calls(struct jsonwrite *json, const struct chat_message *message, size_t index)
{
    const struct chat_part *part;
    size_t n = 0;
    if (calls_of(message) == 0)
        return;
    jsonwrite_open(json, "tool_calls", '[');
    for (size_t at = 0; (part = chat_next_part(message, CHAT_PART_CALL, &at)) != NULL; n++) {
        jsonwrite_open(json, NULL, '{');
        put_id(json, "id", part->call.id, index, n);
        jsonwrite_string(json, "type", text_of("function"));
        jsonwrite_open(json, "function", '{');
        jsonwrite_string(json, "name", part->call.name);
        put_arguments(json, &part->call);
        jsonwrite_close(json, '}');
        jsonwrite_close(json, '}');
    }
    jsonwrite_close(json, ']');
}

/* The result at index: of which call, where it does not say? Of the next one of the last message
 * that has calls. */
static void put_call_id(struct jsonwrite *json, const struct chat_request *request, size_t index)
{
    size_t caller = index;
    const struct chat_part *part = NULL;
    while (caller > 0 && request->messages[caller - 1].role == CHAT_ROLE_TOOL)
        caller--;
    size_t call = index - caller;
    if (caller > 0) {
        caller--;
        size_t n = 0;
        for (size_t at = 0; n <= call; n++)
            if (!(part = chat_next_part(&request->messages[caller], CHAT_PART_CALL, &at)))
                break;
    }
    struct text own = request->messages[index].call_id;
    if (own.len == 0 && part)
        own = part->call.id;
    put_id(json, "tool_call_id", own, caller, call);
}

/* Behind the last result of a turn: the images that the tools gave. */
static void put_result_media(struct jsonwrite *json, const struct chat_request *request, size_t end)
{
    size_t first = end;
    bool any = false;
    while (first > 0 && request->messages[first - 1].role == CHAT_ROLE_TOOL)
        any |= has_media(&request->messages[--first]);
    if (!any)
        return;
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "role", text_of("user"));
    jsonwrite_open(json, "content", '[');
    for (size_t m = first; m < end; m++)
        for (size_t p = 0; p < request->messages[m].part_count; p++)
            if (is_medium(&request->messages[m].parts[p]))
                put_medium(json, &request->messages[m].parts[p]);
    jsonwrite_close(json, ']');
    jsonwrite_close(json, '}');
}

/* What these say is text alone. */
static bool is_text_only(enum chat_role role)
{
    return role == CHAT_ROLE_SYSTEM || role == CHAT_ROLE_ASSISTANT;
}

static void put_message(struct jsonwrite *json, const struct chat_request *request, size_t index)
{
    static const char *const roles[] = {
        [CHAT_ROLE_SYSTEM] = "system",
        [CHAT_ROLE_USER] = "user",
        [CHAT_ROLE_ASSISTANT] = "assistant",
        [CHAT_ROLE_TOOL] = "tool",
    };
    const struct chat_message *message = &request->messages[index];
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "role", text_of(roles[message->role]));
    if (is_text_only(message->role) && has_media(message))
        chat_drop(request, "messages.content");
    switch (message->role) {
    case CHAT_ROLE_SYSTEM:
        put_joined(json, message, false);
        break;
    case CHAT_ROLE_USER:
        put_content(json, message);
        break;
    case CHAT_ROLE_ASSISTANT:
        put_joined(json, message, calls_of(message) > 0);
        put_calls(json, message, index);
        break;
    case CHAT_ROLE_TOOL:
        put_call_id(json, request, index);
        put_joined(json, message, false);
        break;
    }
    jsonwrite_close(json, '}');
}

void dialect_openai_put_messages(struct jsonwrite *json, const struct chat_request *request)
{
    jsonwrite_open(json, "messages", '[');
    for (size_t i = 0; i < request->message_count; i++) {
        put_message(json, request, i);
        bool result = request->messages[i].role == CHAT_ROLE_TOOL;
        bool last =
            i + 1 == request->message_count || request->messages[i + 1].role != CHAT_ROLE_TOOL;
        if (result && last)
            put_result_media(json, request, i + 1);
    }
    jsonwrite_close(json, ']');
}
