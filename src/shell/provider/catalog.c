/*
 * One entry a server. A renewal is GET /api/tags, POST /api/show for each model of which the list
 * does not say all that it can do (one that has not changed is not asked for again), GET /api/ps;
 * where only what is loaded has become old, the last alone. Old knowledge of models is used while
 * new is fetched.
 */
#include "provider/catalog.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/shared_config.h"
#include "call/fetch.h"
#include "call/upstream.h"
#include "record/log.h"

/* Older knowledge is renewed in the background, and is too old to go by at all. */
#define RENEW_MS   30000
#define TOO_OLD_MS 600000
/* What is in memory changes with every other program that uses the server. */
#define LOADED_OLD_MS 3000
/* All questions of one renewal together may take this long. */
#define LIMIT_MS 2000
/* So many models are looked at one by one. */
#define SHOW_MAX 32

/* Lessons of models that nobody lists are forgotten, the oldest first. */
#define LESSONS_MAX 256

/* What was learned of one model by using it. */
struct lesson {
    struct lesson *next;
    char *model;
    char *digest;    /* of the model that it was learned of; NULL = not told */
    int64_t num_ctx; /* last asked for; 0 = none */
    int64_t noted_at_ms;
    enum catalog_answer prefill;
};

struct entry {
    struct entry *next;
    struct catalog *catalog;
    char *base_url;
    struct ollama_models models; /* what is known */
    int64_t known_at_ms;         /* when models was told; only while models.known */
    int64_t loaded_at_ms;        /* when their loaded_context was told; 0 = never */
    struct ollama_models fresh;  /* what is being learned */
    size_t shown;                /* of fresh: looked at so far */
    size_t asked;
    struct fetch *fetch;
    struct shared_config *shared; /* of the fetch */
    const struct config_provider *provider;
    int64_t limit_at_ms;
    struct catalog_waiter *waiters;
    struct catalog_waiter *told; /* those that are being told */
    struct lesson *lessons;
};

struct catalog {
    struct upstream *upstream;
    struct shared_config *const *shared; /* in effect */
    struct entry *entries;
};

static void ask_tags(struct entry *entry, const struct config_provider *provider);
static void show_next(struct entry *entry);

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
    end_fetch(entry);
    shared_config_unref(entry->shared);
    entry->shared = NULL;
    if (entry->fresh.known) {
        for (size_t i = 0; i < entry->fresh.count; i++)
            ollama_model_recall(&entry->fresh.at[i], &entry->models);
        ollama_models_done(&entry->models);
        entry->models = entry->fresh;
        entry->fresh = (struct ollama_models){0};
        entry->known_at_ms = now_of(entry);
    }
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

static void ask(struct entry *entry, const char *path, const char *body, void (*done)(void *arg))
{
    int64_t left_ms = entry->limit_at_ms - now_of(entry);
    const struct fetch_plan plan = {.upstream = entry->catalog->upstream,
                                    .provider = entry->provider,
                                    .path = path,
                                    .body = body,
                                    .limit_ms = left_ms > 0 ? left_ms : 0,
                                    .done = done,
                                    .arg = entry};
    entry->fetch = fetch_start(&plan);
}

static void on_loaded(void *arg)
{
    struct entry *entry = arg;
    struct error why = ERROR_NONE;
    struct ollama_models *models = entry->fresh.known ? &entry->fresh : &entry->models;
    if (fetch_status(entry->fetch) == 200 &&
        ollama_ps_read(fetch_body(entry->fetch), models, &why) == 0)
        entry->loaded_at_ms = now_of(entry);
    if (error_is_set(&why))
        log_debug("ollama_ps", LOG_STR("message", why.text));
    settle(entry);
}

static void on_show(void *arg)
{
    struct entry *entry = arg;
    struct error why = ERROR_NONE;
    if (fetch_status(entry->fetch) == 200 &&
        ollama_show_read(fetch_body(entry->fetch), &entry->fresh.at[entry->shown], &why) < 0)
        log_debug("ollama_show", LOG_STR("message", why.text));
    end_fetch(entry);
    entry->shown++;
    show_next(entry);
}

/* By the list itself, or from the time before. */
static bool is_known(const struct entry *entry, struct ollama_model *model)
{
    if (!model->capabilities_known)
        ollama_model_recall(model, &entry->models);
    return model->capabilities_known;
}

static void show_next(struct entry *entry)
{
    while (entry->shown < entry->fresh.count && is_known(entry, &entry->fresh.at[entry->shown]))
        entry->shown++;
    bool enough = entry->shown >= entry->fresh.count || entry->asked >= SHOW_MAX ||
                  now_of(entry) >= entry->limit_at_ms;
    if (enough && entry->fresh.known) {
        ask(entry, "/api/ps", NULL, on_loaded);
        return;
    }
    if (enough) {
        settle(entry);
        return;
    }
    entry->asked++;
    json_t *json = json_pack("{s:s}", "model", entry->fresh.at[entry->shown].name);
    char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    ask(entry, "/api/show", body ? body : "{}", on_show);
    free(body);
}

static void on_tags(void *arg)
{
    struct entry *entry = arg;
    struct error why = ERROR_NONE;
    ollama_models_done(&entry->fresh);
    if (fetch_status(entry->fetch) == 200 &&
        ollama_tags_read(fetch_body(entry->fetch), &entry->fresh, &why) < 0)
        log_warning("ollama_tags", LOG_STR("provider", entry->provider->name),
                    LOG_STR("message", why.text));
    end_fetch(entry);
    entry->shown = entry->asked = 0;
    show_next(entry);
}

/* False: another renewal is under way, or the settings have changed under an exchange that began
 * before. */
static bool begin_asking(struct entry *entry, const struct config_provider *provider)
{
    if (entry->shared)
        return false;
    entry->shared = shared_config_ref(*entry->catalog->shared);
    entry->provider = config_provider_by_name(entry->shared->config, text_of(provider->name));
    entry->limit_at_ms = now_of(entry) + LIMIT_MS;
    if (entry->provider && strcmp(entry->provider->base_url, entry->base_url) == 0)
        return true;
    settle(entry);
    return false;
}

static void ask_tags(struct entry *entry, const struct config_provider *provider)
{
    if (begin_asking(entry, provider))
        ask(entry, "/api/tags", NULL, on_tags);
}

static void ask_loaded(struct entry *entry, const struct config_provider *provider)
{
    if (begin_asking(entry, provider))
        ask(entry, "/api/ps", NULL, on_loaded);
}

static int64_t age_of(const struct entry *entry)
{
    return now_of(entry) - entry->known_at_ms;
}

static bool is_fresh(const struct entry *entry)
{
    return entry->models.known && age_of(entry) <= TOO_OLD_MS;
}

bool catalog_is_ready(struct catalog *catalog, const struct config_provider *provider)
{
    struct entry *entry = entry_of(catalog, provider);
    if (!is_fresh(entry))
        return false;
    if (now_of(entry) - entry->loaded_at_ms > LOADED_OLD_MS)
        return false;
    if (age_of(entry) > RENEW_MS)
        ask_tags(entry, provider);
    return true;
}

int64_t catalog_age_ms(struct catalog *catalog, const struct config_provider *provider)
{
    const struct entry *entry = entry_of(catalog, provider);
    return entry->models.known ? age_of(entry) : -1;
}

bool catalog_is_older(struct catalog *catalog, const struct config_provider *provider,
                      int64_t than_ms)
{
    int64_t age_ms = catalog_age_ms(catalog, provider);
    return age_ms < 0 || age_ms > than_ms;
}

void catalog_wait_ready(struct catalog *catalog, const struct config_provider *provider,
                        struct catalog_waiter *waiter)
{
    struct entry *entry = entry_of(catalog, provider);
    waiter->waiting = true;
    waiter->next = entry->waiters;
    entry->waiters = waiter;
    if (is_fresh(entry) && age_of(entry) <= RENEW_MS)
        ask_loaded(entry, provider);
    else
        ask_tags(entry, provider);
}

void catalog_wait(struct catalog *catalog, const struct config_provider *provider,
                  struct catalog_waiter *waiter)
{
    struct entry *entry = entry_of(catalog, provider);
    waiter->waiting = true;
    waiter->next = entry->waiters;
    entry->waiters = waiter;
    ask_tags(entry, provider);
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

const struct ollama_models *catalog_models(struct catalog *catalog,
                                           const struct config_provider *provider)
{
    return &entry_of(catalog, provider)->models;
}

void catalog_warm(struct catalog *catalog)
{
    const struct config *config = (*catalog->shared)->config;
    for (size_t i = 0; i < config->route.priority.count; i++) {
        const struct config_provider *provider =
            config_provider_by_name(config, text_of(config->route.priority.at[i]));
        if (provider && provider->kind == PROVIDER_OLLAMA)
            ask_tags(entry_of(catalog, provider), provider);
    }
}

static const char *digest_of(const struct entry *entry, const char *model)
{
    const struct ollama_model *told = ollama_model_find(&entry->models, text_of(model));
    return told ? told->digest : NULL;
}

static void lesson_free(struct lesson *lesson)
{
    free(lesson->model);
    free(lesson->digest);
    free(lesson);
}

/* Another digest under the same name is another model, of which nothing is known yet. */
static bool is_of(const struct lesson *lesson, const char *model, const char *digest)
{
    return strcmp(lesson->model, model) == 0 &&
           (!lesson->digest || !digest || strcmp(lesson->digest, digest) == 0);
}

static struct lesson *lesson_of(const struct entry *entry, const char *model)
{
    const char *digest = digest_of(entry, model);
    struct lesson *lesson = entry->lessons;
    while (lesson && !is_of(lesson, model, digest))
        lesson = lesson->next;
    return lesson;
}

/* Takes out those of a model that has gone, and what is beyond LESSONS_MAX. */
static void forget(struct entry *entry, const char *model)
{
    size_t count = 0;
    for (struct lesson **at = &entry->lessons; *at;) {
        struct lesson *lesson = *at;
        if (strcmp(lesson->model, model) != 0 && ++count < LESSONS_MAX) {
            at = &lesson->next;
            continue;
        }
        *at = lesson->next;
        lesson_free(lesson);
    }
}

static struct lesson *lesson_for(struct entry *entry, const char *model)
{
    struct lesson *lesson = lesson_of(entry, model);
    const char *digest = digest_of(entry, model);
    if (lesson) {
        if (!lesson->digest && digest)
            lesson->digest = xstrdup(digest);
        return lesson;
    }
    forget(entry, model);
    lesson = xcalloc(1, sizeof(*lesson));
    lesson->model = xstrdup(model);
    lesson->digest = digest ? xstrdup(digest) : NULL;
    lesson->next = entry->lessons;
    entry->lessons = lesson;
    return lesson;
}

void catalog_note_prompt(struct catalog *catalog, const struct config_provider *provider,
                         const char *model, const struct ollama_count *count, int64_t tokens)
{
    struct ollama_model *told =
        ollama_model_find(&entry_of(catalog, provider)->models, text_of(model));
    if (told && tokens > 0)
        ollama_rates_learn(&told->rates, count, tokens);
    else if (told)
        ollama_rates_doubt(&told->rates);
}

int64_t catalog_window(struct catalog *catalog, const struct config_provider *provider,
                       const char *model)
{
    const struct entry *entry = entry_of(catalog, provider);
    const struct lesson *lesson = lesson_of(entry, model);
    const struct ollama_model *told = ollama_model_find(&entry->models, text_of(model));
    const struct ollama_window_known known = {.told = told ? told->loaded_context : 0,
                                              .told_at_ms = entry->loaded_at_ms,
                                              .asked = lesson ? lesson->num_ctx : 0,
                                              .asked_at_ms = lesson ? lesson->noted_at_ms : 0,
                                              .keep_alive = provider->keep_alive};
    return ollama_window_of(&known, now_of(entry));
}

void catalog_note_window(struct catalog *catalog, const struct config_provider *provider,
                         const char *model, int64_t num_ctx)
{
    struct entry *entry = entry_of(catalog, provider);
    struct lesson *lesson = lesson_for(entry, model);
    lesson->num_ctx = num_ctx;
    lesson->noted_at_ms = now_of(entry);
}

enum catalog_answer catalog_prefill(struct catalog *catalog, const struct config_provider *provider,
                                    const char *model)
{
    const struct lesson *lesson = lesson_of(entry_of(catalog, provider), model);
    return lesson ? lesson->prefill : CATALOG_UNKNOWN;
}

void catalog_note_prefill(struct catalog *catalog, const struct config_provider *provider,
                          const char *model, bool open)
{
    lesson_for(entry_of(catalog, provider), model)->prefill = open ? CATALOG_YES : CATALOG_NO;
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
    ollama_models_done(&entry->models);
    ollama_models_done(&entry->fresh);
    while (entry->lessons) {
        struct lesson *lesson = entry->lessons;
        entry->lessons = lesson->next;
        lesson_free(lesson);
    }
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
