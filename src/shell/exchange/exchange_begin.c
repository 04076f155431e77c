/* From the request that came in to a route, or to the error that says what is wrong with it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/process.h"
#include "daemon/worker.h"
#include "exchange/exchange_impl.h"
#include "http/coding.h"
#include "provider/online.h"
#include "rules/forward.h"

#define HEADERS_MAX (256u << 10)

static bool refuse(struct reply *reply, int status, const char *code, const char *message)
{
    const struct reply_error error = {status, "invalid_request_error", code, message};
    reply_from_error(reply, &error);
    return false;
}

static bool refuse_for_memory(struct reply *reply, const char *code)
{
    const struct reply_error error = {503, "overloaded", code,
                                      "no memory is left for the request; try again in a second "
                                      "(see server.max_body_total)"};
    reply_from_error(reply, &error);
    reply_header(reply, "Retry-After", "1");
    return false;
}

static bool read_steering(struct exchange *exchange, struct reply *reply)
{
    const struct inbound *inbound = exchange->inbound;
    struct error why = ERROR_NONE;
    for (size_t i = 0; i < inbound->header_count; i++) {
        const struct header_field *header = &inbound->headers[i];
        if (steering_read(&exchange->steering, header->name, header->value, &why) < 0)
            return refuse(reply, 400, "invalid_header", why.text);
    }
    struct text route = exchange->steering.route;
    if (route.at) {
        exchange->only = xstrndup(route.at, route.len);
        exchange->steering.route = text_of(exchange->only);
    }
    exchange->deadline_ms = exchange->steering.deadline_ms > 0
                                ? exchange->steering.deadline_ms
                                : exchange_config(exchange)->route.deadline_ms;
    return true;
}

static void make_completion_id(struct exchange *exchange)
{
    char hex[33];
    clock_random_hex(hex, 12);
    (void)snprintf(exchange->completion_id, sizeof(exchange->completion_id), "%s-%s",
                   exchange->path == ROUTE_PATH_CHAT ? "chatcmpl" : "cmpl", hex);
}

static bool refuse_coding(struct reply *reply)
{
    (void)refuse(reply, 415, "unsupported_content_encoding",
                 "the request body has a Content-Encoding that is not read here: send it as gzip, "
                 "as deflate, or as it is");
    reply_header(reply, "Accept-Encoding", "gzip, deflate");
    return false;
}

static bool refuse_decoded(struct reply *reply, int r, size_t max)
{
    char message[128];
    if (r == -EMSGSIZE) {
        (void)snprintf(message, sizeof(message),
                       "the decoded request body is larger than %zu bytes (see server.max_body)",
                       max);
        return refuse(reply, 413, "request_too_large", message);
    }
    if (r == -EBADMSG)
        return refuse(reply, 400, "invalid_request",
                      "the request body is not what its Content-Encoding says, or is cut off");
    static const struct reply_error error = {503, "overloaded", "out_of_memory",
                                             "no memory is left for the request body"};
    reply_from_error(reply, &error);
    reply_header(reply, "Retry-After", "1");
    return false;
}

static int decode(const struct codings *codings, struct text body, struct buf *out)
{
    struct decoder *decoder = decoder_new(codings, DECODER_STRICT);
    if (!decoder)
        return -ENOMEM;
    int r = decoder_feed(decoder, body, out);
    if (r == 0)
        r = decoder_end(decoder);
    decoder_free(decoder);
    return r;
}

/* Where we read the body, and write it anew for some providers, it goes on as it is without its
 * codings, and so do the fields that tell of them. Other paths are none of our business. */
static bool decode_body(struct exchange *exchange, struct reply *reply)
{
    const struct inbound *inbound = exchange->inbound;
    struct codings codings = {0};
    if (exchange->path == ROUTE_PATH_OTHER)
        return true;
    for (size_t i = 0; i < inbound->header_count; i++)
        if (header_name_is(inbound->headers[i].name, "content-encoding"))
            codings_read(&codings, inbound->headers[i].value);
    if (codings.unknown)
        return refuse_coding(reply);
    alloc_must(forward_without_coding(&exchange->headers));
    if (codings_are_none(&codings))
        return true;
    struct buf body;
    buf_init(&body, exchange_config(exchange)->server.max_body_bytes);
    int r = decode(&codings, buf_text(&exchange->body), &body);
    if (r < 0) {
        buf_done(&body);
        return refuse_decoded(reply, r, body.max);
    }
    buf_done(&exchange->body);
    exchange->body = body;
    hold_end(&exchange->hold);
    if (!hold_grow(&exchange->hold, body.len,
                   exchange_config(exchange)->server.max_body_total_bytes))
        return refuse_for_memory(reply, "max_body_total");
    return true;
}

/* But for chat, a body that we cannot read goes to the cloud as it is: that is its business. */
static bool read_body(struct exchange *exchange, struct reply *reply)
{
    struct error why = ERROR_NONE;
    if (exchange->path == ROUTE_PATH_OTHER)
        return true;
    int r = request_read(exchange->path, buf_text(&exchange->body), &exchange->facts, &why);
    if (r == -ENOMEM)
        return refuse_for_memory(reply, "out_of_memory");
    if (r < 0 && exchange->path == ROUTE_PATH_CHAT)
        return refuse(reply, 400, "invalid_request", why.text);
    if (r < 0)
        exchange->path = ROUTE_PATH_OTHER;
    if (!route_path_is_judged(exchange->path))
        return true;
    exchange->mode = exchange->facts.stream ? ATTEMPT_CHAT_STREAM : ATTEMPT_CHAT_WHOLE;
    make_completion_id(exchange);
    return true;
}

static bool plan_route(struct exchange *exchange, struct reply *reply)
{
    struct error why = ERROR_NONE;
    struct route_query query = {
        .model = text_of(exchange->facts.model),
        .only = exchange->steering.route,
        .path = exchange->path,
        .no_fallback = exchange->steering.no_fallback,
        .client_authorization = forward_has_authorization(&exchange->headers),
        .offline = online_is_offline(exchange->worker->online),
    };
    if (route_plan(exchange_config(exchange), &query, &exchange->route, &why) < 0)
        return refuse(reply, 400, "invalid_header", why.text);
    exchange_report_prefix(exchange);
    return true;
}

static bool is_full(const struct exchange *exchange, struct reply *reply)
{
    if (exchange->worker->inflight <= exchange_config(exchange)->server.max_inflight)
        return false;
    static const struct reply_error error = {
        503, "overloaded", "max_inflight",
        "too many requests at a time; try again in a second (see server.max_inflight)"};
    reply_from_error(reply, &error);
    reply_header(reply, "Retry-After", "1");
    return true;
}

bool exchange_read_request(struct exchange *exchange, struct reply *reply)
{
    struct inbound *inbound = exchange->inbound;
    exchange->mode = ATTEMPT_PASS;
    exchange->method = xstrdup(inbound->method);
    exchange->target = xasprintf("%.*s%.*s", TEXT_ARG(inbound->verdict.api_path),
                                 TEXT_ARG(inbound->verdict.query));
    exchange->path = route_path_of(text_of(exchange->method), text_of(exchange->target));
    exchange->no_body = !inbound->verdict.expects_body;
    exchange->body = inbound->body; /* moved */
    buf_init(&inbound->body, 0);
    exchange->hold = inbound->hold;
    inbound->hold = (struct hold){0};
    buf_init_secret(&exchange->headers, HEADERS_MAX);
    const struct forward_app app = inbound_forward_app(inbound);
    alloc_must(forward_collect(&app, &exchange->headers));
    if (is_full(exchange, reply))
        return false;
    if (forward_is_loop(&app, process_id))
        return refuse(reply, 508, "loop_detected",
                      "this request has already passed through this understudy: a provider's "
                      "base_url leads back here");
    return read_steering(exchange, reply) && decode_body(exchange, reply) &&
           read_body(exchange, reply) && plan_route(exchange, reply);
}
