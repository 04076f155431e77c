/*
 * Errors as OpenAI tells them: the answer, in all of its APIs, and the event that ends a stream:
 * our own error, or the provider's JSON on one line. Of that nothing is decoded: a number keeps its
 * digits.
 */
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "openai/dialect_openai.h"
#include "openai/stream_error.h"

static void put_word(struct jsonwrite *json, const char *name, const char *word)
{
    if (word)
        jsonwrite_string(json, name, text_of(word));
    else
        jsonwrite_null(json, name);
}

int dialect_openai_error_write(const struct dialect_error *error, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_open(&json, "error", '{');
    jsonwrite_string(&json, "message", error->message);
    put_word(&json, "type", error->type);
    jsonwrite_null(&json, "param");
    put_word(&json, "code", error->code);
    if (error->attempts)
        jsonwrite_tree(&json, "attempts", error->attempts);
    jsonwrite_close(&json, '}');
    jsonwrite_close(&json, '}');
    return json.r;
}

/* ---- events */

static const char data[] = "data: ";
static const char incomplete[] = "stream_incomplete";

static void write_object(struct jsonwrite *json, struct text message, const char *code)
{
    jsonwrite_open(json, "error", '{');
    jsonwrite_string(json, "message", message);
    jsonwrite_string(json, "type", text_of("upstream_error"));
    jsonwrite_null(json, "param");
    jsonwrite_string(json, "code", text_of(code));
    jsonwrite_close(json, '}');
}

void stream_error_object(struct jsonwrite *json, struct text message)
{
    write_object(json, message, incomplete);
}

static int write_own(struct text message, const char *code, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    json.r = buf_append(out, data, sizeof(data) - 1);
    jsonwrite_open(&json, NULL, '{');
    write_object(&json, message, code);
    jsonwrite_close(&json, '}');
    return json.r < 0 ? json.r : buf_append(out, "\n\n", 2);
}

int stream_error_write(struct text message, struct buf *out)
{
    return write_own(message, incomplete, out);
}

/* What the SDKs look at: truth as their languages have it. */
static bool raises(struct text body)
{
    struct text error;
    if (jsonspan_type(body) != JSONSPAN_OBJECT || !jsonspan_get(body, "error", &error))
        return false;
    enum jsonspan_type type = jsonspan_type(error);
    return (type == JSONSPAN_OBJECT || type == JSONSPAN_STRING) && error.len > 2;
}

int stream_error_from(struct text body, struct text message, const char *code, struct buf *out)
{
    bool is_json = jsonspan_check(body, NULL) == 0;
    struct text first;
    if (is_json && jsonspan_type(body) == JSONSPAN_ARRAY && jsonspan_item(body, 0, &first))
        body = first;
    if (!is_json || !raises(body))
        return write_own(message, code, out);
    int r = buf_append(out, data, sizeof(data) - 1);
    r = r < 0 ? r : jsonspan_compact(body, out);
    return r < 0 ? r : buf_append(out, "\n\n", 2);
}
