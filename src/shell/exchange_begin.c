/* From the request that came in to a route, or to the error that says what is wrong with it. */
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "clock.h"
#include "exchange_impl.h"
#include "forward.h"
#include "online.h"
#include "worker.h"

#define HEADERS_MAX (256u << 10)

static bool refuse(struct reply *reply, int status, const char *code, const char *message)
{
    const struct reply_error error = {status, "invalid_request_error", code, message};
    reply_from_error(reply, &error);
    return false;
}

static bool read_steering(struct exchange *exchange, struct reply *reply)
{
    const struct inbound *inbound = exchange->inbound;
    struct error why = ERROR_NONE;
    for (size_t i = 0; i < inbound->header_count; i++) {
        const struct guard_header *header = &inbound->headers[i];
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

/* But for chat, a body that we cannot read goes to the cloud as it is: that is its business. */
static bool read_body(struct exchange *exchange, struct reply *reply)
{
    struct error why = ERROR_NONE;
    if (exchange->path == ROUTE_PATH_OTHER)
        return true;
    int r = request_read(exchange->path, buf_text(&exchange->body), &exchange->facts, &why);
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
    buf_init(&exchange->headers, HEADERS_MAX);
    forward_collect(inbound, &exchange->headers);
    if (is_full(exchange, reply))
        return false;
    if (forward_is_loop(inbound))
        return refuse(reply, 508, "loop_detected",
                      "this request has already passed through this understudy: a provider's "
                      "base_url leads back here");
    return read_steering(exchange, reply) && read_body(exchange, reply) &&
           plan_route(exchange, reply);
}
