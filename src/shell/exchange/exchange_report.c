/* What an exchange says of itself: log lines and metrics, in the same words. Never content. */
#include <stdatomic.h>
#include <stdio.h>

#include "daemon/worker.h"
#include "exchange/exchange_impl.h"
#include "record/log.h"
#include "record/metrics.h"
#include "record/usage.h"
#include "settings/provider_hint.h"

/* A dead key is shouted about, a misspelt prefix told, but not for every request. */
#define SHOUT_MS 60000

/* What the lines and numbers at the end have in common. */
struct exchange_facts {
    const char *provider; /* NULL = none was tried */
    const char *fallback; /* NULL = it was the first */
    const char *dropped;  /* members of the request that it did not get; NULL = none */
    struct answer_facts answer;
};

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

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

static struct exchange_facts facts_of(const struct exchange *exchange)
{
    const struct leg *leg = exchange->leg;
    return (struct exchange_facts){
        .provider = leg ? leg->provider->name : NULL,
        .fallback = leg ? leg->moved_by : NULL,
        .dropped = leg && leg->request.dropped.len ? leg->request.dropped.data : NULL,
        .answer = leg && leg->attempt ? *attempt_facts(leg->attempt) : answer_facts_none(),
    };
}

/* A refusal is an answer, but not one like the others. */
static enum failure class_of(const struct attempt *attempt)
{
    enum failure failure = attempt_result(attempt)->failure;
    return failure == FAILURE_NONE && attempt_facts(attempt)->policy ? FAILURE_POLICY : failure;
}

/* Once a minute at most, whichever worker is first. */
static bool may_shout(_Atomic int64_t *shouted_at_ms, const struct exchange *exchange)
{
    int64_t now_ms = loop_now_ms(&exchange->worker->loop), before = atomic_load(shouted_at_ms);
    return now_ms - before >= SHOUT_MS &&
           atomic_compare_exchange_strong(shouted_at_ms, &before, now_ms);
}

void exchange_report_prefix(const struct exchange *exchange)
{
    static _Atomic int64_t shouted_at_ms = -SHOUT_MS;
    struct text model = text_of(exchange->facts.model ? exchange->facts.model : "");
    const struct config_provider *meant = provider_hint(exchange_config(exchange), model);
    if (!meant || !may_shout(&shouted_at_ms, exchange))
        return;
    log_warning("model", LOG_STR("id", exchange->id), LOG_STR("asked", exchange->facts.model),
                LOG_STR("meant", meant->name),
                LOG_STR("message", "no provider is named as the model begins, so all of it is "
                                   "taken for the name of a model"));
}

/* Whose key it is decides where somebody has to look for it. */
static void say_refusal(const struct leg *leg, char *ret, size_t size)
{
    static const char until[] = "answers come from the next provider until that is mended";
    const struct config_provider *provider = leg->provider;
    if (attempt_head(leg->attempt)->status <= 0)
        (void)snprintf(ret, size, "%s; %s", attempt_message(leg->attempt), until);
    else if (!provider->api_key)
        (void)snprintf(ret, size,
                       "the provider refuses the key that the app sent, as no api_key is set "
                       "here; %s",
                       until);
    else
        (void)snprintf(ret, size, "the provider refuses the key from %s; %s",
                       provider->api_key_from ? provider->api_key_from : "the settings", until);
}

static void shout_about_key(const struct leg *leg)
{
    static _Atomic int64_t shouted_at_ms = -SHOUT_MS;
    char message[512];
    if (!may_shout(&shouted_at_ms, leg->exchange))
        return;
    say_refusal(leg, message, sizeof(message));
    log_error("auth", LOG_STR("id", leg->exchange->id), LOG_STR("provider", leg->provider->name),
              LOG_STR("class", "auth"), LOG_KNOWN("status", attempt_head(leg->attempt)->status),
              LOG_STR("message", message));
}

void exchange_report_attempt(const struct leg *leg)
{
    enum failure failure = class_of(leg->attempt);
    const char *labels[] = {leg->provider->name, failure_word(failure)};
    metrics_add(METRIC_ATTEMPTS, labels, 1);
    if (failure == FAILURE_AUTH)
        shout_about_key(leg);
}

void exchange_report_retry(const struct leg *leg, const struct retry_decision *decision)
{
    const struct attempt_result *result = attempt_result(leg->attempt);
    const char *labels[] = {leg->provider->name, failure_word(result->failure)};
    metrics_add(METRIC_RETRIES, labels, 1);
    log_warning("retry", LOG_STR("id", leg->exchange->id), LOG_STR("provider", leg->provider->name),
                LOG_STR("model", or_null(leg_model(leg))),
                LOG_STR("class", failure_word(result->failure)), LOG_INT("attempt", leg->tries),
                LOG_INT("wait_ms", decision->wait_ms),
                LOG_KNOWN("status", result->status > 0 ? result->status : -1),
                LOG_STR("reason", retry_reason_word(decision->reason)));
}

void exchange_report_hedge(const struct leg *leg, const struct config_provider *silent)
{
    const struct exchange *exchange = leg->exchange;
    log_warning("hedge", LOG_STR("id", exchange->id), LOG_STR("provider", silent->name),
                LOG_STR("beside", leg->provider->name),
                LOG_INT("after_ms", loop_now_ms(&exchange->worker->loop) - exchange->begun_at_ms));
}

void exchange_report_move(const struct leg *leg)
{
    const char *labels[] = {leg->moved_from->name, leg->provider->name, leg->moved_by};
    const struct history_entry *last = history_last_failed(&leg->exchange->history);
    int status = last && last->provider == leg->moved_from ? last->status : 0;
    metrics_add(METRIC_FALLBACKS, labels, 1);
    log_warning("fallback", LOG_STR("id", leg->exchange->id),
                LOG_STR("provider", leg->moved_from->name), LOG_STR("to", leg->provider->name),
                LOG_STR("class", leg->moved_by), LOG_KNOWN("status", status > 0 ? status : -1),
                LOG_STR("reason", leg->moved_because));
}

void exchange_report_break(const struct leg *leg)
{
    const struct attempt_result *result = attempt_result(leg->attempt);
    /* What a provider says may quote the conversation: only our own words go into the log. */
    bool own = result->transport != TRANSPORT_OK;
    log_warning("stream_incomplete", LOG_STR("id", leg->exchange->id),
                LOG_STR("provider", leg->provider->name), LOG_STR("model", or_null(leg_model(leg))),
                LOG_STR("class", failure_word(result->failure)),
                LOG_STR("message",
                        own ? attempt_message(leg->attempt) : failure_sentence(result->failure)));
}

void exchange_report_continued(const struct leg *leg)
{
    log_info("continued", LOG_STR("id", leg->exchange->id),
             LOG_STR("provider", leg->provider->name), LOG_STR("model", or_null(leg_model(leg))),
             LOG_STR("message", leg->prefill ? "it goes on from the text so far"
                                             : "it began with the same text"));
}

/* The class in the exchange's line: what the client was left with. */
static const char *final_class(const struct exchange *exchange, bool client_gone)
{
    if (client_gone && !exchange_reply_all_given(exchange))
        return failure_word(FAILURE_CANCELLED);
    if (exchange->first_at_ms)
        return failure_word(class_of(exchange->leg->attempt));
    const struct history_entry *last = history_last_failed(&exchange->history);
    return last ? history_word(last) : failure_word(FAILURE_REQUEST);
}

/* Why no more tries were made; NULL = nobody failed. */
static const char *last_reason(const struct exchange *exchange)
{
    const struct history_entry *last = history_last_failed(&exchange->history);
    return last ? history_reason(last) : NULL;
}

static void count_tokens(const struct exchange *exchange, const char *kind, int64_t tokens)
{
    const char *labels[] = {exchange->leg->provider->name, known_model(exchange), kind};
    if (tokens > 0)
        metrics_add(METRIC_TOKENS, labels, (uint64_t)tokens);
}

static void count_request(const struct exchange *exchange, const struct exchange_facts *facts,
                          int status)
{
    char code[16];
    (void)snprintf(code, sizeof(code), "%d", status);
    const char *labels[] = {facts->provider ? facts->provider : "none", code,
                            facts->fallback ? "yes" : "no"};
    int64_t now_ms = loop_now_ms(&exchange->worker->loop);
    metrics_add(METRIC_REQUESTS, labels, 1);
    metrics_observe_ms(METRIC_REQUEST_DURATION, now_ms - exchange->begun_at_ms);
    if (!exchange->first_at_ms)
        return;
    metrics_observe_ms(METRIC_TIME_TO_FIRST_TOKEN, exchange->first_at_ms - exchange->begun_at_ms);
    count_tokens(exchange, "prompt", facts->answer.prompt_tokens);
    count_tokens(exchange, "completion", facts->answer.completion_tokens);
}

/* With /v1 before it a value of the log. */
#define PATH_MAX_BYTES (LOG_VALUE_MAX - 3)

/* Without the query, in which some clients send their key. */
static void find_path(const struct exchange *exchange, struct buf *out)
{
    size_t len = strcspn(exchange->target, "?");
    (void)!buf_printf(out, "/v1%.*s", (int)(len < PATH_MAX_BYTES ? len : PATH_MAX_BYTES),
                      exchange->target);
}

/* Behind what the usage file has, too: path, asked, dropped. */
#define IN_LOG_ONLY 3

static void log_end(const struct exchange *exchange, const struct exchange_facts *facts, int status,
                    const char *class)
{
    struct buf attempts, path;
    int64_t now_ms = loop_now_ms(&exchange->worker->loop);
    buf_init(&attempts, 4096);
    history_attempts(&exchange->history, &exchange->route, &attempts);
    buf_init(&path, LOG_VALUE_MAX);
    find_path(exchange, &path);
    const struct log_field fields[] = {
        LOG_STR("id", exchange->id),
        LOG_STR("provider", facts->provider),
        LOG_STR("model", or_null(exchange_model(exchange))),
        LOG_STR("class", class),
        LOG_STR("attempts", attempts.len ? attempts.data : NULL),
        LOG_STR("fallback", facts->fallback),
        LOG_INT("status", status),
        LOG_BOOL("stream", exchange->facts.stream),
        LOG_KNOWN("prompt_tokens", facts->answer.prompt_tokens),
        LOG_KNOWN("completion_tokens", facts->answer.completion_tokens),
        LOG_KNOWN("ttft_ms",
                  exchange->first_at_ms ? exchange->first_at_ms - exchange->begun_at_ms : -1),
        LOG_INT("duration_ms", now_ms - exchange->begun_at_ms),
        /* From here on in the log only. */
        LOG_STR("path", path.len ? path.data : NULL),
        LOG_STR("asked", exchange->facts.model),
        LOG_STR("dropped", facts->dropped),
    };
    const size_t n = sizeof(fields) / sizeof(fields[0]);
    log_event(LOG_LEVEL_INFO, "exchange", fields, n);
    usage_write(fields, n - IN_LOG_ONLY);
    buf_done(&attempts);
    buf_done(&path);
}

void exchange_report_end(const struct exchange *exchange, bool client_gone)
{
    int status = client_gone && exchange->status == 0 ? 499 : exchange->status;
    const char *class = final_class(exchange, client_gone);
    const struct exchange_facts facts = facts_of(exchange);
    count_request(exchange, &facts, status);
    if (exchange->all_failed)
        log_error("all_failed", LOG_STR("id", exchange->id), LOG_STR("class", class),
                  LOG_INT("status", status), LOG_STR("reason", last_reason(exchange)));
    log_end(exchange, &facts, status, class);
}
