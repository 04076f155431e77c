/* What an exchange says of itself: log lines and metrics, in the same words. Never content. */
#include <stdatomic.h>
#include <stdio.h>

#include "exchange_impl.h"
#include "log.h"
#include "metrics.h"
#include "worker.h"

/* A dead key is shouted about, but not for every request. */
#define AUTH_SHOUT_MS 60000

const struct history_entry *exchange_moved_from(const struct exchange *exchange)
{
    return exchange->leg.provider ? history_before(&exchange->history, exchange->leg.provider)
                                  : NULL;
}

/* The model label of metrics knows the names in the settings only: apps can send any. */
static const char *known_model(const struct exchange *exchange)
{
    const struct config *config = exchange_config(exchange);
    const char *model = exchange_model(exchange);
    if (config_model_by_name(config, text_of(model)))
        return model;
    for (size_t i = 0; i < config->provider_count; i++)
        for (size_t j = 0; j < config->providers[i].model.count; j++)
            if (strcmp(config->providers[i].model.at[j], model) == 0)
                return model;
    return "other";
}

static const char *model_or_null(const struct exchange *exchange)
{
    return exchange_model(exchange)[0] ? exchange_model(exchange) : NULL;
}

static void shout_about_key(const struct exchange *exchange)
{
    static _Atomic int64_t shouted_at_ms = -AUTH_SHOUT_MS;
    int64_t now_ms = loop_now_ms(&exchange->worker->loop);
    int64_t before = atomic_load(&shouted_at_ms);
    if (now_ms - before < AUTH_SHOUT_MS ||
        !atomic_compare_exchange_strong(&shouted_at_ms, &before, now_ms))
        return;
    log_error("auth", LOG_STR("id", exchange->id),
              LOG_STR("provider", exchange->leg.provider->name), LOG_STR("class", "auth"),
              LOG_KNOWN("status", attempt_head(exchange->attempt)->status),
              LOG_STR("message", "the provider refuses the key or cannot be trusted; answers come "
                                 "from the next provider until that is mended"));
}

static void count_attempt(const struct exchange *exchange)
{
    enum failure failure = attempt_result(exchange->attempt)->failure;
    const char *labels[] = {exchange->leg.provider->name, failure_word(failure)};
    metrics_add(METRIC_ATTEMPTS, labels, 1);
}

void exchange_report_attempt(const struct exchange *exchange)
{
    const struct attempt_result *result = attempt_result(exchange->attempt);
    count_attempt(exchange);
    if (result->failure == FAILURE_AUTH)
        shout_about_key(exchange);
}

void exchange_report_retry(const struct exchange *exchange, const struct retry_decision *decision)
{
    const struct attempt_result *result = attempt_result(exchange->attempt);
    const char *labels[] = {exchange->leg.provider->name, failure_word(result->failure)};
    metrics_add(METRIC_RETRIES, labels, 1);
    log_warning(
        "retry", LOG_STR("id", exchange->id), LOG_STR("provider", exchange->leg.provider->name),
        LOG_STR("model", exchange_model(exchange)), LOG_STR("class", failure_word(result->failure)),
        LOG_INT("attempt", exchange->leg.tries), LOG_INT("wait_ms", decision->wait_ms),
        LOG_KNOWN("status", result->status > 0 ? result->status : -1),
        LOG_STR("reason", decision->reason));
}

void exchange_report_move(const struct exchange *exchange, const struct history_entry *from,
                          const struct config_provider *to)
{
    const char *labels[] = {from->provider->name, to->name, history_word(from)};
    metrics_add(METRIC_FALLBACKS, labels, 1);
    log_warning("fallback", LOG_STR("id", exchange->id), LOG_STR("provider", from->provider->name),
                LOG_STR("to", to->name), LOG_STR("class", history_word(from)),
                LOG_KNOWN("status", from->status > 0 ? from->status : -1));
}

/* The class in the exchange's line: what the client was left with. */
static const char *final_class(const struct exchange *exchange, bool client_gone)
{
    if (client_gone)
        return failure_word(FAILURE_CANCELLED);
    if (exchange->attempt && exchange->state == EXCHANGE_STREAMING)
        return failure_word(attempt_result(exchange->attempt)->failure);
    if (exchange->status >= 200 && exchange->status < 300)
        return failure_word(FAILURE_NONE);
    const struct history_entry *last = history_last_failed(&exchange->history);
    return last ? history_word(last) : failure_word(FAILURE_REQUEST);
}

static void count_tokens(const struct exchange *exchange, const char *kind, int64_t tokens)
{
    const char *labels[] = {exchange->leg.provider->name, known_model(exchange), kind};
    if (tokens > 0)
        metrics_add(METRIC_TOKENS, labels, (uint64_t)tokens);
}

static void count_request(const struct exchange *exchange, int status)
{
    const struct config_provider *provider =
        exchange->leg.tries > 0 ? exchange->leg.provider : NULL;
    char code[16];
    (void)snprintf(code, sizeof(code), "%d", status);
    const char *labels[] = {provider ? provider->name : "none", code,
                            provider && exchange_moved_from(exchange) ? "yes" : "no"};
    int64_t now_ms = loop_now_ms(&exchange->worker->loop);
    metrics_add(METRIC_REQUESTS, labels, 1);
    metrics_observe_ms(METRIC_REQUEST_DURATION, now_ms - exchange->begun_at_ms);
    if (exchange->first_at_ms)
        metrics_observe_ms(METRIC_TIME_TO_FIRST_TOKEN,
                           exchange->first_at_ms - exchange->begun_at_ms);
}

static void log_end(const struct exchange *exchange, int status, const char *class)
{
    const struct answer_facts *facts = exchange->attempt ? attempt_facts(exchange->attempt) : NULL;
    const struct config_provider *provider =
        exchange->leg.tries > 0 ? exchange->leg.provider : NULL;
    const struct history_entry *moved = exchange_moved_from(exchange);
    struct buf attempts;
    buf_init(&attempts, 4096);
    history_attempts(&exchange->history, &attempts);
    log_info("exchange", LOG_STR("id", exchange->id),
             LOG_STR("provider", provider ? provider->name : NULL),
             LOG_STR("model", model_or_null(exchange)),
             LOG_STR("class", class), LOG_STR("attempts", attempts.len ? attempts.data : NULL),
             LOG_STR("fallback", provider && moved ? history_word(moved) : NULL),
             LOG_INT("status", status), LOG_BOOL("stream", exchange->facts.stream),
             LOG_KNOWN("prompt_tokens", facts ? facts->prompt_tokens : -1),
             LOG_KNOWN("completion_tokens", facts ? facts->completion_tokens : -1),
             LOG_KNOWN("ttft_ms",
                       exchange->first_at_ms ? exchange->first_at_ms - exchange->begun_at_ms : -1),
             LOG_INT("duration_ms", loop_now_ms(&exchange->worker->loop) - exchange->begun_at_ms));
    buf_done(&attempts);
}

void exchange_report_end(const struct exchange *exchange, bool client_gone)
{
    int status = client_gone && exchange->status == 0 ? 499 : exchange->status;
    const char *class = final_class(exchange, client_gone);
    /* An attempt that ended in failure before this was counted when it was decided upon. */
    bool open = exchange->attempt && (exchange->first_at_ms || exchange->state == EXCHANGE_TRYING);
    if (open) {
        count_attempt(exchange);
        const struct answer_facts *facts = attempt_facts(exchange->attempt);
        count_tokens(exchange, "prompt", facts->prompt_tokens);
        count_tokens(exchange, "completion", facts->completion_tokens);
    }
    count_request(exchange, status);
    if (!client_gone && history_last_failed(&exchange->history) && status >= 500 &&
        exchange->route.count > 1)
        log_error("all_failed", LOG_STR("id", exchange->id), LOG_STR("class", class),
                  LOG_INT("status", status));
    log_end(exchange, status, class);
}
