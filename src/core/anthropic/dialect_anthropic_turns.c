/*
 * The messages of a request, as turns of user and assistant. What stands between two turns of the
 * assistant is one turn of the user: first the results of its calls, which the API wants right
 * behind them, then what the user says. System texts stand apart, in front of all.
 *
 * Each call has an id of its own that the API takes: one that does not fit, or has been used
 * before, is replaced by another, in the call and in its result.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "anthropic/dialect_anthropic.h"
#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "text/count.h"

#define ID_MAX 128

/* The user speaks first and last: what is missing of that is put in. (Models from Claude 4.6 on
 * refuse an answer that has begun.) */
static const char begin[] = "Begin.";
static const char go_on[] = "Go on.";

/* A call of the last turn of the assistant. */
struct call {
    const struct chat_call *call;
    char id[ID_MAX + 1]; /* that it has here */
    bool answered;
};

enum speaking { SPEAKING_NOBODY, SPEAKING_USER, SPEAKING_ASSISTANT };

struct turns {
    const struct chat_request *request;
    struct jsonwrite *json;
    enum speaking speaking;
    json_t *ids; /* those of all calls so far, as names of an object */
    struct call *calls;
    size_t call_count;
    size_t call_room;
    size_t next; /* the call whose result is looked for first */
    size_t made; /* ids of ours so far */
};

/* ---- ids */

static bool is_id(struct text id)
{
    if (id.len == 0 || id.len > ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.at[i];
        if (!text_is_letter(c) && !text_is_digit(c) && c != '_' && c != '-')
            return false;
    }
    return true;
}

static int take_id(struct turns *turns, const char *id)
{
    return json_object_set_new(turns->ids, id, json_true()) < 0 ? -ENOMEM : 0;
}

/* One that stays the same while the conversation grows, or no cache of it would fit twice. */
static int name_call(struct turns *turns, const struct chat_call *call, char ret[ID_MAX + 1])
{
    ret[0] = '\0';
    if (is_id(call->id))
        (void)snprintf(ret, ID_MAX + 1, "%.*s", TEXT_ARG(call->id));
    while (ret[0] == '\0' || json_object_get(turns->ids, ret))
        (void)snprintf(ret, ID_MAX + 1, "call_%zu", ++turns->made);
    return take_id(turns, ret);
}

static struct call *add_call(struct turns *turns, const struct chat_call *call)
{
    if (turns->call_count == turns->call_room) {
        size_t room = turns->call_room ? turns->call_room * 2 : 8;
        struct call *calls = reallocarray(turns->calls, room, sizeof(*calls));
        if (!calls)
            return NULL;
        turns->calls = calls;
        turns->call_room = room;
    }
    struct call *added = &turns->calls[turns->call_count];
    *added = (struct call){.call = call};
    if (name_call(turns, call, added->id) < 0)
        return NULL;
    turns->call_count++;
    return added;
}

/* The call that the message is the result of: by its id, or, where none was given, by the tool's
 * name, or else the next one. NULL: there is none. */
static struct call *find_call(struct turns *turns, const struct chat_message *result)
{
    for (size_t i = 0; i < turns->call_count; i++) {
        struct call *call = &turns->calls[(turns->next + i) % turns->call_count];
        bool fits = result->call_id.len ? text_same(call->call->id, result->call_id)
                                        : result->call_name.len == 0 ||
                                              text_same(call->call->name, result->call_name);
        if (!fits || call->answered)
            continue;
        turns->next = (size_t)(call - turns->calls) + 1;
        return call;
    }
    return NULL;
}

/* ---- blocks */

static void open_block(struct jsonwrite *json, const char *type)
{
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "type", text_of(type));
}

static void put_text(struct jsonwrite *json, struct text text)
{
    open_block(json, "text");
    jsonwrite_string(json, "text", text);
    jsonwrite_close(json, '}');
}

static void put_source(struct jsonwrite *json, const struct chat_part *part, const char *media)
{
    static const char *const types[] = {
        [CHAT_SOURCE_BASE64] = "base64", [CHAT_SOURCE_URL] = "url", [CHAT_SOURCE_TEXT] = "text"};
    jsonwrite_open(json, "source", '{');
    jsonwrite_string(json, "type", text_of(types[part->source]));
    if (part->source != CHAT_SOURCE_URL)
        jsonwrite_string(json, "media_type", text_of(media));
    jsonwrite_string(json, part->source == CHAT_SOURCE_URL ? "url" : "data", part->data);
    jsonwrite_close(json, '}');
}

/* By what it is called, and where that is nothing that the API knows, by how its base64 begins. */
static const char *image_media(const struct chat_part *part)
{
    static const struct {
        const char *media;
        const char *begins;
    } known[] = {{"image/png", "iVBORw0KGgo"},
                 {"image/jpeg", "/9j/"},
                 {"image/gif", "R0lGOD"},
                 {"image/webp", "UklGR"}};
    for (size_t i = 0; i < COUNT(known); i++)
        if (text_equals_nocase(part->media, known[i].media))
            return known[i].media;
    for (size_t i = 0; i < COUNT(known); i++)
        if (text_starts(part->data, known[i].begins))
            return known[i].media;
    return text_equals_nocase(part->media, "image/jpg") ? "image/jpeg" : NULL;
}

static void put_document(struct jsonwrite *json, const struct chat_part *part)
{
    bool text = part->source == CHAT_SOURCE_TEXT;
    open_block(json, "document");
    put_source(json, part, text ? "text/plain" : "application/pdf");
    jsonwrite_filled(json, "title", part->title);
    jsonwrite_filled(json, "context", part->context);
    jsonwrite_close(json, '}');
}

/* What stands in a turn of the user, or in a result. False: it says nothing. */
static bool put_part(struct jsonwrite *json, const struct chat_part *part)
{
    switch (part->kind) {
    case CHAT_PART_TEXT:
        if (dialect_anthropic_is_blank(part->data))
            return false;
        put_text(json, part->data);
        return true;
    case CHAT_PART_IMAGE:
        open_block(json, "image");
        put_source(json, part, image_media(part));
        jsonwrite_close(json, '}');
        return true;
    case CHAT_PART_DOCUMENT:
        put_document(json, part);
        return true;
    case CHAT_PART_AUDIO:
    case CHAT_PART_REASONING:
    case CHAT_PART_CALL:
        return false;
    }
    return false;
}

static bool says_something(const struct chat_part *part)
{
    return part->kind == CHAT_PART_IMAGE || part->kind == CHAT_PART_DOCUMENT ||
           (part->kind == CHAT_PART_TEXT && !dialect_anthropic_is_blank(part->data));
}

/* ---- turns */

static void end_turn(struct turns *turns)
{
    if (turns->speaking == SPEAKING_NOBODY)
        return;
    jsonwrite_close(turns->json, ']');
    jsonwrite_close(turns->json, '}');
    turns->speaking = SPEAKING_NOBODY;
}

static void begin_turn(struct turns *turns, enum speaking who)
{
    end_turn(turns);
    turns->speaking = who;
    jsonwrite_open(turns->json, NULL, '{');
    jsonwrite_string(turns->json, "role", text_of(who == SPEAKING_USER ? "user" : "assistant"));
    jsonwrite_open(turns->json, "content", '[');
}

/* A block of theirs follows. */
static void speak(struct turns *turns, enum speaking who)
{
    if (turns->speaking == SPEAKING_NOBODY && who == SPEAKING_ASSISTANT) {
        begin_turn(turns, SPEAKING_USER);
        put_text(turns->json, text_of(begin));
    }
    if (turns->speaking == who)
        return;
    begin_turn(turns, who);
    if (who == SPEAKING_ASSISTANT)
        turns->call_count = turns->next = 0;
}

static void put_input(struct jsonwrite *json, const struct chat_call *call)
{
    bool object = jsonspan_check(call->arguments, NULL) == 0 &&
                  jsonspan_type(call->arguments) == JSONSPAN_OBJECT;
    if (!call->custom) {
        jsonwrite_raw(json, "input", object ? call->arguments : text_of("{}"));
        return;
    }
    jsonwrite_open(json, "input", '{');
    jsonwrite_string(json, DIALECT_OPENAI_INPUT, call->arguments);
    jsonwrite_close(json, '}');
}

static int put_call(struct turns *turns, const struct chat_call *call)
{
    speak(turns, SPEAKING_ASSISTANT);
    const struct call *added = add_call(turns, call);
    if (!added)
        return -ENOMEM;
    open_block(turns->json, "tool_use");
    jsonwrite_string(turns->json, "id", text_of(added->id));
    jsonwrite_string(turns->json, "name", call->name);
    put_input(turns->json, call);
    jsonwrite_close(turns->json, '}');
    return 0;
}

/* What it thought is left out: only its maker's signature would make it count. */
static int put_assistant(struct turns *turns, const struct chat_message *message)
{
    int r = 0;
    for (size_t i = 0; i < message->part_count && r == 0; i++) {
        const struct chat_part *part = &message->parts[i];
        if (part->kind == CHAT_PART_CALL) {
            r = put_call(turns, &part->call);
        } else if (part->kind == CHAT_PART_TEXT && !dialect_anthropic_is_blank(part->data)) {
            speak(turns, SPEAKING_ASSISTANT);
            put_text(turns->json, part->data);
        } else if (part->kind == CHAT_PART_IMAGE || part->kind == CHAT_PART_DOCUMENT) {
            chat_drop(turns->request, "messages.content");
        }
    }
    return r;
}

static void put_user(struct turns *turns, const struct chat_message *message)
{
    for (size_t i = 0; i < message->part_count; i++) {
        if (!says_something(&message->parts[i]))
            continue;
        speak(turns, SPEAKING_USER);
        (void)put_part(turns->json, &message->parts[i]);
    }
}

static void put_result_content(struct jsonwrite *json, const struct chat_message *message)
{
    bool one = message->part_count == 1 && message->parts[0].kind == CHAT_PART_TEXT;
    bool open = false;
    if (one && message->parts[0].data.len) {
        jsonwrite_string(json, "content", message->parts[0].data);
        return;
    }
    for (size_t i = 0; i < message->part_count; i++) {
        if (!says_something(&message->parts[i]))
            continue;
        if (!open)
            jsonwrite_open(json, "content", '[');
        open = true;
        (void)put_part(json, &message->parts[i]);
    }
    if (open)
        jsonwrite_close(json, ']');
}

/* A result of no call that is there is told as what the user says. */
static void put_result(struct turns *turns, const struct chat_message *message)
{
    struct call *call = find_call(turns, message);
    if (!call) {
        put_user(turns, message);
        return;
    }
    call->answered = true;
    speak(turns, SPEAKING_USER);
    open_block(turns->json, "tool_result");
    jsonwrite_string(turns->json, "tool_use_id", text_of(call->id));
    put_result_content(turns->json, message);
    if (message->is_error)
        jsonwrite_bool(turns->json, "is_error", true);
    jsonwrite_close(turns->json, '}');
}

/* Messages from `from` on until the assistant speaks again; returns which one that is. */
static size_t put_users(struct turns *turns, size_t from)
{
    const struct chat_request *request = turns->request;
    size_t to = from;
    while (to < request->message_count && request->messages[to].role != CHAT_ROLE_ASSISTANT)
        to++;
    for (size_t i = from; i < to; i++)
        if (request->messages[i].role == CHAT_ROLE_TOOL)
            put_result(turns, &request->messages[i]);
    for (size_t i = from; i < to; i++)
        if (request->messages[i].role == CHAT_ROLE_USER)
            put_user(turns, &request->messages[i]);
    return to;
}

static int put_all(struct turns *turns, const struct dialect_target *target)
{
    const struct chat_request *request = turns->request;
    int r = 0;
    for (size_t i = put_users(turns, 0); i < request->message_count && r == 0;
         i = put_users(turns, i + 1))
        r = put_assistant(turns, &request->messages[i]);
    if (target->begun.len) {
        speak(turns, SPEAKING_ASSISTANT);
        put_text(turns->json, target->begun);
    } else if (turns->speaking != SPEAKING_USER) {
        const char *text = turns->speaking == SPEAKING_NOBODY ? begin : go_on;
        speak(turns, SPEAKING_USER);
        put_text(turns->json, text_of(text));
    }
    end_turn(turns);
    return r;
}

void dialect_anthropic_put_messages(struct jsonwrite *json, const struct chat_request *request,
                                    const struct dialect_target *target)
{
    struct turns turns = {.request = request, .json = json, .ids = json_object()};
    jsonwrite_open(json, "messages", '[');
    int r = turns.ids ? put_all(&turns, target) : -ENOMEM;
    jsonwrite_close(json, ']');
    if (r < 0 && json->r == 0)
        json->r = r;
    json_decref(turns.ids);
    free(turns.calls);
}

/* A block of the system; the first one opens them. */
static void put_system_text(struct jsonwrite *json, struct text text, bool *open)
{
    if (dialect_anthropic_is_blank(text))
        return;
    if (!*open)
        jsonwrite_open(json, "system", '[');
    *open = true;
    put_text(json, text);
}

void dialect_anthropic_put_system(struct jsonwrite *json, const struct chat_request *request,
                                  struct text more)
{
    bool open = false;
    for (size_t m = 0; m < request->message_count; m++) {
        const struct chat_message *message = &request->messages[m];
        for (size_t i = 0; message->role == CHAT_ROLE_SYSTEM && i < message->part_count; i++) {
            const struct chat_part *part = &message->parts[i];
            if (part->kind == CHAT_PART_TEXT ||
                (part->kind == CHAT_PART_DOCUMENT && part->source == CHAT_SOURCE_TEXT))
                put_system_text(json, part->data, &open);
            else
                chat_drop(request, "messages.content");
        }
    }
    put_system_text(json, more, &open);
    if (open)
        jsonwrite_close(json, ']');
}

/* ---- what the API cannot read */

static int check_part(const struct chat_part *part, struct error *reterr)
{
    bool document = part->kind == CHAT_PART_DOCUMENT && part->source == CHAT_SOURCE_BASE64;
    if (part->kind == CHAT_PART_AUDIO)
        error_set(reterr, "Anthropic's models cannot hear audio");
    else if (part->kind == CHAT_PART_IMAGE && part->source == CHAT_SOURCE_BASE64 &&
             !image_media(part))
        error_set(reterr, "Anthropic reads images of type png, jpeg, gif and webp only");
    else if (document && part->media.len && !text_equals_nocase(part->media, "application/pdf"))
        error_set(reterr, "Anthropic reads documents that are PDF or text only");
    else
        return 0;
    return -EINVAL;
}

int dialect_anthropic_check_parts(const struct chat_request *request, struct error *reterr)
{
    for (size_t m = 0; m < request->message_count; m++) {
        const struct chat_message *message = &request->messages[m];
        for (size_t p = 0; p < message->part_count; p++) {
            int r = check_part(&message->parts[p], reterr);
            if (r < 0)
                return r;
        }
    }
    return 0;
}
