/*
 * Writes the neutral request for POST /api/chat, and refuses what Ollama would answer wrongly:
 * versions before 0.30 ignore an image that the model cannot see and answer 200.
 *
 * Two members are always there. stream, because its default is true; truncate: false, because
 * otherwise the oldest messages are left out of a conversation that is too long, and nothing says
 * so.
 */
#include "dialect/dialect_ollama.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "json/jsonwrite.h"
#include "ollama/ollama.h"

/* Joined texts of one message; more than any request body may hold. */
#define TEXT_MAX ((size_t)1 << 30)

static bool target_can(const struct dialect_target *target, unsigned what)
{
    return !target->capabilities_known || (target->capabilities & what) != 0;
}

static const struct {
    enum chat_part_kind kind;
    const char *media;
} readable[] = {
    {CHAT_PART_IMAGE, "image/png"}, {CHAT_PART_IMAGE, "image/jpeg"},
    {CHAT_PART_IMAGE, "image/jpg"}, {CHAT_PART_IMAGE, "image/webp"},
    {CHAT_PART_IMAGE, ""},
};

static bool is_readable(const struct chat_part *part)
{
    for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
        if (readable[i].kind == part->kind && text_equals_nocase(part->media, readable[i].media))
            return true;
    return part->kind != CHAT_PART_IMAGE;
}

static int check_part(const struct chat_part *part, const struct dialect_target *target,
                      struct error *reterr)
{
    if (part->kind == CHAT_PART_IMAGE && !target_can(target, OLLAMA_CAN_VISION))
        error_set(reterr, "model %s cannot see images", target->model);
    else if (part->kind == CHAT_PART_AUDIO && !target_can(target, OLLAMA_CAN_AUDIO))
        error_set(reterr, "model %s cannot hear audio", target->model);
    else if (!is_readable(part))
        error_set(reterr, "Ollama reads images of type png, jpeg and webp only");
    else
        return 0;
    return -EINVAL;
}

static int check(const struct chat_request *request, const struct dialect_target *target,
                 struct error *reterr)
{
    if (request->tool_count && !target_can(target, OLLAMA_CAN_TOOLS)) {
        error_set(reterr, "model %s cannot call tools", target->model);
        return -EINVAL;
    }
    for (size_t m = 0; m < request->message_count; m++) {
        const struct chat_message *message = &request->messages[m];
        for (size_t p = 0; p < message->part_count; p++) {
            int r = check_part(&message->parts[p], target, reterr);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* One text stays as it is; several are joined by line ends, as templates join messages. */
static int join_texts(const struct chat_message *message, struct buf *out)
{
    int r = 0;
    for (size_t i = 0; i < message->part_count && r == 0; i++) {
        const struct chat_part *part = &message->parts[i];
        if (part->kind != CHAT_PART_TEXT || part->data.len == 0)
            continue;
        r = out->len ? buf_append(out, "\n", 1) : 0;
        if (r == 0)
            r = buf_append_text(out, part->data);
    }
    return r;
}

static void put_content(struct jsonwrite *json, const struct chat_message *message)
{
    struct buf joined;
    buf_init(&joined, TEXT_MAX);
    int r = join_texts(message, &joined);
    if (r < 0 && json->r == 0)
        json->r = r;
    jsonwrite_string(json, "content", buf_text(&joined));
    buf_done(&joined);
}

/* Images and sounds share one array. */
static void put_images(struct jsonwrite *json, const struct chat_message *message)
{
    bool open = false;
    for (size_t i = 0; i < message->part_count; i++) {
        if (message->parts[i].kind == CHAT_PART_TEXT)
            continue;
        if (!open)
            jsonwrite_open(json, "images", '[');
        open = true;
        jsonwrite_string(json, NULL, message->parts[i].data);
    }
    if (open)
        jsonwrite_close(json, ']');
}

/* Left out when empty. */
static void put_text(struct jsonwrite *json, const char *name, struct text text)
{
    if (text.len)
        jsonwrite_string(json, name, text);
}

static void put_calls(struct jsonwrite *json, const struct chat_message *message)
{
    if (message->call_count == 0)
        return;
    jsonwrite_open(json, "tool_calls", '[');
    for (size_t i = 0; i < message->call_count; i++) {
        const struct chat_call *call = &message->calls[i];
        jsonwrite_open(json, NULL, '{');
        put_text(json, "id", call->id);
        jsonwrite_open(json, "function", '{');
        jsonwrite_integer(json, "index", (int64_t)i);
        jsonwrite_string(json, "name", call->name);
        jsonwrite_raw(json, "arguments", call->arguments);
        jsonwrite_close(json, '}');
        jsonwrite_close(json, '}');
    }
    jsonwrite_close(json, ']');
}

/* A last message of the assistant that the model's template leaves open is gone on with. */
static void put_begun(struct jsonwrite *json, struct text begun)
{
    if (begun.len == 0)
        return;
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "role", text_of("assistant"));
    jsonwrite_string(json, "content", begun);
    jsonwrite_close(json, '}');
}

/* Some apps put an empty answer behind what the user said, to be filled. */
static bool is_blank_answer(const struct chat_message *message)
{
    bool blank = message->role == CHAT_ROLE_ASSISTANT && message->call_count == 0 &&
                 message->reasoning.len == 0;
    for (size_t i = 0; i < message->part_count; i++)
        blank =
            blank && message->parts[i].kind == CHAT_PART_TEXT && message->parts[i].data.len == 0;
    return blank;
}

/*
 * At the end such a one is left out: 0.33, where the model brings a Jinja template, takes it for an
 * answer that has begun, and asks the model without the words that make it answer.
 */
static size_t messages_to_write(const struct chat_request *request)
{
    size_t count = request->message_count;
    while (count > 1 && is_blank_answer(&request->messages[count - 1]))
        count--;
    return count;
}

static void put_messages(struct jsonwrite *json, const struct chat_request *request,
                         const struct dialect_target *target)
{
    static const char *const roles[] = {
        [CHAT_ROLE_SYSTEM] = "system",
        [CHAT_ROLE_USER] = "user",
        [CHAT_ROLE_ASSISTANT] = "assistant",
        [CHAT_ROLE_TOOL] = "tool",
    };
    size_t count = messages_to_write(request);
    jsonwrite_open(json, "messages", '[');
    for (size_t i = 0; i < count; i++) {
        const struct chat_message *message = &request->messages[i];
        jsonwrite_open(json, NULL, '{');
        jsonwrite_string(json, "role", text_of(roles[message->role]));
        put_content(json, message);
        put_text(json, "thinking", message->reasoning);
        put_images(json, message);
        put_calls(json, message);
        put_text(json, "tool_name", message->call_name);
        put_text(json, "tool_call_id", message->call_id);
        jsonwrite_close(json, '}');
    }
    put_begun(json, target->begun);
    jsonwrite_close(json, ']');
}

static void put_parameters(struct jsonwrite *json, const json_t *parameters)
{
    json_auto_t *schema = dialect_ollama_schema(parameters);
    if (schema)
        jsonwrite_tree(json, "parameters", schema);
    else if (json->r == 0)
        json->r = -ENOMEM;
}

static void put_tools(struct jsonwrite *json, const struct chat_request *request)
{
    if (request->tool_count == 0)
        return;
    jsonwrite_open(json, "tools", '[');
    for (size_t i = 0; i < request->tool_count; i++) {
        const struct chat_tool *tool = &request->tools[i];
        jsonwrite_open(json, NULL, '{');
        jsonwrite_string(json, "type", text_of("function"));
        jsonwrite_open(json, "function", '{');
        jsonwrite_string(json, "name", tool->name);
        put_text(json, "description", tool->description);
        put_parameters(json, tool->parameters);
        jsonwrite_close(json, '}');
        jsonwrite_close(json, '}');
    }
    jsonwrite_close(json, ']');
}

/* From its first letter on the answer is held to the format: it cannot be a call. */
static void put_format(struct jsonwrite *json, const struct chat_request *request)
{
    if (request->tool_count && request->format != CHAT_FORMAT_TEXT)
        chat_drop(request, "tools");
    if (request->format == CHAT_FORMAT_JSON)
        jsonwrite_string(json, "format", text_of("json"));
    else if (request->format == CHAT_FORMAT_SCHEMA)
        jsonwrite_tree(json, "format", request->schema);
}

/* A bare number is seconds and must be a number; "5m" must be a string. */
static void put_keep_alive(struct jsonwrite *json, const char *keep_alive)
{
    struct text text = text_trim(text_of(keep_alive));
    if (text.len == 0)
        return;
    char *end = NULL;
    struct text digits = text.at[0] == '-' ? text_skip(text, 1) : text;
    double seconds = strtod(text.at, &end);
    bool number = digits.len && text_is_digit(digits.at[0]) && end == text.at + text.len &&
                  !text_starts_nocase(digits, "0x") && isfinite(seconds);
    if (number)
        jsonwrite_real(json, "keep_alive", seconds);
    else
        jsonwrite_string(json, "keep_alive", text);
}

static int request_write(const struct chat_request *request, const struct dialect_target *target,
                         struct buf *out, struct error *reterr)
{
    int r = check(request, target, reterr);
    if (r < 0)
        return r;
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "model", text_of(target->model));
    put_messages(&json, request, target);
    put_tools(&json, request);
    put_format(&json, request);
    dialect_ollama_put_think(&json, request, target);
    dialect_ollama_put_options(&json, request, target);
    dialect_ollama_put_logprobs(&json, request, target);
    if (!(target->without & DIALECT_OLLAMA_KEEP_ALIVE))
        put_keep_alive(&json, target->keep_alive);
    jsonwrite_bool(&json, "stream", request->stream);
    jsonwrite_bool(&json, "truncate", false);
    if (target->render_only)
        jsonwrite_bool(&json, "_debug_render_only", true);
    jsonwrite_close(&json, '}');
    return json.r;
}

int dialect_ollama_load_write(const struct dialect_target *target, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "model", text_of(target->model));
    jsonwrite_open(&json, "options", '{');
    if (target->num_ctx > 0)
        jsonwrite_integer(&json, "num_ctx", target->num_ctx);
    jsonwrite_close(&json, '}');
    put_keep_alive(&json, target->keep_alive);
    jsonwrite_bool(&json, "stream", false);
    jsonwrite_close(&json, '}');
    return json.r;
}

const struct dialect dialect_ollama = {
    .name = "ollama",
    .chat_path = "/api/chat",
    .framing = DIALECT_NDJSON,
    .request_write = request_write,
    .event_read = dialect_ollama_event_read,
    .answer_read = dialect_ollama_answer_read,
};
