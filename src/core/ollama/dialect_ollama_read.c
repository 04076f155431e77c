/*
 * Reads the requests of Ollama's apps into the neutral one: POST /api/chat, and POST /api/generate,
 * whose prompt becomes what the user says. The tables know every field: those with a reader are
 * carried over or refused by it, SILENT ones change nothing that the app could see in an answer
 * (how a machine of one's own is used is no business of others). All others are left out and named.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/jsonload.h"
#include "ollama/dialect_ollama.h"
#include "openai/dialect_openai.h"
#include "text/count.h"

#define SILENT NULL

typedef int read_fn(struct chat_request *request, json_t *value, struct error *reterr);

struct field {
    const char *name;
    read_fn *read;
};

static int refuse(struct error *reterr, const char *why)
{
    error_set(reterr, "%s", why);
    return -EINVAL;
}

static bool is_blank(const json_t *value)
{
    return !value || json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

static int read_stream(struct chat_request *request, json_t *value, struct error *reterr)
{
    if (!json_is_boolean(value))
        return refuse(reterr, "stream is neither true nor false");
    request->stream = json_is_true(value);
    return 0;
}

static int read_format(struct chat_request *request, json_t *value, struct error *reterr)
{
    if (is_blank(value))
        return 0;
    request->format_field = "format";
    if (json_is_object(value)) {
        request->format = CHAT_FORMAT_SCHEMA;
        request->schema = value;
        return 0;
    }
    if (!text_equals(chat_json_text(value), "json"))
        return refuse(reterr, "format is neither \"json\" nor a JSON schema");
    request->format = CHAT_FORMAT_JSON;
    return 0;
}

static int read_think(struct chat_request *request, json_t *value, struct error *reterr)
{
    static const struct {
        const char *word;
        enum chat_effort effort;
    } words[] = {{"low", CHAT_EFFORT_LOW},
                 {"medium", CHAT_EFFORT_MEDIUM},
                 {"high", CHAT_EFFORT_HIGH},
                 {"max", CHAT_EFFORT_MAX}};
    if (json_is_boolean(value)) {
        request->thinking = json_is_true(value) ? CHAT_THINKING_ON : CHAT_THINKING_OFF;
        request->effort_field = json_is_true(value) ? "think" : NULL;
        return 0;
    }
    for (size_t i = 0; i < COUNT(words); i++) {
        if (text_equals(chat_json_text(value), words[i].word)) {
            request->thinking = CHAT_THINKING_ON;
            request->effort = words[i].effort;
            request->effort_field = "think";
            return 0;
        }
    }
    return refuse(reterr, "think is none of true, false, low, medium, high and max");
}

static int read_logprobs(struct chat_request *request, json_t *value, struct error *reterr)
{
    (void)reterr;
    request->logprobs = json_is_true(value);
    return 0;
}

static int read_top_logprobs(struct chat_request *request, json_t *value, struct error *reterr)
{
    int64_t top = 0;
    if (!dialect_openai_whole(value, &top) || top < 0 || top > 20)
        return refuse(reterr, "top_logprobs is not a number from 0 to 20");
    request->top_logprobs = (int)top;
    return 0;
}

/* ---- options */

/* Below 1 there is no limit. */
static int read_limit(struct chat_request *request, json_t *value, struct error *reterr)
{
    int64_t tokens = 0;
    if (!dialect_openai_whole(value, &tokens))
        return refuse(reterr, "options.num_predict is not a whole number");
    request->max_tokens = tokens > 0 ? tokens : 0;
    request->limit_field = "options.num_predict";
    return 0;
}

static int read_stop(struct chat_request *request, json_t *value, struct error *reterr)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    if (request->stop)
        return 0;
    request->stop = calloc(count + 1, sizeof(*request->stop));
    if (!request->stop)
        return -ENOMEM;
    request->stop_field = "options.stop";
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_string(one))
            return refuse(reterr, "options.stop is not an array of texts");
        if (json_string_length(one))
            request->stop[request->stop_count++] = chat_json_text(one);
    }
    return 0;
}

static const struct field options[] = {
    {"num_predict", read_limit}, {"stop", read_stop},        {"num_ctx", SILENT},
    {"num_keep", SILENT},        {"num_batch", SILENT},      {"num_gpu", SILENT},
    {"main_gpu", SILENT},        {"use_mmap", SILENT},       {"use_mlock", SILENT},
    {"num_thread", SILENT},      {"numa", SILENT},           {"low_vram", SILENT},
    {"f16_kv", SILENT},          {"vocab_only", SILENT},     {"logits_all", SILENT},
    {"num_gqa", SILENT},         {"embedding_only", SILENT}, {"draft_num_predict", SILENT},
};

static int read_option(struct chat_request *request, const char *name, json_t *value,
                       struct error *reterr)
{
    for (int id = 0; id < CHAT_NUMBER_COUNT; id++)
        if (strcmp(chat_number_name((enum chat_number_id)id), name) == 0)
            return dialect_openai_number_or_refuse(request, (enum chat_number_id)id, value,
                                                   "options.", reterr);
    for (size_t i = 0; i < COUNT(options); i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].read ? options[i].read(request, value, reterr) : 0;
    char field[64];
    (void)snprintf(field, sizeof(field), "options.%s", name);
    chat_drop(request, field);
    return 0;
}

static int read_options(struct chat_request *request, json_t *value, struct error *reterr)
{
    const char *name;
    json_t *one;
    if (!json_is_object(value))
        return refuse(reterr, "options is not an object");
    json_object_foreach (value, name, one) {
        int r = json_is_null(one) ? 0 : read_option(request, name, one, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- what is said */

static int read_system(struct chat_request *request, json_t *value, struct error *reterr)
{
    if (!json_is_string(value))
        return refuse(reterr, "system is not a text");
    if (json_string_length(value) == 0)
        return 0;
    struct chat_message *message = chat_add_message(request, CHAT_ROLE_SYSTEM);
    return message ? chat_add_text(message, chat_json_text(value)) : -ENOMEM;
}

static int read_prompt(struct chat_request *request, json_t *value, struct error *reterr)
{
    const json_t *images = json_object_get(request->root, "images");
    if (!json_is_string(value))
        return refuse(reterr, "prompt is not a text");
    if (json_string_length(value) == 0 && is_blank(images))
        return refuse(reterr, "there is no prompt to be answered");
    struct chat_message *message = chat_add_message(request, CHAT_ROLE_USER);
    if (!message)
        return -ENOMEM;
    int r = json_string_length(value) ? chat_add_text(message, chat_json_text(value)) : 0;
    return r < 0 ? r : dialect_ollama_read_images(message, images, reterr);
}

static int read_suffix(struct chat_request *request, json_t *value, struct error *reterr)
{
    (void)request;
    return is_blank(value)
               ? 0
               : refuse(reterr, "suffix: it cannot write a text that fits before another one");
}

static int read_template(struct chat_request *request, json_t *value, struct error *reterr)
{
    (void)request;
    return is_blank(value) ? 0 : refuse(reterr, "template: only Ollama's models have one");
}

static int read_context(struct chat_request *request, json_t *value, struct error *reterr)
{
    (void)request;
    return is_blank(value) ? 0 : refuse(reterr, "context: it is made of tokens of another model");
}

#define COMMON                                                                                     \
    {"stream", read_stream}, {"format", read_format}, {"think", read_think},                       \
        {"logprobs", read_logprobs}, {"top_logprobs", read_top_logprobs},                          \
        {"options", read_options}, {"model", SILENT}, {"keep_alive", SILENT},                      \
        {"truncate", SILENT},                                                                      \
    {                                                                                              \
        "shift", SILENT                                                                            \
    }

static const struct field chat_fields[] = {
    {"messages", dialect_ollama_read_messages},
    COMMON,
    {"tools", SILENT},
    {"tool_choice", SILENT},
};

static const struct field generate_fields[] = {
    {"system", read_system},   {"prompt", read_prompt}, COMMON,
    {"images", SILENT},        {"suffix", read_suffix}, {"template", read_template},
    {"context", read_context},
};

const char *dialect_ollama_member(size_t n)
{
    return n < COUNT(chat_fields) ? chat_fields[n].name : NULL;
}

const char *dialect_generate_member(size_t n)
{
    return n < COUNT(generate_fields) ? generate_fields[n].name : NULL;
}

static int read_fields(struct chat_request *request, const struct field *fields, size_t count,
                       struct error *reterr)
{
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_object_get(request->root, fields[i].name);
        if (!fields[i].read || !value || json_is_null(value))
            continue;
        int r = fields[i].read(request, value, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Those that are empty or false ask for nothing. */
static void drop_unknown(const struct chat_request *request, const struct field *fields,
                         size_t count)
{
    const char *name;
    json_t *value;
    json_object_foreach (request->root, name, value) {
        bool known = is_blank(value);
        for (size_t i = 0; !known && i < count; i++)
            known = strcmp(fields[i].name, name) == 0;
        if (!known)
            chat_drop(request, name);
    }
}

static int read_body(struct text body, struct chat_request *request, const struct field *fields,
                     size_t count, struct error *reterr)
{
    request->root = jsonload(body, reterr);
    if (!json_is_object(request->root))
        return refuse(reterr, "the request is not a JSON object");
    request->stream = true;
    int r = read_fields(request, fields, count, reterr);
    if (r == 0)
        drop_unknown(request, fields, count);
    return r;
}

int dialect_ollama_request_read(struct text body, struct chat_request *request,
                                struct error *reterr)
{
    int r = read_body(body, request, chat_fields, COUNT(chat_fields), reterr);
    if (r == 0 && request->message_count == 0)
        r = refuse(reterr, "there is no message to be answered");
    return r < 0 ? r : dialect_openai_tools(request, reterr);
}

int dialect_generate_request_read(struct text body, struct chat_request *request,
                                  struct error *reterr)
{
    int r = read_body(body, request, generate_fields, COUNT(generate_fields), reterr);
    if (r < 0 || json_is_string(json_object_get(request->root, "prompt")))
        return r;
    if (is_blank(json_object_get(request->root, "images")))
        return refuse(reterr, "there is no prompt to be answered");
    struct chat_message *message = chat_add_message(request, CHAT_ROLE_USER);
    return message ? dialect_ollama_read_images(message, json_object_get(request->root, "images"),
                                                reterr)
                   : -ENOMEM;
}
