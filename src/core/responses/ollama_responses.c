/*
 * The table knows every member of a request. Those without a reader are either understood there, or
 * concern nobody but the provider's books; all that is not in it is named as left out.
 */
#include "responses/ollama_responses.h"

#include <errno.h>
#include <inttypes.h>

#include "json/jsonspan.h"
#include "openai/dialect_openai.h"

static int refuse(struct error *reterr, const char *reason)
{
    error_set(reterr, "%s", reason);
    return -EINVAL;
}

static bool is_word(const json_t *value, const char *word)
{
    return text_equals(chat_json_text(value), word);
}

static int refuse_state(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)request;
    (void)value;
    return refuse(reterr, "previous_response_id and conversation: what was said before is at the "
                          "cloud, Ollama keeps nothing");
}

static int refuse_prompt(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)request;
    (void)value;
    return refuse(reterr, "prompt: the template is at the cloud");
}

/* An image without a URL would be passed over without a word. */
static int check_part(const json_t *part, struct error *reterr)
{
    const json_t *type = json_object_get(part, "type");
    struct text url = chat_json_text(json_object_get(part, "image_url"));
    if (is_word(type, "input_text") || is_word(type, "output_text"))
        return 0;
    if (is_word(type, "input_image") && text_starts_nocase(url, "data:"))
        return 0;
    if (is_word(type, "input_image"))
        return refuse(reterr, "an image that is not in the request itself, as a data URL");
    return refuse(reterr, "a part of the input that is neither text nor image");
}

static int check_parts(const json_t *parts, struct error *reterr)
{
    size_t i;
    json_t *part;
    int r = 0;
    json_array_foreach (parts, i, part)
        if ((r = check_part(part, reterr)) < 0)
            break;
    return r;
}

static int check_item(const json_t *item, struct error *reterr)
{
    const json_t *type = json_object_get(item, "type");
    if (!type || is_word(type, "message"))
        return check_parts(json_object_get(item, "content"), reterr);
    if (is_word(type, "function_call_output"))
        return check_parts(json_object_get(item, "output"), reterr);
    if (is_word(type, "function_call") || is_word(type, "reasoning"))
        return 0;
    return refuse(reterr, "an item of the input that Ollama does not know");
}

static int read_input(struct chat_request *request, const json_t *value, struct error *reterr)
{
    size_t i;
    json_t *item;
    int r = 0;
    (void)request;
    json_array_foreach (value, i, item)
        if ((r = check_item(item, reterr)) < 0)
            break;
    return r;
}

static int read_tools(struct chat_request *request, const json_t *value, struct error *reterr)
{
    size_t i;
    json_t *tool;
    (void)request;
    json_array_foreach (value, i, tool)
        if (!is_word(json_object_get(tool, "type"), "function"))
            return refuse(reterr, "a tool that the cloud runs itself, or that is no function");
    return 0;
}

/* Of formats only a schema is heard; any JSON is not. */
static int read_text(struct chat_request *request, const json_t *value, struct error *reterr)
{
    static const char *const known[] = {"format", NULL};
    const json_t *type = json_object_get(json_object_get(value, "format"), "type");
    dialect_openai_drop_members(request, value, "text", known);
    if (!type || is_word(type, "text") || is_word(type, "json_schema"))
        return 0;
    return refuse(reterr, "text.format of a type that Ollama's /v1/responses ignores");
}

static int read_tool_choice(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    if (!is_word(value, "auto"))
        chat_drop(request, "tool_choice");
    return 0;
}

static int read_truncation(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    if (!is_word(value, "disabled"))
        chat_drop(request, "truncation");
    return 0;
}

static int read_parallel(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    if (json_is_false(value))
        chat_drop(request, "parallel_tool_calls");
    return 0;
}

static int read_background(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    if (json_is_true(value))
        chat_drop(request, "background");
    return 0;
}

static int read_include(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    if (json_array_size(value) > 0)
        chat_drop(request, "include");
    return 0;
}

static const struct dialect_openai_field fields[] = {
    {"previous_response_id", refuse_state},
    {"conversation", refuse_state},
    {"prompt", refuse_prompt},
    {"input", read_input},
    {"tools", read_tools},
    {"text", read_text},
    {"tool_choice", read_tool_choice},
    {"truncation", read_truncation},
    {"parallel_tool_calls", read_parallel},
    {"background", read_background},
    {"include", read_include},
    {"model", NULL},
    {"instructions", NULL},
    {"max_output_tokens", NULL},
    {"temperature", NULL},
    {"top_p", NULL},
    {"stream", NULL},
    {"stream_options", NULL},
    {"reasoning", NULL},
    {"store", NULL},
    {"metadata", NULL},
    {"user", NULL},
    {"service_tier", NULL},
    {"prompt_cache_key", NULL},
    {"prompt_cache_retention", NULL},
    {"safety_identifier", NULL},
};

static const struct dialect_openai_fields all = {fields, sizeof(fields) / sizeof(fields[0]), false};

/* Ollama takes a request of nothing for one to load the model, and answers with an empty text. */
static int check_input(const json_t *root, struct error *reterr)
{
    const json_t *input = json_object_get(root, "input");
    if (json_string_length(input) > 0 || json_array_size(input) > 0 ||
        json_string_length(json_object_get(root, "instructions")) > 0)
        return 0;
    if (!input || json_is_null(input) || json_is_string(input) || json_is_array(input))
        return refuse(reterr, "input is missing or empty");
    return 0;
}

int ollama_responses_check(struct text body, struct buf *dropped, struct error *reterr)
{
    struct chat_request request;
    chat_request_init(&request, dropped);
    int r = dialect_openai_load(body, &request, reterr);
    if (r == 0)
        r = dialect_openai_fields_read(&all, &request, reterr);
    if (r == 0)
        r = check_input(request.root, reterr);
    if (r == 0)
        dialect_openai_rest_read(&all, &request);
    chat_request_done(&request);
    return r;
}

int ollama_responses_without_reasoning(struct text body, struct buf *out)
{
    struct text name, value;
    size_t copied = 0;
    int r = 0;
    for (size_t position = 0; r == 0 && jsonspan_member(body, &position, &name, &value);) {
        if (!jsonspan_name_is(name, "reasoning"))
            continue;
        size_t begin = (size_t)(value.at - body.at);
        r = buf_append(out, body.at + copied, begin - copied);
        if (r == 0)
            r = buf_append_string(out, "null");
        copied = begin + value.len;
    }
    return r < 0 ? r : buf_append_text(out, text_skip(body, copied));
}

int ollama_responses_fit(const struct ollama_model *model, int64_t tokens, struct error *reterr)
{
    int64_t window = OLLAMA_RESPONSES_WINDOW;
    if (model && model->context_length > 0 && model->context_length < window)
        window = model->context_length;
    if (tokens <= window)
        return 0;
    error_set(reterr,
              "about %" PRId64 " tokens: Ollama's /v1/responses cannot be told a window and would "
              "cut what is beyond %" PRId64 " without a word",
              tokens, window);
    return -EMSGSIZE;
}
