/*
 * One entry a server. What is asked, and what an answer or none means, the core decides
 * (ollama_known.h); here the questions are sent, one at a time, and those told who wait. Old
 * knowledge of models is used while new is fetched.
 */
#include "provider/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/shared_config.h"
#include "call/fetch.h"
#include "call/upstream.h"
#include "provider/health.h"
#include "provider/local_switch.h"
#include "record/log.h"
#include "record/repeat.h"
#include "rules/route.h"

struct entry {
    struct entry *next;
    struct catalog *catalog;
    char *base_url;
    struct ollama_known known;
    struct ollama_renewal renewal;
    size_t key;                   /* with which it is asked */
    struct fetch *fetch;          /* of its question */
    struct shared_config *shared; /* of the renewal under way; NULL = none is */
    const struct config_provider *provider;
    struct catalog_waiter *waiters;
    struct catalog_waiter *told; /* those that are being told */
};

struct catalog {
    struct upstream *upstream;
    struct shared_config *const *shared; /* in effect */
    struct entry *entries;
};

static void ask_next(struct entry *entry);

static int64_t now_of(const struct entry *entry)
{
    return loop_now_ms(upstream_loop(entry->catalog->upstream));
}

static struct entry *entry_of(struct catalog *catalog, const struct config_provider *provider)
{
    for (struct entry *entry = catalog->entries; entry; entry = entry->next)
        if (strcmp(entry->base_url, provider->base_url) == 0)
            return entry;
    struct entry *entry = xcalloc(1, sizeof(*entry));
    entry->catalog = catalog;
    entry->base_url = xstrdup(provider->base_url);
    entry->next = catalog->entries;
    catalog->entries = entry;
    return entry;
}

static void end_fetch(struct entry *entry)
{
    fetch_free(entry->fetch);
    entry->fetch = NULL;
}

static void settle(struct entry *entry)
{
    ollama_renewal_done(&entry->renewal);
    shared_config_unref(entry->shared);
    entry->shared = NULL;
    /* In the order in which they came. One that is told may wait again, or take another one out. */
    while (entry->waiters) {
        struct catalog_waiter *waiter = entry->waiters;
        entry->waiters = waiter->next;
        waiter->next = entry->told;
        entry->told = waiter;
    }
    while (entry->told) {
        struct catalog_waiter *waiter = entry->told;
        entry->told = waiter->next;
        waiter->waiting = false;
        waiter->ready(waiter);
    }
}

/* A list that nobody can read is worth a warning; of the rest there will be other answers. */
static void tell_odd_answer(const struct entry *entry, enum ollama_renewal_step step,
                            const char *why)
{
    const char *name = entry->provider->name;
    if (step != OLLAMA_RENEWAL_TAGS)
        log_debug(step == OLLAMA_RENEWAL_SHOW ? "ollama_show" : "ollama_ps",
                  LOG_STR("message", why));
    else if (repeat_may_say(LOG_LEVEL_WARNING, "ollama_tags", name, now_of(entry)))
        log_warning("ollama_tags", LOG_STR("provider", name), LOG_STR("message", why));
}

static void on_answer(void *arg)
{
    struct entry *entry = arg;
    struct error why = ERROR_NONE;
    enum ollama_renewal_step step = entry->renewal.step;
    if (health_key_is_spent(entry->provider, entry->key, fetch_status(entry->fetch),
                            fetch_body(entry->fetch), now_of(entry))) {
        end_fetch(entry);
        ask_next(entry);
        return;
    }
    ollama_renewal_answer(&entry->renewal, fetch_status(entry->fetch), fetch_body(entry->fetch),
                          now_of(entry), &why);
    if (error_is_set(&why))
        tell_odd_answer(entry, step, why.text);
    end_fetch(entry);
    ask_next(entry);
}

static void ask_next(struct entry *entry)
{
    struct ollama_question question;
    if (!ollama_renewal_question(&entry->renewal, now_of(entry), &question)) {
        settle(entry);
        return;
    }
    entry->key = health_key_beside(entry->provider, now_of(entry));
    const struct fetch_plan plan = {.upstream = entry->catalog->upstream,
                                    .provider = entry->provider,
                                    .key = entry->key,
                                    .path = question.path,
                                    .body = question.body,
                                    .limit_ms = question.within_ms,
                                    .done = on_answer,
                                    .arg = entry};
    entry->fetch = fetch_start(&plan);
    free(question.body);
}

static void renew(struct entry *entry, const struct config_provider *provider, enum ollama_ask ask)
{
    if (entry->shared || ask == OLLAMA_ASK_NOTHING) /* one under way tells all who wait */
        return;
    entry->shared = shared_config_ref(*entry->catalog->shared);
    entry->provider = config_provider_by_name(entry->shared->config, text_of(provider->name));
    /* The settings may have changed under an exchange that began before. */
    if (!entry->provider || strcmp(entry->provider->base_url, entry->base_url) != 0)
        ask = OLLAMA_ASK_NOTHING;
    ollama_renewal_begin(&entry->renewal, &entry->known, ask, now_of(entry));
    ask_next(entry);
}

bool catalog_is_ready(struct catalog *catalog, const struct config_provider *provider)
{
    struct entry *entry = entry_of(catalog, provider);
    enum ollama_ask ask;
    bool ready = ollama_known_ready(&entry->known, now_of(entry), &ask);
    if (ready)
        renew(entry, provider, ask);
    return ready;
}

int64_t catalog_age_ms(struct catalog *catalog, const struct config_provider *provider)
{
    const struct entry *entry = entry_of(catalog, provider);
    return ollama_known_age_ms(&entry->known, now_of(entry));
}

bool catalog_is_older(struct catalog *catalog, const struct config_provider *provider,
                      int64_t than_ms)
{
    int64_t age_ms = catalog_age_ms(catalog, provider);
    return age_ms < 0 || age_ms > than_ms;
}

static void wait(struct entry *entry, struct catalog_waiter *waiter)
{
    waiter->waiting = true;
    waiter->next = entry->waiters;
    entry->waiters = waiter;
}

void catalog_wait_ready(struct catalog *catalog, const struct config_provider *provider,
                        struct catalog_waiter *waiter)
{
    struct entry *entry = entry_of(catalog, provider);
    enum ollama_ask ask;
    wait(entry, waiter);
    (void)ollama_known_ready(&entry->known, now_of(entry), &ask);
    renew(entry, provider, ask == OLLAMA_ASK_NOTHING ? OLLAMA_ASK_LOADED : ask);
}

void catalog_wait(struct catalog *catalog, const struct config_provider *provider,
                  struct catalog_waiter *waiter)
{
    struct entry *entry = entry_of(catalog, provider);
    wait(entry, waiter);
    renew(entry, provider, OLLAMA_ASK_ALL);
}

static void take_out(struct catalog_waiter **list, const struct catalog_waiter *waiter)
{
    while (*list && *list != waiter)
        list = &(*list)->next;
    if (*list)
        *list = waiter->next;
}

void catalog_leave(struct catalog *catalog, struct catalog_waiter *waiter)
{
    if (!waiter->waiting)
        return;
    for (struct entry *entry = catalog->entries; entry; entry = entry->next) {
        take_out(&entry->waiters, waiter);
        take_out(&entry->told, waiter);
    }
    waiter->waiting = false;
}

const struct ollama_known *catalog_known(struct catalog *catalog,
                                         const struct config_provider *provider)
{
    return &entry_of(catalog, provider)->known;
}

const struct ollama_models *catalog_models(struct catalog *catalog,
                                           const struct config_provider *provider)
{
    return &entry_of(catalog, provider)->known.models;
}

bool catalog_is_asked(const struct config_provider *provider)
{
    return provider->kind->has_catalogue &&
           route_skip_of(provider, false, local_switch_far(false)) == ROUTE_SKIP_NONE;
}

void catalog_warm(struct catalog *catalog)
{
    const struct config *config = (*catalog->shared)->config;
    for (size_t i = 0; i < config->route.priority.count; i++) {
        const struct config_provider *provider = config_priority_at(config, i);
        if (provider && catalog_is_asked(provider))
            renew(entry_of(catalog, provider), provider, OLLAMA_ASK_ALL);
    }
}

void catalog_note_prompt(struct catalog *catalog, const struct config_provider *provider,
                         const char *model, const struct ollama_count *count, int64_t tokens)
{
    ollama_known_note_prompt(&entry_of(catalog, provider)->known, model, count, tokens);
}

int64_t catalog_window(struct catalog *catalog, const struct config_provider *provider,
                       const char *model)
{
    const struct entry *entry = entry_of(catalog, provider);
    return ollama_known_window(&entry->known, model, provider->keep_alive, now_of(entry));
}

void catalog_note_window(struct catalog *catalog, const struct config_provider *provider,
                         const char *model, int64_t num_ctx)
{
    struct entry *entry = entry_of(catalog, provider);
    ollama_known_note_window(&entry->known, model, num_ctx, now_of(entry));
}

enum catalog_answer catalog_prefill(struct catalog *catalog, const struct config_provider *provider,
                                    const char *model)
{
    bool open;
    if (!ollama_known_prefill(&entry_of(catalog, provider)->known, model, &open))
        return CATALOG_UNKNOWN;
    return open ? CATALOG_YES : CATALOG_NO;
}

void catalog_note_prefill(struct catalog *catalog, const struct config_provider *provider,
                          const char *model, bool open)
{
    ollama_known_note_prefill(&entry_of(catalog, provider)->known, model, open);
}

struct catalog *catalog_new(struct upstream *upstream, struct shared_config *const *shared)
{
    struct catalog *catalog = xcalloc(1, sizeof(*catalog));
    catalog->upstream = upstream;
    catalog->shared = shared;
    return catalog;
}

static void entry_free(struct entry *entry)
{
    end_fetch(entry);
    shared_config_unref(entry->shared);
    ollama_renewal_done(&entry->renewal);
    ollama_known_done(&entry->known);
    free(entry->base_url);
    free(entry);
}

void catalog_free(struct catalog *catalog)
{
    if (!catalog)
        return;
    while (catalog->entries) {
        struct entry *entry = catalog->entries;
        catalog->entries = entry->next;
        entry_free(entry);
    }
    free(catalog);
}
