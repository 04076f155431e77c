/*
 * Writes the neutral request for POST /api/chat, and refuses what Ollama would answer wrongly:
 * versions before 0.30 ignore an image that the model cannot see and answer 200.
 *
 * Two members are always there. stream, because its default is true; truncate: false, because
 * otherwise the oldest messages are left out of a conversation that is too long, and nothing says
 * so.
 */
#include "ollama/dialect_ollama.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "json/jsonwrite.h"
#include "ollama/ollama.h"
#include "openai/dialect_openai.h"
#include "openai/openai_rounds.h"

/* Joined texts of one message; more than any request body may hold. */
#define TEXT_MAX ((size_t)1 << 30)

static bool target_can(const struct dialect_target *target, unsigned what)
{
    return !target->capabilities_known || (target->capabilities & what) != 0;
}

/* An image without a media type is taken for one that it reads. */
static bool is_readable(struct text media)
{
    static const char *const readable[] = {"image/png", "image/jpeg", "image/jpg", "image/webp",
                                           ""};
    for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
        if (text_equals_nocase(media, readable[i]))
            return true;
    return false;
}

static int check_part(const struct chat_part *part, const struct dialect_target *target,
                      struct error *reterr)
{
    bool image = part->kind == CHAT_PART_IMAGE;
    bool document = part->kind == CHAT_PART_DOCUMENT;
    if (document && part->source != CHAT_SOURCE_TEXT)
        error_set(reterr, "Ollama reads no documents but those that are text, no PDF");
    else if (image && part->source == CHAT_SOURCE_URL)
        error_set(reterr, "an image by its URL is not fetched, send it as a data: URL");
    else if (image && !target_can(target, OLLAMA_CAN_VISION))
        error_set(reterr, "model %s cannot see images", target->model);
    else if (part->kind == CHAT_PART_AUDIO && !target_can(target, OLLAMA_CAN_AUDIO))
        error_set(reterr, "model %s cannot hear audio", target->model);
    else if (image && !is_readable(part->media))
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

/* What the message says is one text; line ends join its parts, as templates join messages. */
static void put_texts(struct jsonwrite *json, const struct chat_message *message)
{
    struct buf content, thinking;
    buf_init(&content, TEXT_MAX);
    buf_init(&thinking, TEXT_MAX);
    int r = chat_message_text(message, &content);
    if (r == 0)
        r = chat_message_reasoning(message, &thinking);
    if (r < 0 && json->r == 0)
        json->r = r;
    jsonwrite_string(json, "content", buf_text(&content));
    jsonwrite_filled(json, "thinking", buf_text(&thinking));
    buf_done(&content);
    buf_done(&thinking);
}

/* Images and sounds share one array. */
static void put_images(struct jsonwrite *json, const struct chat_message *message)
{
    bool open = false;
    for (size_t i = 0; i < message->part_count; i++) {
        const struct chat_part *part = &message->parts[i];
        if (part->kind != CHAT_PART_IMAGE && part->kind != CHAT_PART_AUDIO)
            continue;
        if (!open)
            jsonwrite_open(json, "images", '[');
        open = true;
        jsonwrite_string(json, NULL, part->data);
    }
    if (open)
        jsonwrite_close(json, ']');
}

/* A tool that takes a text is offered as a function with one string (dialect_openai_put_custom),
 * and was called so. */
static void put_arguments(struct jsonwrite *json, const struct chat_call *call)
{
    if (!call->custom) {
        jsonwrite_raw(json, "arguments", call->arguments);
        return;
    }
    jsonwrite_open(json, "arguments", '{');
    jsonwrite_string(json, DIALECT_OPENAI_INPUT, call->arguments);
    jsonwrite_close(json, '}');
}

static void put_calls(struct jsonwrite *json, const struct chat_message *message)
{
    const struct chat_part *part;
    int64_t index = 0;
    for (size_t at = 0; (part = chat_next_part(message, CHAT_PART_CALL, &at)) != NULL; index++) {
        if (index == 0)
            jsonwrite_open(json, "tool_calls", '[');
        jsonwrite_open(json, NULL, '{');
        jsonwrite_filled(json, "id", part->call.id);
        jsonwrite_open(json, "function", '{');
        jsonwrite_integer(json, "index", index);
        jsonwrite_string(json, "name", part->call.name);
        put_arguments(json, &part->call);
        jsonwrite_close(json, '}');
        jsonwrite_close(json, '}');
    }
    if (index)
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
    if (message->role != CHAT_ROLE_ASSISTANT)
        return false;
    for (size_t i = 0; i < message->part_count; i++)
        if (message->parts[i].kind != CHAT_PART_TEXT || message->parts[i].data.len)
            return false;
    return true;
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
        put_texts(json, message);
        put_images(json, message);
        put_calls(json, message);
        jsonwrite_filled(json, "tool_name", message->call_name);
        jsonwrite_filled(json, "tool_call_id", message->call_id);
        jsonwrite_close(json, '}');
    }
    put_begun(json, target->begun);
    jsonwrite_close(json, ']');
}

static void put_function(struct jsonwrite *json, const struct chat_tool *tool)
{
    json_auto_t *schema = dialect_ollama_schema(tool->parameters);
    if (schema)
        jsonwrite_tree(json, "parameters", schema);
    else if (json->r == 0)
        json->r = -ENOMEM;
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
    dialect_openai_put_tools(&json, request, put_function);
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

static const struct dialect_provider provider = {
    .path = "/api/chat",
    .request_write = request_write,
    .event_read = dialect_ollama_event_read,
    .answer_read = dialect_ollama_answer_read,
    .refused = dialect_ollama_refused,
};

static const struct dialect_app app = {
    .request_read = dialect_ollama_request_read,
    .member = dialect_ollama_member,
    .writer_size = sizeof(struct dialect_ollama_writer),
    .writer_done = dialect_ollama_writer_done,
    .event_write = dialect_ollama_event_write,
    .answer_write = dialect_ollama_answer_write,
    .break_write = dialect_ollama_break_write,
    .breaks_well = true,
    .late_error_write = dialect_ollama_late_error,
    .nameless = true,
    .said_read = dialect_ollama_said_read,
};

static const struct dialect_tools tools = {
    .turns = "messages",
    .name_read = openai_rounds_tool_name,
    .offer_write = dialect_ollama_offer_write,
    .choice_forces = dialect_ollama_choice_forces,
    .calls_read = dialect_ollama_calls_read,
    .turn_write = dialect_ollama_turn_write,
    .answers_join = dialect_ollama_answers_join,
    .weaver_size = sizeof(struct dialect_ollama_weaver),
    .weave = dialect_ollama_weave,
    .weave_answer = dialect_ollama_weave_answer,
    .weave_next = dialect_ollama_weave_next,
    .weave_end = dialect_ollama_weave_end,
    .weaver_done = dialect_ollama_weaver_done,
};

const struct dialect dialect_ollama = {
    .word = "ollama",
    .asked_on = 1u << API_PATH_API_CHAT,
    .home = "/api",
    .id_prefix = "",
    .stream_type = "application/x-ndjson",
    .framing = DIALECT_NDJSON,
    .error_write = dialect_ollama_error_write,
    .app = &app,
    .provider = &provider,
    .judge = &dialect_ollama_judge,
    .tools = &tools,
};

/* Its older way to ask, POST /api/generate: a prompt, and the answer to it. */
static const struct dialect_app generate_app = {
    .request_read = dialect_generate_request_read,
    .member = dialect_generate_member,
    .writer_size = sizeof(struct dialect_ollama_writer),
    .writer_done = dialect_ollama_writer_done,
    .event_write = dialect_generate_event_write,
    .answer_write = dialect_generate_answer_write,
    .break_write = dialect_ollama_break_write,
    .breaks_well = true,
    .late_error_write = dialect_ollama_late_error,
    .nameless = true,
    .said_read = dialect_ollama_said_read,
};

/* Others are asked in chat; this reads what it answers to apps of its own. */
static const struct dialect_provider generate_provider = {
    .event_read = dialect_ollama_event_read,
    .answer_read = dialect_ollama_answer_read,
};

const struct dialect dialect_generate = {
    .word = "generate",
    .asked_on = 1u << API_PATH_API_GENERATE,
    .id_prefix = "",
    .stream_type = "application/x-ndjson",
    .framing = DIALECT_NDJSON,
    .error_write = dialect_ollama_error_write,
    .app = &generate_app,
    .provider = &generate_provider,
    .judge = &dialect_ollama_judge,
};
