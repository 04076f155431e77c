/* See reply.h. Bodies that we make are small; a provider's answer is moved in, not copied. */
#include "serve/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "http/headers.h"

#define HEADERS_MAX (512u << 10)
#define BODY_MAX    (1u << 30)

static void must(int r)
{
    if (r < 0)
        alloc_failed();
}

void reply_init(struct reply *reply, int status)
{
    *reply = (struct reply){.status = status};
    buf_init(&reply->headers, HEADERS_MAX);
    buf_init(&reply->body, BODY_MAX);
}

void reply_done(struct reply *reply)
{
    buf_done(&reply->headers);
    buf_done(&reply->body);
}

enum reply_more reply_read(const struct reply *reply, char *out, size_t max, size_t *ret_len)
{
    struct text bytes = text_of("");
    enum reply_more more = reply->source->look(reply->arg, &bytes);
    if (more != REPLY_BYTES)
        return more;
    *ret_len = bytes.len < max ? bytes.len : max;
    memcpy(out, bytes.at, *ret_len);
    reply->source->take(reply->arg, *ret_len);
    return REPLY_BYTES;
}

void reply_header_text(struct reply *reply, struct text name, struct text value)
{
    if (!header_name_valid(name) || !header_value_valid(value))
        return;
    size_t before = reply->headers.len;
    int r = buf_append_text(&reply->headers, name);
    r = r < 0 ? r : buf_append(&reply->headers, ": ", 2);
    r = r < 0 ? r : buf_append_text(&reply->headers, value);
    r = r < 0 ? r : buf_append(&reply->headers, "", 1);
    if (r < 0)
        reply->headers.len = before;
    reply->lacks_field |= r == -ENOMEM;
}

void reply_header(struct reply *reply, const char *name, const char *value)
{
    reply_header_text(reply, text_of(name), text_of(value));
}

void reply_own(struct reply *reply, int status, const char *content_type)
{
    reply_init(reply, status);
    reply_header(reply, "Content-Type", content_type);
    reply_header(reply, "X-Content-Type-Options", "nosniff");
}

void reply_json(struct reply *reply, int status, struct text json)
{
    reply_own(reply, status, "application/json");
    must(buf_append_text(&reply->body, json));
}

void reply_from_error(struct reply *reply, const struct reply_error *error)
{
    reply_from_error_of_all(reply, error, NULL);
}

void reply_not_allowed(struct reply *reply, const struct dialect *app, const char *request_id,
                       const char *why)
{
    const struct reply_error error = {.status = 403,
                                      .type = "permission_error",
                                      .code = "provider_not_allowed",
                                      .message = why,
                                      .app = app,
                                      .request_id = request_id};
    reply_from_error(reply, &error);
}

void reply_overloaded(struct reply *reply, const struct dialect *app, const char *code,
                      const char *message)
{
    const struct reply_error error = {
        .status = 503, .type = "overloaded", .code = code, .message = message, .app = app};
    reply_from_error(reply, &error);
    reply_header(reply, "Retry-After", "1");
}

void reply_stopping(struct reply *reply, const struct dialect *app, const char *request_id)
{
    const struct reply_error error = {.status = 503,
                                      .type = "shutting_down",
                                      .code = "shutting_down",
                                      .message = REPLY_STOPPING,
                                      .app = app,
                                      .request_id = request_id};
    reply_from_error(reply, &error);
    reply_header(reply, "Retry-After", "1");
}

void reply_unmade(struct reply *reply, const struct dialect *app)
{
    reply_done(reply);
    reply_overloaded(reply, app, "out_of_memory", "no memory is left for the answer");
}

void reply_from_error_of_all(struct reply *reply, const struct reply_error *error, json_t *attempts)
{
    const struct dialect_error told = {.status = error->status,
                                       .type = error->type,
                                       .code = error->code,
                                       .message = text_of(error->message),
                                       .request_id = text_of(error->request_id),
                                       .attempts = attempts};
    reply_json(reply, error->status, text_of(""));
    must(dialect_error_write(error->app, &told, &reply->body, &reply->status));
    json_decref(attempts);
    reply_header(reply, "x-should-retry", "false");
    if (error->app && error->app->id_header && error->request_id)
        reply_header(reply, error->app->id_header, error->request_id);
}
