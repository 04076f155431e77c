/*
 * Reads the messages of Ollama's apps. Their calls have no ids, and results only name the tool:
 * each result belongs to the first call of that name which has none yet. Where a call has no id it
 * gets one here, so that others can tell which result is whose.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ollama/dialect_ollama.h"
#include "openai/dialect_openai.h"
#include "text/base64.h"
#include "text/count.h"

struct reading {
    struct chat_request *request;
    struct error *reterr;
    size_t made; /* ids so far */
    size_t turn; /* the message whose calls are being answered; message_count = none yet */
};

static int refuse(const struct reading *reading, const char *why)
{
    error_set(reading->reterr, "%s", why);
    return -EINVAL;
}

/* What it is by its first bytes, as Ollama itself finds out. */
static struct text media_of(struct text base64)
{
    static const struct {
        const char *begins;
        const char *media;
    } known[] = {{"iVBORw0KGgo", "image/png"},
                 {"/9j/", "image/jpeg"},
                 {"UklGR", "image/webp"},
                 {"R0lGOD", "image/gif"}};
    for (size_t i = 0; i < COUNT(known); i++)
        if (text_starts(base64, known[i].begins))
            return text_of(known[i].media);
    return text_make("", 0);
}

int dialect_ollama_read_images(struct chat_message *message, const json_t *images,
                               struct error *reterr)
{
    size_t i;
    json_t *one;
    if (images && !json_is_null(images) && !json_is_array(images)) {
        error_set(reterr, "images is not an array of base64");
        return -EINVAL;
    }
    json_array_foreach ((json_t *)(uintptr_t)images, i, one) {
        struct text data = chat_json_text(one);
        if (data.len == 0) {
            error_set(reterr, "an image that is no base64");
            return -EINVAL;
        }
        int r = base64_check(data, reterr);
        if (r < 0)
            return r;
        struct chat_part *part = chat_add_part(message, CHAT_PART_IMAGE);
        if (!part)
            return -ENOMEM;
        part->source = CHAT_SOURCE_BASE64;
        part->data = data;
        part->media = media_of(data);
    }
    return 0;
}

static int make_id(struct reading *reading, json_t *call)
{
    char id[32];
    (void)snprintf(id, sizeof(id), "call_%zu", ++reading->made);
    return json_object_set_new(call, "id", json_string(id)) < 0 ? -ENOMEM : 0;
}

static int read_call(struct reading *reading, json_t *call, struct chat_message *message)
{
    json_t *function = json_object_get(call, "function");
    struct text name = chat_json_text(json_object_get(function, "name"));
    if (name.len == 0)
        return refuse(reading, "a tool call without the name of a function");
    struct chat_part *part = chat_add_part(message, CHAT_PART_CALL);
    if (!part)
        return -ENOMEM;
    if (chat_json_text(json_object_get(call, "id")).len == 0 && make_id(reading, call) < 0)
        return -ENOMEM;
    part->call.id = chat_json_text(json_object_get(call, "id"));
    part->call.name = name;
    return dialect_openai_arguments(reading->request, function, "tool_calls.arguments",
                                    &part->call.arguments);
}

/* Has a result behind that message its id? */
static bool is_answered(const struct chat_request *request, size_t turn, struct text id)
{
    for (size_t i = turn + 1; i < request->message_count; i++)
        if (request->messages[i].role == CHAT_ROLE_TOOL &&
            text_same(request->messages[i].call_id, id))
            return true;
    return false;
}

/* The first call without a result, of that name where one is told; NULL = none. */
static const struct chat_call *open_call(const struct reading *reading, struct text name)
{
    const struct chat_request *request = reading->request;
    const struct chat_part *part;
    size_t at = 0;
    if (reading->turn >= request->message_count)
        return NULL;
    while ((part = chat_next_part(&request->messages[reading->turn], CHAT_PART_CALL, &at)) != NULL)
        if ((name.len == 0 || text_same(part->call.name, name)) &&
            !is_answered(request, reading->turn, part->call.id))
            return &part->call;
    return NULL;
}

static void read_result(const struct reading *reading, const json_t *json,
                        struct chat_message *message)
{
    struct text name = chat_json_text(json_object_get(json, "tool_name"));
    struct text id = chat_json_text(json_object_get(json, "tool_call_id"));
    if (name.len == 0)
        name = chat_json_text(json_object_get(json, "name"));
    const struct chat_call *call = id.len ? NULL : open_call(reading, name);
    message->call_id = call ? call->id : id;
    message->call_name = call ? call->name : name;
    if (message->call_name.len == 0)
        message->call_name = chat_call_name(reading->request, message->call_id);
}

static int read_said(struct reading *reading, json_t *json, struct chat_message *message)
{
    const json_t *content = json_object_get(json, "content");
    struct text thinking = chat_json_text(json_object_get(json, "thinking"));
    if (content && !json_is_string(content) && !json_is_null(content))
        return refuse(reading, "the content of a message is not a text");
    if (thinking.len && message->role == CHAT_ROLE_ASSISTANT) {
        struct chat_part *part = chat_add_part(message, CHAT_PART_REASONING);
        if (!part)
            return -ENOMEM;
        part->data = thinking;
    }
    struct text text = chat_json_text(content);
    int r = text.len ? chat_add_text(message, text) : 0;
    return r < 0 ? r
                 : dialect_ollama_read_images(message, json_object_get(json, "images"),
                                              reading->reterr);
}

static int read_calls(struct reading *reading, json_t *json, struct chat_message *message)
{
    json_t *calls = json_object_get(json, "tool_calls");
    size_t i;
    json_t *call;
    int r = 0;
    json_array_foreach (calls, i, call)
        if (r == 0)
            r = read_call(reading, call, message);
    return r;
}

static int read_role(const struct reading *reading, const json_t *json, enum chat_role *ret)
{
    static const struct {
        const char *word;
        enum chat_role role;
    } roles[] = {
        {"system", CHAT_ROLE_SYSTEM}, {"developer", CHAT_ROLE_SYSTEM},
        {"user", CHAT_ROLE_USER},     {"assistant", CHAT_ROLE_ASSISTANT},
        {"tool", CHAT_ROLE_TOOL},
    };
    struct text role = chat_json_text(json_object_get(json, "role"));
    for (size_t i = 0; i < COUNT(roles); i++) {
        if (text_equals_nocase(role, roles[i].word)) {
            *ret = roles[i].role;
            return 0;
        }
    }
    return refuse(reading, "a message whose role is none of system, user, assistant and tool");
}

static int read_message(struct reading *reading, json_t *json)
{
    static const char *const known[] = {"role",         "content",    "thinking",
                                        "images",       "tool_calls", "tool_name",
                                        "tool_call_id", "name",       NULL};
    enum chat_role role = CHAT_ROLE_USER;
    if (!json_is_object(json))
        return refuse(reading, "a message that is not an object");
    int r = read_role(reading, json, &role);
    struct chat_message *message = r == 0 ? chat_add_message(reading->request, role) : NULL;
    if (!message)
        return r < 0 ? r : -ENOMEM;
    dialect_openai_drop_members(reading->request, json, "messages", known);
    if (role == CHAT_ROLE_TOOL)
        read_result(reading, json, message);
    r = read_said(reading, json, message);
    if (r == 0 && role == CHAT_ROLE_ASSISTANT)
        r = read_calls(reading, json, message);
    if (role == CHAT_ROLE_ASSISTANT)
        reading->turn = reading->request->message_count - 1;
    return r;
}

int dialect_ollama_read_messages(struct chat_request *request, json_t *messages,
                                 struct error *reterr)
{
    struct reading reading = {.request = request, .reterr = reterr, .turn = SIZE_MAX};
    size_t i;
    json_t *one;
    if (!json_is_array(messages))
        return refuse(&reading, "messages is not an array");
    json_array_foreach (messages, i, one) {
        int r = read_message(&reading, one);
        if (r < 0)
            return r;
    }
    return request->message_count ? 0 : refuse(&reading, "there is no message to be answered");
}
