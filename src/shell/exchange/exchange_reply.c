/*
 * Every reply an exchange can give. What a provider answered goes out as it came; what we make is
 * in OpenAI's shape and carries x-should-retry: false.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "answer/stream_error.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "daemon/worker.h"
#include "exchange/exchange_impl.h"
#include "http/headers.h"
#include "provider/health.h"
#include "rules/backoff.h"
#include "rules/mask.h"

#define MESSAGE_MAX  4096
#define EVENT_STREAM "text/event-stream; charset=utf-8"
/* SDKs sleep as long as Retry-After says; a relayed one is never longer than this. */
#define RETRY_AFTER_MAX_S 30

static void add_own_headers(const struct exchange *exchange, struct reply *reply)
{
    const struct leg *leg = exchange->leg;
    struct buf attempts;
    reply_header(reply, "x-understudy-id", exchange->id);
    if (leg) {
        reply_header(reply, "x-understudy-provider", leg->provider->name);
        if (leg_model(leg)[0])
            reply_header(reply, "x-understudy-model", leg_model(leg));
    }
    buf_init(&attempts, MESSAGE_MAX);
    history_attempts(&exchange->history, &exchange->route, &attempts);
    if (attempts.len)
        reply_header_text(reply, text_of("x-understudy-attempts"), buf_text(&attempts));
    buf_done(&attempts);
    if (leg && leg->moved_by)
        reply_header(reply, "x-understudy-fallback", leg->moved_by);
    if (leg && leg->request.dropped.len)
        reply_header_text(reply, text_of("x-understudy-dropped"), buf_text(&leg->request.dropped));
}

/* The client has its 200 already: the error is an event. */
static void fail_late(struct exchange *exchange, struct reply *reply)
{
    const struct attempt *attempt = exchange->leg ? exchange->leg->attempt : NULL;
    struct buf *out = &exchange->own_events;
    const char *message = attempt ? attempt_message(attempt) : "";
    const char *code = failure_word(attempt ? attempt_result(attempt)->failure : FAILURE_SKIPPED);
    exchange_goto(exchange, EXCHANGE_FAILING);
    if (stream_error_from(buf_text(&reply->body), text_of(message), code, out) < 0)
        buf_reset(out);
    reply_done(reply);
    inbound_wake(exchange->inbound);
}

void exchange_reply_take(struct exchange *exchange, struct reply *reply)
{
    if (exchange->state == EXCHANGE_BEATING) {
        fail_late(exchange, reply);
        return;
    }
    add_own_headers(exchange, reply);
    exchange->status = reply->status;
    exchange_goto(exchange, EXCHANGE_REPLYING);
    inbound_reply_take(exchange->inbound, reply);
}

static void add_retry_after(struct reply *reply, struct text name, struct text value)
{
    bool in_ms = header_name_is(name, "retry-after-ms");
    int64_t wait_ms = in_ms ? retry_after_parse(value, (struct text){0}, 0)
                            : retry_after_parse((struct text){0}, value, clock_wall_ms() / 1000);
    if (wait_ms < 0)
        return;
    if (wait_ms <= RETRY_AFTER_MAX_S * 1000) {
        reply_header_text(reply, name, value);
        return;
    }
    reply_header_text(reply, name, text_of(in_ms ? "30000" : "30"));
}

static bool ends_here(const struct attempt *attempt, struct text name)
{
    const struct upstream_head *head = attempt_head(attempt);
    struct text other, value;
    size_t position = 0;
    if (attempt_is_unpacked(attempt) && header_tells_of_coding(name))
        return true;
    if (attempt_facts(attempt)->reshaped && header_name_is(name, "content-type"))
        return true;
    while (upstream_head_next(head, &position, &other, &value))
        if (header_name_is(other, "connection") && header_listed(value, name))
            return true;
    return !header_response_travels(name);
}

static void add_provider_header(const struct config_provider *provider, struct reply *reply,
                                struct text name, struct text value)
{
    if (reply->status < 400) {
        reply_header_text(reply, name, value);
        return;
    }
    char *copy = xstrndup(value.at, value.len);
    mask_provider_string(provider, copy);
    reply_header_text(reply, name, text_of(copy));
    free(copy);
}

/* The provider's end-to-end fields, as they came; of an error without our key. */
static void add_provider_headers(const struct exchange *exchange, struct reply *reply)
{
    struct text name, value;
    size_t position = 0;
    const struct upstream_head *head = attempt_head(exchange->leg->attempt);
    while (upstream_head_next(head, &position, &name, &value)) {
        if (header_name_is(name, "retry-after") || header_name_is(name, "retry-after-ms"))
            add_retry_after(reply, name, value);
        else if (!ends_here(exchange->leg->attempt, name))
            add_provider_header(exchange->leg->provider, reply, name, value);
    }
}

static bool is_openai(const struct exchange *exchange)
{
    return exchange->leg->provider->kind == PROVIDER_OPENAI;
}

/* Is the answer the provider's own, or a translation? */
static bool is_as_it_came(const struct exchange *exchange)
{
    return is_openai(exchange) || !exchange_is_judged(exchange);
}

static enum reply_more read_own(struct exchange *exchange, char *out, size_t max, size_t *ret_len)
{
    struct buf *from = &exchange->own_events;
    *ret_len = from->len < max ? from->len : max;
    memcpy(out, from->data, *ret_len);
    buf_consume(from, *ret_len);
    return REPLY_BYTES;
}

/* The next one whose bytes stand behind those of the one under way, once these are used up. */
static struct leg *next_to_read(const struct exchange *exchange)
{
    struct leg *next = NULL;
    for (struct leg *leg = exchange->legs; leg != exchange->reading; leg = leg->older)
        if (leg->committed)
            next = leg;
    return next;
}

static enum reply_more read_legs(struct exchange *exchange, char *out, size_t max, size_t *ret_len)
{
    enum reply_more more = attempt_read(exchange->reading->attempt, out, max, ret_len);
    if (more == REPLY_BYTES)
        exchange_resume_note(exchange, text_make(out, *ret_len));
    if (more != REPLY_BROKEN)
        return more;
    struct leg *next = next_to_read(exchange);
    if (!next)
        return exchange->state == EXCHANGE_RESUMING ? REPLY_WAIT : REPLY_BROKEN;
    exchange->reading = next;
    return read_legs(exchange, out, max, ret_len);
}

bool exchange_reply_all_given(const struct exchange *exchange)
{
    if (exchange->own_events.len)
        return false;
    if (exchange->state == EXCHANGE_FAILING)
        return true;
    return exchange->state == EXCHANGE_STREAMING && !next_to_read(exchange) &&
           attempt_phase(exchange->reading->attempt) == ATTEMPT_ENDED &&
           attempt_pending(exchange->reading->attempt).len == 0;
}

static enum reply_more read_stream(void *arg, char *out, size_t max, size_t *ret_len)
{
    struct exchange *exchange = arg;
    enum reply_more more = REPLY_WAIT;
    if (exchange->own_events.len)
        more = read_own(exchange, out, max, ret_len);
    else if (exchange_has_stream(exchange))
        more = read_legs(exchange, out, max, ret_len);
    else if (exchange->state == EXCHANGE_FAILING)
        more = REPLY_BROKEN;
    if (more == REPLY_BYTES)
        exchange->given_at_ms = loop_now_ms(&exchange->worker->loop);
    return more;
}

static const struct reply_source stream_source = {.read = read_stream};

static void begin_stream(struct exchange *exchange, struct reply *reply, enum exchange_state state)
{
    reply->source = &stream_source;
    reply->arg = exchange;
    exchange->status = reply->status;
    exchange_goto(exchange, state);
    inbound_reply_take(exchange->inbound, reply);
}

static void init_event_stream(struct reply *reply)
{
    reply_own(reply, 200, "text/event-stream; charset=utf-8");
    reply_header(reply, "Cache-Control", "no-cache");
}

void exchange_reply_early(struct exchange *exchange)
{
    struct reply reply;
    init_event_stream(&reply);
    reply_header(&reply, "x-understudy-id", exchange->id);
    begin_stream(exchange, &reply, EXCHANGE_BEATING);
}

/* The form that the provider names is not the one that the app gets. */
static void add_own_type(const struct exchange *exchange, struct reply *reply, const char *type)
{
    if (attempt_facts(exchange->leg->attempt)->reshaped)
        reply_header(reply, "Content-Type", type);
}

void exchange_reply_stream(struct exchange *exchange)
{
    struct reply reply;
    if (exchange->state == EXCHANGE_BEATING) {
        exchange_goto(exchange, EXCHANGE_STREAMING);
        inbound_wake(exchange->inbound);
        return;
    }
    if (is_as_it_came(exchange)) {
        reply_init(&reply, attempt_head(exchange->leg->attempt)->status);
        add_provider_headers(exchange, &reply);
        add_own_type(exchange, &reply, EVENT_STREAM);
    } else {
        init_event_stream(&reply);
    }
    add_own_headers(exchange, &reply);
    begin_stream(exchange, &reply, EXCHANGE_STREAMING);
}

void exchange_reply_whole(struct exchange *exchange)
{
    struct reply reply;
    if (is_as_it_came(exchange)) {
        reply_init(&reply, attempt_head(exchange->leg->attempt)->status);
        add_provider_headers(exchange, &reply);
        add_own_type(exchange, &reply, "application/json");
    } else {
        reply_own(&reply, 200, "application/json");
    }
    struct buf *body = attempt_body(exchange->leg->attempt);
    reply.body = *body; /* moved */
    buf_init(body, 0);
    exchange_reply_take(exchange, &reply);
}

static void relay_openai(struct exchange *exchange)
{
    struct reply reply;
    reply_init(&reply, attempt_head(exchange->leg->attempt)->status);
    add_provider_headers(exchange, &reply);
    reply_header(&reply, "x-should-retry", "false");
    struct buf *body = attempt_body(exchange->leg->attempt);
    reply.body = *body; /* moved */
    buf_init(body, 0);
    exchange_reply_take(exchange, &reply);
}

/* The types that Ollama's own /v1 gives to its errors. */
static const char *type_of_status(int status)
{
    if (status == 404)
        return "not_found_error";
    return status < 500 ? "invalid_request_error" : "api_error";
}

/* The codes that apps look for; what OpenAI has none for is told by its class. */
static const char *code_of(enum failure failure)
{
    if (failure == FAILURE_CONTEXT)
        return "context_length_exceeded";
    return failure == FAILURE_MODEL ? "model_not_found" : failure_word(failure);
}

static void relay_ollama(struct exchange *exchange)
{
    const struct attempt_result *result = attempt_result(exchange->leg->attempt);
    const struct provider_error *told = attempt_error(exchange->leg->attempt);
    struct reply reply;
    struct reply_error error = {.status = result->status,
                                .type = type_of_status(result->status),
                                .code = code_of(result->failure),
                                .message = told->message[0] ? told->message
                                                            : failure_sentence(result->failure)};
    reply_from_error(&reply, &error);
    exchange_reply_take(exchange, &reply);
}

static void reply_upstream_error(struct exchange *exchange, const struct history_entry *last)
{
    struct reply reply;
    struct reply_error error = {.status = last->failure == FAILURE_TIMEOUT ? 504 : 502,
                                .type = "upstream_error",
                                .code = failure_word(last->failure),
                                .message = last->message};
    reply_from_error(&reply, &error);
    exchange_reply_take(exchange, &reply);
}

/* An error answer, or a refusal: that is one with a status of 200 too. */
static bool is_answer(const struct attempt_result *result)
{
    return result->transport == TRANSPORT_OK &&
           (result->status >= 400 || result->failure == FAILURE_POLICY);
}

/* A provider's own last error: as it came if it is an error answer, else told by us. */
void exchange_reply_relayed(struct exchange *exchange)
{
    bool answer = is_answer(attempt_result(exchange->leg->attempt));
    if (!answer)
        reply_upstream_error(exchange, history_last_failed(&exchange->history));
    else if (is_openai(exchange))
        relay_openai(exchange);
    else
        relay_ollama(exchange);
}

static void add_seconds(struct reply *reply, int64_t wait_ms)
{
    int64_t seconds = wait_ms > 0 ? (wait_ms + 999) / 1000 : 1;
    char text[24];
    (void)snprintf(text, sizeof(text), "%d",
                   seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (int)seconds);
    reply_header(reply, "Retry-After", text);
}

/* When a provider that is only left alone for a while may be tried again. */
static void add_wait(const struct exchange *exchange, struct reply *reply)
{
    int64_t least_ms = INT64_MAX, now_ms = loop_now_ms(&exchange->worker->loop);
    for (size_t i = 0; i < exchange->history.count; i++) {
        const struct history_entry *entry = &exchange->history.at[i];
        int64_t in_ms = INT64_MAX;
        if (entry->skip == ROUTE_SKIP_BREAKER)
            in_ms = health_retry_in_ms(entry->provider, now_ms);
        else if (entry->skip == ROUTE_SKIP_NO_ROOM)
            in_ms = 1000;
        least_ms = in_ms < least_ms ? in_ms : least_ms;
    }
    if (least_ms != INT64_MAX)
        add_seconds(reply, least_ms);
}

static void reply_untried(struct exchange *exchange)
{
    struct buf message;
    struct reply reply;
    buf_init(&message, MESSAGE_MAX);
    (void)!buf_append_string(&message, "No LLM provider can be tried.");
    for (size_t i = 0; i < exchange->history.count; i++) {
        const struct history_entry *entry = &exchange->history.at[i];
        (void)!buf_printf(&message, " %s: %s.", entry->provider->name, entry->message);
    }
    const struct reply_error error = {503, "no_provider", "no_provider", buf_text(&message).at};
    reply_from_error_of_all(&reply, &error, history_json(&exchange->history));
    buf_done(&message);
    add_wait(exchange, &reply);
    exchange_reply_take(exchange, &reply);
}

/* Was the last one of the route only too busy? */
static bool no_room(const struct history *history)
{
    return history->count > 0 && history->at[history->count - 1].skip == ROUTE_SKIP_NO_ROOM;
}

static int status_of_all(const struct history *history)
{
    if (no_room(history))
        return 503;
    enum failure common = history_common_failure(history);
    return common != FAILURE_NONE ? failure_status(common) : 502;
}

/* The shortest of the waits that the providers named last; -1 = none did. */
static int64_t least_named_wait_ms(const struct exchange *exchange)
{
    int64_t least_ms = -1;
    for (const struct leg *leg = exchange->legs; leg; leg = leg->older) {
        int64_t named_ms = leg->attempt ? attempt_result(leg->attempt)->retry_after_ms : -1;
        if (named_ms >= 0 && (least_ms < 0 || named_ms < least_ms))
            least_ms = named_ms;
    }
    return least_ms;
}

static void reply_all_failed(struct exchange *exchange)
{
    struct buf message, each;
    struct reply reply;
    buf_init(&message, (size_t)MESSAGE_MAX * ROUTE_STEPS_MAX);
    buf_init(&each, (size_t)MESSAGE_MAX * ROUTE_STEPS_MAX / 2);
    history_message(&exchange->history, &each);
    (void)!buf_append_string(&message, "All LLM providers failed. ");
    (void)!buf_append_text(&message, buf_text(&each));
    int status = status_of_all(&exchange->history);
    const struct reply_error error = {status, "all_providers_failed",
                                      history_word(history_last_failed(&exchange->history)),
                                      buf_text(&message).at};
    reply_from_error_of_all(&reply, &error, history_json(&exchange->history));
    buf_done(&each);
    buf_done(&message);
    if (status == 503)
        add_seconds(&reply, no_room(&exchange->history) ? 1000 : least_named_wait_ms(exchange));
    exchange_reply_take(exchange, &reply);
}

void exchange_reply_failed(struct exchange *exchange)
{
    exchange->all_failed = exchange->route.count > 1;
    if (history_untried(&exchange->history))
        reply_untried(exchange);
    else if (exchange->route.count == 1)
        exchange_reply_relayed(exchange);
    else
        reply_all_failed(exchange);
}
