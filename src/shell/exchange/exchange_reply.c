/*
 * Every reply an exchange can give. What a provider answered goes out as it came; what we make is
 * in OpenAI's shape and carries x-should-retry: false.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "exchange/exchange.h"
#include "exchange/round.h"
#include "http/headers.h"
#include "provider/health.h"
#include "rules/backoff.h"
#include "rules/mask.h"
#include "tools/tool_kit.h"

#define MESSAGE_MAX 4096

/* Members that the provider did not get, and tools that could not be offered. */
static void sign_dropped(const struct exchange *exchange, struct reply *reply)
{
    const struct leg *leg = exchange->leg;
    const char *down = exchange->past ? exchange->past->down : NULL;
    struct buf names;
    buf_init(&names, DIALECT_DROPPED_MAX + sizeof(", ") + TOOL_KIT_DOWN_MAX);
    if (leg && leg->request.dropped.len)
        alloc_must(buf_append_text(&names, buf_text(&leg->request.dropped)));
    if (down)
        alloc_must(buf_printf(&names, "%s%s", names.len ? ", " : "", down));
    if (names.len)
        reply_header_text(reply, text_of(HEADER_DROPPED), buf_text(&names));
    buf_done(&names);
}

static void sign_tools(const struct round_past *past, struct reply *reply)
{
    struct buf calls;
    buf_init(&calls, MESSAGE_MAX);
    tool_notes_write(&past->notes, &calls);
    if (calls.len)
        reply_header_text(reply, text_of(HEADER_TOOLS), buf_text(&calls));
    buf_done(&calls);
}

void exchange_reply_sign(const struct exchange *exchange, struct reply *reply)
{
    const struct leg *leg = exchange->leg;
    struct buf attempts;
    reply_header(reply, HEADER_ID, exchange->inquiry->id);
    if (leg) {
        reply_header(reply, HEADER_PROVIDER, leg->provider->name);
        if (leg_model(leg)[0])
            reply_header(reply, HEADER_MODEL, leg_model(leg));
    }
    buf_init(&attempts, MESSAGE_MAX);
    history_attempts(&exchange->history, &exchange->inquiry->route, &attempts);
    if (attempts.len)
        reply_header_text(reply, text_of(HEADER_ATTEMPTS), buf_text(&attempts));
    buf_done(&attempts);
    if (leg && leg->moved_by)
        reply_header(reply, HEADER_FALLBACK, leg->moved_by);
    sign_dropped(exchange, reply);
    if (exchange->past && exchange->inquiry->mode != DELIVERY_STREAM)
        sign_tools(exchange->past, reply);
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

/* lists: the head has a field Connection. */
static bool ends_here(const struct attempt *attempt, struct text name, bool lists)
{
    const struct upstream_head *head = attempt_head(attempt);
    struct text other, value;
    size_t position = 0;
    if (!header_response_travels(name))
        return true;
    if (attempt_is_unpacked(attempt) && header_tells_of_coding(name))
        return true;
    if (attempt_facts(attempt)->reshaped && header_name_is(name, "content-type"))
        return true;
    while (lists && upstream_head_next(head, &position, &other, &value))
        if (header_name_is(other, "connection") && header_listed(value, name))
            return true;
    return false;
}

/* The provider's end-to-end fields, as they came; of an error without our key. */
static void add_provider_headers(const struct exchange *exchange, struct reply *reply)
{
    struct text name, value;
    size_t position = 0;
    const struct upstream_head *head = attempt_head(exchange->leg->attempt);
    bool lists = upstream_head_get(head, "connection", &value);
    while (upstream_head_next(head, &position, &name, &value)) {
        if (header_name_is(name, "retry-after") || header_name_is(name, "retry-after-ms")) {
            add_retry_after(reply, name, value);
        } else if (ends_here(exchange->leg->attempt, name, lists)) {
            continue;
        } else if (reply->status < 400) {
            reply_header_text(reply, name, value);
        } else {
            char *masked = xstrndup(value.at, value.len);
            mask_provider_string(exchange->leg->provider, masked);
            reply_header_text(reply, name, text_of(masked));
            free(masked);
        }
    }
}

/* Is the answer the provider's own, or a translation? */
static bool is_as_it_came(const struct exchange *exchange)
{
    return !leg_is_translated(exchange->leg);
}

/* Are the provider's errors told as the app's are? Whatever was asked: who is spoken to otherwise
 * tells errors otherwise. */
static bool errs_otherwise(const struct exchange *exchange)
{
    const struct leg *leg = exchange->leg;
    if (!leg)
        return false;
    const struct dialect *spoken = dialect_spoken(leg->provider->kind, exchange->inquiry->path);
    if (!spoken || leg_absent_path(leg))
        spoken = dialect_spoken(leg->provider->kind, API_PATH_CHAT);
    return !dialect_errs_alike(spoken, exchange->inquiry->told_in);
}

/* Of an answer that is ours, where the app's dialect tells it in another field, too. */
static void tell_id(const struct exchange *exchange, struct reply *reply)
{
    const struct dialect *app = exchange->inquiry->told_in;
    if (app && app->id_header)
        reply_header(reply, app->id_header, exchange->inquiry->id);
}

static void init_event_stream(const struct exchange *exchange, struct reply *reply)
{
    reply_own(reply, 200, inquiry_dialect(exchange->inquiry)->stream_type);
    reply_header(reply, "Cache-Control", "no-cache");
    tell_id(exchange, reply);
}

void exchange_reply_early(struct exchange *exchange, struct reply *reply)
{
    init_event_stream(exchange, reply);
    reply_header(reply, HEADER_ID, exchange->inquiry->id);
    reply->source = &exchange_stream_source;
    reply->arg = exchange;
}

/* Where it was reshaped the form that the provider names is not the one that the app gets. */
void exchange_reply_stream(struct exchange *exchange, struct reply *reply)
{
    if (is_as_it_came(exchange)) {
        reply_init(reply, attempt_head(exchange->leg->attempt)->status);
        add_provider_headers(exchange, reply);
        if (attempt_facts(exchange->leg->attempt)->reshaped)
            reply_header(reply, "Content-Type", inquiry_dialect(exchange->inquiry)->stream_type);
    } else {
        init_event_stream(exchange, reply);
    }
    exchange_reply_sign(exchange, reply);
    reply->source = &exchange_stream_source;
    reply->arg = exchange;
}

void exchange_reply_whole(struct exchange *exchange, struct reply *reply)
{
    if (is_as_it_came(exchange)) {
        reply_init(reply, attempt_head(exchange->leg->attempt)->status);
        add_provider_headers(exchange, reply);
        if (attempt_facts(exchange->leg->attempt)->reshaped)
            reply_header(reply, "Content-Type", "application/json");
    } else {
        reply_own(reply, 200, "application/json");
        tell_id(exchange, reply);
    }
    struct buf *body = attempt_body(exchange->leg->attempt);
    reply->body = *body; /* moved */
    buf_init(body, 0);
}

/* The provider's own error, as it came. */
static void reply_verbatim(struct exchange *exchange, struct reply *reply)
{
    reply_init(reply, attempt_head(exchange->leg->attempt)->status);
    add_provider_headers(exchange, reply);
    reply_header(reply, "x-should-retry", "false");
    struct buf *body = attempt_body(exchange->leg->attempt);
    reply->body = *body; /* moved */
    buf_init(body, 0);
}

/* What the last attempt on that provider named; -1 = nothing. */
static int64_t named_wait_ms(const struct exchange *exchange,
                             const struct config_provider *provider)
{
    for (const struct leg *leg = exchange->legs; leg; leg = leg->older)
        if (leg->provider == provider && leg->attempt)
            return attempt_result(leg->attempt)->retry_after_ms;
    return -1;
}

static void note_waits(struct exchange *exchange)
{
    int64_t now_ms = loop_now_ms(exchange_loop(exchange));
    for (size_t i = 0; i < exchange->history.count; i++) {
        struct history_entry *entry = &exchange->history.at[i];
        if (entry->skip == ROUTE_SKIP_BREAKER) {
            entry->wait_ms = health_retry_in_ms(entry->provider, now_ms);
        } else if (entry->skip == ROUTE_SKIP_KEYS) {
            int64_t in_ms = health_keys_back_in_ms(entry->provider, now_ms);
            entry->wait_ms = in_ms == KEYRING_RELOAD ? -1 : in_ms; /* -1: none is by itself */
        } else {
            entry->wait_ms = named_wait_ms(exchange, entry->provider);
        }
    }
}

/* What an outcome says that is ours. */
static void reply_own_error(const struct exchange *exchange, const struct outcome *outcome,
                            struct reply *reply)
{
    const struct reply_error error = {.status = outcome->status,
                                      .type = outcome->type,
                                      .code = outcome->code,
                                      .message = buf_text(&outcome->message).at,
                                      .app = exchange->inquiry->told_in,
                                      .request_id = exchange->inquiry->id};
    reply_from_error_of_all(reply, &error,
                            outcome->names_attempts ? history_json(&exchange->history) : NULL);
    if (outcome->retry_after_s > 0) {
        char seconds[16];
        (void)snprintf(seconds, sizeof(seconds), "%d", outcome->retry_after_s);
        reply_header(reply, "Retry-After", seconds);
    }
}

/* How many tokens the request has. */
static void reply_estimate(const struct exchange *exchange, struct reply *reply)
{
    int64_t tokens = ollama_count_tokens(inquiry_count_prompt(exchange->inquiry), NULL);
    reply_own(reply, 200, "application/json");
    alloc_must(buf_printf(&reply->body, "{\"input_tokens\":%" PRId64 "}", tokens));
    reply_header(reply, HEADER_PROVIDER, "estimate");
    tell_id(exchange, reply);
}

enum outcome_of exchange_reply_end(struct exchange *exchange, bool relays, struct reply *reply)
{
    const struct leg *leg = exchange->leg;
    struct outcome outcome;
    note_waits(exchange);
    const struct outcome_query query = {
        .history = &exchange->history,
        .providers = exchange->inquiry->route.count,
        .relays = relays,
        .estimated = api_path_is_estimated(exchange->inquiry->path),
        .translated = errs_otherwise(exchange),
        .result = leg && leg->attempt ? attempt_result(leg->attempt) : NULL,
        .told = leg && leg->attempt ? attempt_error(leg->attempt)->message : "",
    };
    outcome_decide(&query, &outcome);
    if (outcome.of == OUTCOME_VERBATIM)
        reply_verbatim(exchange, reply);
    else if (outcome.of == OUTCOME_ESTIMATE)
        reply_estimate(exchange, reply);
    else
        reply_own_error(exchange, &outcome, reply);
    outcome_done(&outcome);
    return outcome.of;
}

void exchange_reply_full(const struct exchange *exchange, struct reply *reply)
{
    reply_overloaded(reply, exchange->inquiry->told_in, "max_inflight",
                     "too many requests at a time; try again in a second (see "
                     "server.max_inflight)");
}

/* The wait is told as it is: the client's own limit is no passing trouble, and SDKs do not sleep
 * for what they are told not to repeat. */
void exchange_reply_spent(const struct exchange *exchange, int64_t wait_ms, struct reply *reply)
{
    const struct config_token *token = exchange->inquiry->token;
    char message[256], seconds[24];
    (void)snprintf(seconds, sizeof(seconds), "%" PRId64, (wait_ms + 999) / 1000);
    (void)snprintf(message, sizeof(message),
                   "this client has made all the requests that it may for now; try again in %s s "
                   "(see requests in [token %s])",
                   seconds, token->name);
    const struct reply_error error = {.status = 429,
                                      .type = "client_rate_limit",
                                      .code = "client_rate_limit",
                                      .message = message,
                                      .app = exchange->inquiry->told_in,
                                      .request_id = exchange->inquiry->id};
    reply_from_error(reply, &error);
    reply_header(reply, "Retry-After", seconds);
}

void exchange_reply_stopping(const struct exchange *exchange, struct reply *reply)
{
    reply_stopping(reply, exchange->inquiry->told_in, exchange->inquiry->id);
}
