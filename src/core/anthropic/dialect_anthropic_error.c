/* The type goes by the status, as with Anthropic; what it says beyond that is in code. */
#include "anthropic/dialect_anthropic_error.h"

#include <stdbool.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "text/count.h"

/* How Anthropic's own begins; Claude Code makes the conversation shorter where it reads it. */
static const char too_long[] = "prompt is too long";

static const char error_event[] = "event: error\ndata: ";

static const struct {
    int status;
    const char *type;
} types[] = {
    {400, "invalid_request_error"}, {401, "authentication_error"}, {402, "billing_error"},
    {403, "permission_error"},      {404, "not_found_error"},      {413, "request_too_large"},
    {429, "rate_limit_error"},      {504, "timeout_error"},        {529, "overloaded_error"},
};

static bool is_too_long(const struct dialect_error *error)
{
    return error->code && text_equals(text_of(error->code), "context_length_exceeded");
}

int dialect_anthropic_error_status(const struct dialect_error *error)
{
    return is_too_long(error) ? 400 : error->status;
}

static const char *type_of(int status)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (types[i].status == status)
            return types[i].type;
    return status >= 400 && status < 500 ? "invalid_request_error" : "api_error";
}

static void put_message(struct jsonwrite *json, const struct dialect_error *error)
{
    struct buf message;
    int r = 0;
    buf_init(&message, error->message.len + sizeof(too_long) + 2);
    if (is_too_long(error) && !text_starts_nocase(error->message, too_long))
        r = buf_printf(&message, "%s: ", too_long);
    r = r < 0 ? r : buf_append_text(&message, error->message);
    if (r < 0 && json->r == 0)
        json->r = r;
    jsonwrite_string(json, "message", buf_text(&message));
    buf_done(&message);
}

/* That all have failed is what a program has to know first. */
static const char *code_of(const struct dialect_error *error)
{
    static const char all[] = "all_providers_failed";
    bool all_failed = error->type && text_equals(text_of(error->type), all);
    return all_failed ? all : error->code;
}

int dialect_anthropic_error_write(const struct dialect_error *error, struct buf *out)
{
    const char *code = code_of(error);
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "type", text_of("error"));
    jsonwrite_open(&json, "error", '{');
    jsonwrite_string(&json, "type", text_of(type_of(dialect_anthropic_error_status(error))));
    put_message(&json, error);
    if (code)
        jsonwrite_string(&json, "code", text_of(code));
    if (error->attempts)
        jsonwrite_tree(&json, "attempts", error->attempts);
    jsonwrite_close(&json, '}');
    if (error->request_id.len)
        jsonwrite_string(&json, "request_id", error->request_id);
    else if (error->status)
        jsonwrite_null(&json, "request_id");
    jsonwrite_close(&json, '}');
    return json.r;
}

int dialect_anthropic_error_event(const struct dialect_error *error, struct buf *out)
{
    int r = buf_append_string(out, error_event);
    r = r < 0 ? r : dialect_anthropic_error_write(error, out);
    return r < 0 ? r : buf_append_string(out, "\n\n");
}

/* Is it an error as it is told here? */
static bool is_error(struct text body)
{
    struct text type;
    return jsonspan_check(body, NULL) == 0 && jsonspan_type(body) == JSONSPAN_OBJECT &&
           jsonspan_get(body, "type", &type) && jsonspan_name_is(type, "error");
}

int dialect_anthropic_late_error(struct text body, struct text message, const char *code,
                                 struct buf *out)
{
    const struct dialect_error error = {.code = code, .message = message};
    if (!is_error(body))
        return dialect_anthropic_error_event(&error, out);
    int r = buf_append_string(out, error_event);
    r = r < 0 ? r : jsonspan_compact(body, out);
    return r < 0 ? r : buf_append_string(out, "\n\n");
}
