/* What a leg says of itself: log lines and metrics, in the same words. Never content. */
#include <stdio.h>

#include "exchange/leg.h"
#include "provider/health.h"
#include "record/log.h"
#include "record/metrics.h"
#include "record/repeat.h"
#include "travel/travel_hint.h"

static int64_t now_of(const struct leg *leg)
{
    return loop_now_ms(leg->plan.means->loop);
}

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

/* Whose key it is decides where somebody has to look for it. */
static void say_refusal(const struct leg *leg, char *ret, size_t size)
{
    static const char until[] = "answers come from the next provider until that is mended";
    const struct config_provider *provider = leg->provider;
    if (attempt_head(leg->attempt)->status <= 0)
        (void)snprintf(ret, size, "%s; %s", attempt_message(leg->attempt), until);
    else if (leg_key_number(leg) > 0)
        (void)snprintf(ret, size,
                       "the provider refuses key %zu, from %s, which is set aside until a reload; "
                       "answers come from the next key or provider",
                       leg_key_number(leg), provider->api_keys_from.at[leg->key]);
    else if (provider->api_keys_from.count == 0)
        (void)snprintf(ret, size,
                       "the provider refuses the key that the app sent, as no api_key is set "
                       "here; %s",
                       until);
    else
        (void)snprintf(ret, size, "the provider refuses the key from %s; %s",
                       provider->api_keys_from.at[0], until);
}

static void shout_about_key(const struct leg *leg)
{
    char message[512];
    /* One of several is not asked with again. */
    if (!keyring_has_choice(leg->provider) &&
        !repeat_may_say(LOG_LEVEL_ERROR, "auth", leg->provider->name, now_of(leg)))
        return;
    say_refusal(leg, message, sizeof(message));
    log_error("auth", LOG_STR("id", leg->plan.inquiry->id),
              LOG_STR("provider", leg->provider->name), LOG_STR("class", "auth"),
              LOG_KNOWN("status", attempt_head(leg->attempt)->status), LOG_STR("message", message));
}

void leg_report_attempt(const struct leg *leg)
{
    enum failure failure = attempt_class(leg->attempt);
    const char *labels[] = {leg->provider->name, failure_word(failure)};
    metrics_add(METRIC_ATTEMPTS, labels, 1);
    if (failure == FAILURE_AUTH && !leg_key_is_spared(leg))
        shout_about_key(leg);
}

void leg_report_no_descriptor(const struct leg *leg)
{
    if (repeat_may_say(LOG_LEVEL_ERROR, "descriptors", "", now_of(leg)))
        log_error("descriptors", LOG_STR("id", leg->plan.inquiry->id),
                  LOG_STR("provider", leg->provider->name),
                  LOG_STR("message", attempt_message(leg->attempt)));
}

void leg_report_retry(const struct leg *leg, const struct retry_decision *decision)
{
    const struct attempt_result *result = attempt_result(leg->attempt);
    const char *labels[] = {leg->provider->name, failure_word(result->failure)};
    metrics_add(METRIC_RETRIES, labels, 1);
    log_warning("retry", LOG_STR("id", leg->plan.inquiry->id),
                LOG_STR("provider", leg->provider->name), LOG_STR("model", or_null(leg_model(leg))),
                LOG_STR("class", failure_word(result->failure)), LOG_INT("attempt", leg->tries),
                LOG_INT("wait_ms", decision->wait_ms),
                LOG_KNOWN("status", result->status > 0 ? result->status : -1),
                LOG_STR("reason", retry_reason_word(decision->reason)));
}

void leg_report_key(const struct leg *leg, size_t next, int64_t aside_ms)
{
    const struct health_key_change change = {
        .id = leg->plan.inquiry->id, .key = leg->key, .next = next, .aside_ms = aside_ms};
    health_report_key(leg->provider, attempt_result(leg->attempt), &change);
}

void leg_report_hedge(const struct leg *leg, const struct config_provider *silent)
{
    log_warning("hedge", LOG_STR("id", leg->plan.inquiry->id), LOG_STR("provider", silent->name),
                LOG_STR("beside", leg->provider->name),
                LOG_INT("after_ms", now_of(leg) - leg->plan.inquiry->begun_at_ms));
}

void leg_report_history(const struct leg *leg)
{
    const struct attempt_result *result = attempt_result(leg->attempt);
    const struct travel_hint *hint = travel_hint_of(attempt_error(leg->attempt));
    if (!hint || result->failure != FAILURE_REQUEST)
        return;
    log_warning("history", LOG_STR("id", leg->plan.inquiry->id),
                LOG_STR("provider", leg->provider->name), LOG_STR("model", or_null(leg_model(leg))),
                LOG_STR("class", failure_word(result->failure)),
                LOG_KNOWN("status", result->status > 0 ? result->status : -1),
                LOG_STR("message", hint->hint));
}

void leg_report_move(const struct leg *leg)
{
    const char *labels[] = {leg->moved_from->name, leg->provider->name, leg->moved_by};
    const struct history_entry *last = history_last_failed(leg->plan.history);
    int status = last && last->provider == leg->moved_from ? last->status : 0;
    metrics_add(METRIC_FALLBACKS, labels, 1);
    log_warning("fallback", LOG_STR("id", leg->plan.inquiry->id),
                LOG_STR("provider", leg->moved_from->name), LOG_STR("to", leg->provider->name),
                LOG_STR("class", leg->moved_by), LOG_KNOWN("status", status > 0 ? status : -1),
                LOG_STR("reason", leg->moved_because));
}

void leg_report_break(const struct leg *leg)
{
    const struct attempt_result *result = attempt_result(leg->attempt);
    /* What a provider says may quote the conversation: only our own words go into the log. */
    bool own = result->transport != TRANSPORT_OK;
    log_warning("stream_incomplete", LOG_STR("id", leg->plan.inquiry->id),
                LOG_STR("provider", leg->provider->name), LOG_STR("model", or_null(leg_model(leg))),
                LOG_STR("class", failure_word(result->failure)),
                LOG_STR("message",
                        own ? attempt_message(leg->attempt) : failure_sentence(result->failure)));
}

void leg_report_continued(const struct leg *leg)
{
    log_info("continued", LOG_STR("id", leg->plan.inquiry->id),
             LOG_STR("provider", leg->provider->name), LOG_STR("model", or_null(leg_model(leg))),
             LOG_STR("message", leg->prefill ? "it goes on from the text so far"
                                             : "it began with the same text"));
}
