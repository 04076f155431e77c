/*
 * One reader for all shapes: find the object or the text that tells the error, then take what it
 * has under the names that are in use.
 *
 *     {"error":{...}}   {"detail":{...}}   {"errors":[{...}]}   {"message":...}   [{"error":...}]
 *     {"error":"text","code":...}   {"base_resp":{...}}   {"message":{"detail":[...]}}
 *     {"error":"Bad Request","message":...}   and behind a status that refuses: text, ["text"]
 *
 * A message may be a list of them; a refusal may come as an event, data: {"error":{...}}.
 */
#include "failure/provider_error.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "failure/wait_words.h"
#include "json/jsonload.h"
#include "text/count.h"
#include "text/utf8.h"

/* JSON in the text of an error is opened once; nobody packs it deeper. */
#define NESTED_MAX 1

static bool read_root(const json_t *root, int nested, struct provider_error *ret);
static void read_object(const json_t *error, int nested, struct provider_error *ret);

/* C0, DEL and C1 (U+0080 to U+009F): what a terminal could take for a command. */
static bool is_control(const char *at, size_t len)
{
    unsigned char c = (unsigned char)at[0];
    if (len == 1)
        return c < 0x20 || c == 0x7f;
    return len == 2 && c == 0xc2 && (unsigned char)at[1] < 0xa0;
}

/* Whole characters only, as many as fit. An ill-formed byte ends it; jansson lets none in. */
static void put(const json_t *string, char *ret, size_t size)
{
    const char *from = json_string_value(string);
    size_t len = json_string_length(string), at = 0, out = 0, n;
    while (from && at < len && (n = utf8_length(from + at, len - at)) > 0 && out + n < size) {
        if (is_control(from + at, n))
            ret[out++] = ' ';
        else
            for (size_t i = 0; i < n; i++)
                ret[out++] = from[at + i];
        at += n;
    }
    ret[out] = '\0';
}

/* Takes the text where the value is one, and nothing where it is not. */
static void take(const json_t *value, char *ret, size_t size)
{
    if (json_string_length(value) > 0)
        put(value, ret, size);
    else if (json_is_integer(value))
        (void)snprintf(ret, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

#define TAKE(value, field) take((value), (field), sizeof(field))

/* Without a byte order mark in front of it, and without blanks and line ends around it. */
static struct text bare(struct text text)
{
    if (text_starts(text, "\xef\xbb\xbf"))
        text = text_skip(text, 3);
    text = text_skip_blank(text);
    while (text.len > 0 && (unsigned char)text.at[text.len - 1] <= ' ')
        text = text_cut(text, text.len - 1);
    return text;
}

static bool begins_with(struct text text, const char *bytes)
{
    return text.len > 0 && memchr(bytes, text.at[0], strlen(bytes)) != NULL;
}

static struct text string_of(const json_t *string)
{
    return text_make(json_string_value(string), json_string_length(string));
}

/* Ollama hands llama-server's whole body on as the text of its own error. */
static bool read_nested(const json_t *string, int nested, struct provider_error *ret)
{
    struct text text = bare(string_of(string));
    if (nested >= NESTED_MAX || !begins_with(text, "{["))
        return false;
    json_auto_t *root = jsonload(text, NULL);
    return read_root(root, nested + 1, ret);
}

/* Of a list the first: the others say what else is wrong. */
static const json_t *first_of(const json_t *value)
{
    return json_is_array(value) ? json_array_get(value, 0) : value;
}

static void read_message(const json_t *value, int nested, struct provider_error *ret)
{
    struct provider_error inner = {0};
    value = first_of(value);
    if (json_is_object(value) && nested < NESTED_MAX)
        read_object(value, nested + 1, ret);
    if (read_nested(value, nested, &inner)) {
        *ret = inner;
        return;
    }
    TAKE(value, ret->message);
    if (ret->wait_ms == 0)
        ret->wait_ms = wait_words_read(string_of(value));
}

/* Google's word for what is wrong, among the details (google.rpc.ErrorInfo): API_KEY_INVALID; and
 * how long to wait (google.rpc.RetryInfo). */
static void read_details(const json_t *details, struct provider_error *ret)
{
    for (size_t i = 0; i < json_array_size(details); i++) {
        const json_t *detail = json_array_get(details, i);
        TAKE(json_object_get(detail, "reason"), ret->type);
        const char *delay = json_string_value(json_object_get(detail, "retryDelay"));
        int64_t wait_ms = delay ? wait_words_duration(text_of(delay)) : -1;
        if (wait_ms > 0)
            ret->wait_ms = wait_ms;
    }
}

/* The last name on the way to the field that FastAPI's validation is about. */
static void read_place(const json_t *loc, struct provider_error *ret)
{
    TAKE(json_array_get(loc, json_array_size(loc) - 1), ret->param);
}

/* A number of three digits is the status once more. */
static bool is_status(const char *code)
{
    return strlen(code) == 3 && strspn(code, "0123456789") == 3;
}

/*
 * OpenRouter says "Provider returned error" and hands on what the provider said: its body as a text
 * or as JSON, or a plain text (openrouter.ai/docs/api/reference/errors-and-debugging;
 * github.com/open-webui/computer/issues/293). That says what is wrong; a page or cut JSON does not.
 */
static void read_raw(const json_t *metadata, int nested, struct provider_error *ret)
{
    const json_t *raw = json_object_get(metadata, "raw");
    struct provider_error inner = {0};
    bool found = json_is_string(raw) ? read_nested(raw, nested, &inner)
                                     : nested < NESTED_MAX && read_root(raw, nested + 1, &inner);
    if (!found) {
        inner = (struct provider_error){0};
        if (!begins_with(bare(string_of(raw)), "{<") && bare(string_of(raw)).len > 0)
            read_message(raw, NESTED_MAX, &inner);
    }
    bool is_said = inner.code[0] && !(is_status(inner.code) && inner.type[0]);
    if (inner.message[0])
        memcpy(ret->message, inner.message, sizeof(ret->message));
    if (is_said || inner.type[0])
        memcpy(ret->type, is_said ? inner.code : inner.type, sizeof(ret->type));
    if (inner.wait_ms > 0)
        ret->wait_ms = inner.wait_ms;
}

/*
 * Where a provider says more than OpenAI's fields have room for. Azure: innererror.code tells why
 * a prompt was filtered. Anthropic: details.error_code tells a spend limit from a rate limit.
 * OpenRouter: a prompt that its moderation refused comes as a bare 403 with metadata.flagged_input
 * (openrouter.ai/docs/api/reference/errors-and-debugging).
 */
static void read_extras(const json_t *error, struct provider_error *ret)
{
    TAKE(json_object_get(json_object_get(error, "innererror"), "code"), ret->type);
    TAKE(json_object_get(json_object_get(error, "details"), "error_code"), ret->code);
    read_details(json_object_get(error, "details"), ret);
    if (json_is_string(json_object_get(json_object_get(error, "metadata"), "flagged_input")))
        (void)snprintf(ret->type, sizeof(ret->type), "flagged_input");
}

/* msg: FastAPI's validation errors; status: Google's word for the code. */
static void read_object(const json_t *error, int nested, struct provider_error *ret)
{
    TAKE(json_object_get(error, "status"), ret->type);
    TAKE(json_object_get(error, "type"), ret->type);
    TAKE(json_object_get(error, "code"), ret->code);
    TAKE(json_object_get(error, "param"), ret->param);
    TAKE(json_object_get(error, "msg"), ret->message);
    read_place(json_object_get(error, "loc"), ret);
    read_extras(error, ret);
    read_message(json_object_get(error, "message"), nested, ret);
    read_raw(json_object_get(error, "metadata"), nested, ret);
}

/* The value of a member that tells an error: a text, an object, or a list that begins with one. */
static void read_value(const json_t *value, int nested, struct provider_error *ret)
{
    value = first_of(value);
    if (json_is_string(value))
        read_message(value, nested, ret);
    else if (json_is_object(value) && json_is_object(json_object_get(value, "error")))
        read_object(json_object_get(value, "error"), nested, ret);
    else
        read_object(value, nested, ret);
}

/* "error": null, false and "" say that there is none, whatever stands beside them. */
static bool denies(const json_t *error)
{
    return json_is_null(error) || json_is_false(error) ||
           (json_is_string(error) && json_string_length(error) == 0);
}

static bool is_found(const struct provider_error *error)
{
    return error->message[0] || error->type[0] || error->code[0];
}

/* MiniMax, beside what else the answer has: 0 is success. */
static void read_base(const json_t *base, struct provider_error *ret)
{
    if (json_integer_value(json_object_get(base, "status_code")) == 0)
        return;
    TAKE(json_object_get(base, "status_code"), ret->code);
    TAKE(json_object_get(base, "status_msg"), ret->message);
}

/* What stands beside an error that is a string. xAI: {"code":"...","error":"text"}. Spring, NestJS:
 * {"error":"Bad Request","message":"text"}. */
static void read_beside(const json_t *root, int nested, struct provider_error *ret)
{
    const json_t *sentence = first_of(json_object_get(root, "message"));
    if (!ret->code[0])
        TAKE(json_object_get(root, "code"), ret->code);
    if (json_string_length(sentence) == 0 || ret->type[0])
        return;
    TAKE(json_object_get(root, "error"), ret->type);
    read_message(sentence, nested, ret);
}

static bool read_root(const json_t *root, int nested, struct provider_error *ret)
{
    static const char *const members[] = {"error", "errors", "detail"};
    root = first_of(root);
    if (!json_is_object(root) || denies(json_object_get(root, "error")))
        return false;
    for (size_t i = 0; i < COUNT(members) && !is_found(ret); i++)
        read_value(json_object_get(root, members[i]), nested, ret);
    if (json_is_string(json_object_get(root, "error")))
        read_beside(root, nested, ret);
    if (!is_found(ret))
        read_base(json_object_get(root, "base_resp"), ret);
    /* Mistral hands FastAPI's on: {"object":"error","message":{"detail":[...]}}. */
    if (!is_found(ret))
        read_value(json_object_get(json_object_get(root, "message"), "detail"), nested, ret);
    /* Bedrock's way in. */
    if (!is_found(ret))
        TAKE(json_object_get(root, "Message"), ret->message);
    /* A flat error; an answer's own "message" is an object, and its "type" alone says nothing. */
    if (!is_found(ret) && json_string_length(first_of(json_object_get(root, "message"))) > 0)
        read_object(root, nested, ret);
    return is_found(ret);
}

bool provider_error_read(struct text body, struct provider_error *ret)
{
    *ret = (struct provider_error){0};
    if (body.len == 0 || body.len > PROVIDER_ERROR_BODY_MAX)
        return false;
    json_auto_t *root = jsonload(bare(body), NULL);
    bool found = read_root(root, 0, ret);
    if (!found)
        *ret = (struct provider_error){0}; /* a field alone, or a wait, tells no error */
    return found;
}

/* The data of the first event, where the text is events and their data JSON; else the text. */
static struct text data_of(struct text text)
{
    static const char *const beside[] = {"event:", "id:", "retry:", ":"};
    struct text rest = text;
    while (rest.len > 0) {
        size_t len = 0;
        while (len < rest.len && rest.at[len] != '\n' && rest.at[len] != '\r')
            len++;
        struct text line = text_cut(rest, len), data = bare(text_skip(line, strlen("data:")));
        bool known = len == 0;
        if (text_starts(line, "data:"))
            return begins_with(data, "{[") ? data : text;
        for (size_t i = 0; i < COUNT(beside); i++)
            known |= text_starts(line, beside[i]);
        if (!known)
            return text;
        rest = text_skip(rest, len + 1);
    }
    return text;
}

bool provider_error_read_refusal(struct text body, struct provider_error *ret)
{
    *ret = (struct provider_error){0};
    if (body.len > PROVIDER_ERROR_BODY_MAX)
        return false;
    struct text text = data_of(bare(body));
    if (provider_error_read(text, ret))
        return true;
    if (text.len == 0 || begins_with(text, "<{"))
        return false;
    json_auto_t *string =
        begins_with(text, "\"[") ? jsonload(text, NULL) : json_stringn(text.at, text.len);
    if (json_is_string(first_of(string)))
        read_message(string, NESTED_MAX, ret);
    return false;
}
