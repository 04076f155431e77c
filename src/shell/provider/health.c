/*
 * One entry a provider, made when it is first configured and never taken away: a provider that is
 * gone from the settings may still have exchanges. One lock for all, held for a few comparisons.
 */
#include "provider/health.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/notice.h"
#include "record/log.h"
#include "record/metrics.h"
#include "rules/budget.h"
#include "rules/latency.h"
#include "text/count.h"
#include "text/join.h"

struct entry {
    struct entry *next;
    char *name;
    struct breaker breaker;
    struct budget budget;
    struct keyring keyring;
    size_t keys_told; /* of so many there are gauges */
    int inside;
    int64_t no_responses_until_ms;        /* 0 = nothing was found out */
    int64_t answered_at_ms, failed_at_ms; /* as in struct health_state */
    enum failure failure;
    int status;
};

#define NO_RESPONSES_MS (60 * 60 * 1000)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *entries;
static struct latency latency[2]; /* by enum health_time */

/* Under the lock. */
static struct entry *entry_of(const char *name)
{
    struct entry **at = &entries, *entry;
    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    entry = *at;
    if (entry) {
        *at = entry->next;
    } else {
        entry = xcalloc(1, sizeof(*entry));
        entry->name = xstrdup(name);
        breaker_init(&entry->breaker);
        budget_init(&entry->budget);
    }
    /* In front: every preset has one, and only those are asked for that requests go to. */
    entry->next = entries;
    entries = entry;
    return entry;
}

static struct entry *take(const struct config_provider *provider)
{
    pthread_mutex_lock(&lock);
    return entry_of(provider->name);
}

static void give(void)
{
    pthread_mutex_unlock(&lock);
}

/* Keys of those that are gone from the settings are not kept. */
void health_configure(const struct config *config)
{
    for (size_t i = 0; i < config->provider_count; i++) {
        struct entry *entry = take(&config->providers[i]);
        breaker_configure(&entry->breaker, config->breaker.failures, config->breaker.open_for_ms);
        give();
    }
    pthread_mutex_lock(&lock);
    for (struct entry *entry = entries; entry; entry = entry->next)
        alloc_must(keyring_configure(&entry->keyring,
                                     config_provider_by_name(config, text_of(entry->name))));
    give();
}

int64_t health_retry_in_ms(const struct config_provider *provider, int64_t now_ms)
{
    const struct entry *entry = take(provider);
    int64_t in_ms = breaker_retry_in_ms(&entry->breaker, now_ms);
    give();
    return in_ms;
}

static void tell_change(const struct config_provider *provider, enum breaker_state before,
                        enum breaker_state after)
{
    if (before != after)
        notice_change();
    if (before == after || (before != BREAKER_CLOSED && after != BREAKER_CLOSED))
        return;
    log_warning(
        "breaker", LOG_STR("provider", provider->name),
        LOG_STR("message", after == BREAKER_CLOSED
                               ? "the provider answers again"
                               : "too many failures in a row: it is left alone, for as long as "
                                 "[breaker] open_for says, then tried by one request"));
}

struct breaker_pass health_allow(const struct config_provider *provider, int64_t now_ms)
{
    struct entry *entry = take(provider);
    struct breaker_pass pass = breaker_allow(&entry->breaker, now_ms);
    give();
    return pass;
}

/* What the client does says nothing of the provider, nor does what was never sent. */
static void note_end(struct entry *entry, enum failure failure, int status)
{
    if (failure == FAILURE_CANCELLED || failure == FAILURE_SKIPPED)
        return;
    if (failure == FAILURE_NONE) {
        entry->answered_at_ms = clock_wall_ms();
        return;
    }
    entry->failed_at_ms = clock_wall_ms();
    entry->failure = failure;
    entry->status = status > 0 ? status : 0;
}

void health_ended(const struct config_provider *provider, struct breaker_pass pass,
                  enum failure failure, int status, int64_t now_ms)
{
    struct entry *entry = take(provider);
    note_end(entry, failure, status);
    enum breaker_state before = breaker_state(&entry->breaker, now_ms);
    breaker_ended(&entry->breaker, pass, failure, now_ms);
    enum breaker_state after = breaker_state(&entry->breaker, now_ms);
    give();
    tell_change(provider, before, after);
}

void health_count_request(const struct config_provider *provider, int64_t now_ms)
{
    budget_request(&take(provider)->budget, now_ms);
    give();
}

bool health_may_retry(const struct config_provider *provider, int64_t now_ms)
{
    bool may = budget_retry_allowed(&take(provider)->budget, provider->retry.budget, now_ms);
    give();
    return may;
}

void health_count_retry(const struct config_provider *provider, int64_t now_ms)
{
    budget_retry(&take(provider)->budget, now_ms);
    give();
}

size_t health_key(const struct config_provider *provider, keyring_set refused, int64_t now_ms)
{
    if (!keyring_has_choice(provider))
        return 0;
    size_t key = keyring_choose(&take(provider)->keyring, provider, refused, now_ms);
    give();
    return key;
}

size_t health_key_beside(const struct config_provider *provider, int64_t now_ms)
{
    size_t key = health_key(provider, 0, now_ms);
    return key == KEYRING_NONE ? 0 : key;
}

void health_report_key(const struct config_provider *provider, const struct attempt_result *result,
                       const struct health_key_change *change)
{
    bool left = change->next != KEYRING_NONE;
    log_warning("next_key", LOG_STR("id", change->id), LOG_STR("provider", provider->name),
                LOG_STR("class", failure_word(result->failure)),
                LOG_KNOWN("status", result->status > 0 ? result->status : -1),
                LOG_INT("key", (int64_t)change->key + 1),
                LOG_KNOWN("next", left ? (int64_t)change->next + 1 : -1),
                LOG_KNOWN("aside_ms", change->aside_ms == KEYRING_RELOAD ? -1 : change->aside_ms));
}

bool health_key_is_spent(const struct config_provider *provider, size_t key, int status,
                         struct text body, int64_t now_ms)
{
    struct provider_error error;
    if (!keyring_has_choice(provider) || status < 400)
        return false;
    (void)provider_error_read_refusal(body, &error);
    const struct attempt_result result = {
        .failure = failure_of_answer(provider->kind->speaker, status, &error), .status = status};
    const struct keyring_refusal refusal = {
        .result = &result, .error = &error, .path = API_PATH_OTHER, .body = body};
    if (result.failure != FAILURE_AUTH || keyring_spares(&refusal))
        return false;
    health_key_refused(provider, key, &result, now_ms);
    size_t next = health_key(provider, 0, now_ms);
    health_report_key(
        provider, &result,
        &(struct health_key_change){.key = key, .next = next, .aside_ms = KEYRING_RELOAD});
    return next != KEYRING_NONE && next != key;
}

int64_t health_keys_back_in_ms(const struct config_provider *provider, int64_t now_ms)
{
    if (!keyring_has_choice(provider))
        return 0;
    int64_t in_ms = keyring_back_in_ms(&take(provider)->keyring, provider, now_ms);
    give();
    return in_ms;
}

enum route_skip health_skip(const struct config_provider *provider, int64_t now_ms)
{
    struct entry *entry = take(provider);
    bool keyless =
        keyring_has_choice(provider) && keyring_back_in_ms(&entry->keyring, provider, now_ms) > 0;
    bool open = breaker_retry_in_ms(&entry->breaker, now_ms) > 0;
    give();
    if (keyless)
        return ROUTE_SKIP_KEYS;
    return open ? ROUTE_SKIP_BREAKER : ROUTE_SKIP_NONE;
}

void health_key_refused(const struct config_provider *provider, size_t key,
                        const struct attempt_result *result, int64_t now_ms)
{
    keyring_set_aside(&take(provider)->keyring, provider, key, result, now_ms);
    give();
    notice_change();
}

struct keyring_state health_key_state(const struct config_provider *provider, size_t key,
                                      int64_t now_ms)
{
    struct keyring_state state = keyring_state(&take(provider)->keyring, provider, key, now_ms);
    give();
    return state;
}

void health_note_no_responses(const struct config_provider *provider, int64_t now_ms)
{
    take(provider)->no_responses_until_ms = now_ms + NO_RESPONSES_MS;
    give();
}

bool health_has_responses(const struct config_provider *provider, int64_t now_ms)
{
    int64_t until_ms = take(provider)->no_responses_until_ms;
    give();
    return provider->responses && now_ms >= until_ms;
}

bool health_enter(const struct config_provider *provider)
{
    struct entry *entry = take(provider);
    bool free_place = provider->max_inflight <= 0 || entry->inside < provider->max_inflight;
    entry->inside += free_place ? 1 : 0;
    give();
    return free_place;
}

void health_leave(const struct config_provider *provider)
{
    take(provider)->inside--;
    give();
}

/* "PROVIDER:MODEL"; what is too long for latency.h is not remembered by it. */
static struct text name_of(const struct config_provider *provider, const char *model, char *out,
                           size_t size)
{
    return text_make(
        out, join_write(out, size, JOIN(text_of(provider->name), text_of(":"), text_of(model))));
}

void health_note_time(const struct config_provider *provider, const char *model,
                      enum health_time what, int64_t took_ms)
{
    char name[LATENCY_NAME_MAX + 1];
    pthread_mutex_lock(&lock);
    latency_note(&latency[what], name_of(provider, model, name, sizeof(name)), took_ms);
    give();
}

int64_t health_usual_ms(const struct config_provider *provider, const char *model,
                        enum health_time what)
{
    char name[LATENCY_NAME_MAX + 1];
    pthread_mutex_lock(&lock);
    int64_t usual_ms =
        latency_usual_ms(&latency[what], name_of(provider, model, name, sizeof(name)));
    give();
    return usual_ms;
}

struct health_state health_state(const struct config_provider *provider, int64_t now_ms)
{
    const struct entry *entry = take(provider);
    struct health_state state = {.answered_at_ms = entry->answered_at_ms,
                                 .failed_at_ms = entry->failed_at_ms,
                                 .failure = entry->failure,
                                 .status = entry->status,
                                 .breaker = breaker_state(&entry->breaker, now_ms),
                                 .retry_in_ms = breaker_retry_in_ms(&entry->breaker, now_ms),
                                 .inflight = entry->inside};
    give();
    return state;
}

/* Of keys that are gone from the settings there are no gauges any more. */
static void tell_keys(struct entry *entry, const struct config_provider *provider, int64_t now_ms)
{
    size_t count = provider ? provider->api_keys.count : 0;
    for (size_t i = 0; i < count || i < entry->keys_told; i++) {
        char number[24];
        (void)snprintf(number, sizeof(number), "%zu", i + 1);
        const char *labels[] = {entry->name, number};
        if (i < count)
            metrics_gauge_set(METRIC_KEY_SET_ASIDE, labels,
                              keyring_state(&entry->keyring, provider, i, now_ms).refused !=
                                  FAILURE_NONE);
        else
            metrics_gauge_drop(METRIC_KEY_SET_ASIDE, labels);
    }
    entry->keys_told = count;
}

void health_tell_metrics(const struct config *config, int64_t now_ms)
{
    pthread_mutex_lock(&lock);
    for (struct entry *entry = entries; entry; entry = entry->next) {
        const struct config_provider *provider =
            config_provider_by_name(config, text_of(entry->name));
        const char *labels[] = {entry->name};
        if (provider)
            metrics_gauge_set(METRIC_BREAKER_STATE, labels, breaker_state(&entry->breaker, now_ms));
        else
            metrics_gauge_drop(METRIC_BREAKER_STATE, labels);
        tell_keys(entry, provider, now_ms);
    }
    give();
}

void health_done(void)
{
    while (entries) {
        struct entry *entry = entries;
        entries = entry->next;
        keyring_done(&entry->keyring);
        free(entry->name);
        free(entry);
    }
    for (size_t i = 0; i < COUNT(latency); i++)
        latency_init(&latency[i]);
}
