/*
 * POST /api/generate without a prompt loads a model and answers when it is in memory. What was
 * asked for here counts as its window from then on (catalog.h).
 */
#include "provider/warmup.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/shared_config.h"
#include "call/fetch.h"
#include "call/upstream.h"
#include "ollama/dialect_ollama.h"
#include "ollama/ollama_plan.h"
#include "provider/catalog.h"
#include "provider/health.h"
#include "provider/local_switch.h"
#include "record/log.h"

#define REQUEST_MAX 65536

struct load {
    struct load *next;
    struct warmup *warmup;
    struct shared_config *shared; /* keeps the provider */
    const struct config_provider *provider;
    char *model;
    int64_t num_ctx;
    struct fetch *fetch;
};

struct warmup {
    struct upstream *upstream;
    struct shared_config *const *shared; /* in effect */
    struct catalog *catalog;
    struct load *loads; /* under way */
};

static void load_free(struct load *load)
{
    fetch_free(load->fetch);
    shared_config_unref(load->shared);
    free(load->model);
    free(load);
}

static void on_done(void *arg)
{
    struct load *load = arg;
    struct load **at = &load->warmup->loads;
    while (*at != load)
        at = &(*at)->next;
    *at = load->next;
    bool loaded = fetch_status(load->fetch) == 200;
    log_info("warm_up", LOG_STR("provider", load->provider->name), LOG_STR("model", load->model),
             LOG_INT("num_ctx", load->num_ctx), LOG_BOOL("loaded", loaded),
             LOG_STR("message", loaded ? "the model is ready, should a fallback need it"
                                       : "the model could not be loaded"));
    load_free(load);
}

static bool is_under_way(const struct warmup *warmup, const struct config_provider *provider,
                         const char *model)
{
    for (const struct load *load = warmup->loads; load; load = load->next)
        if (strcmp(load->provider->base_url, provider->base_url) == 0 &&
            strcmp(load->model, model) == 0)
            return true;
    return false;
}

/* malloc'ed; NULL when memory is out. */
static char *load_request(const struct config_provider *provider, const char *model,
                          int64_t num_ctx)
{
    const struct dialect_target target = {
        .model = model, .num_ctx = num_ctx, .keep_alive = provider->keep_alive};
    struct buf out;
    buf_init(&out, REQUEST_MAX);
    char *text = dialect_ollama_load_write(&target, &out) == 0 ? buf_steal(&out, NULL) : NULL;
    buf_done(&out);
    return text;
}

void warmup_start(struct warmup *warmup, const struct config_provider *provider, const char *model,
                  int64_t num_ctx)
{
    if (local_switch_bars(provider))
        return;
    bool loads = ollama_warm_up_loads(is_under_way(warmup, provider, model),
                                      catalog_window(warmup->catalog, provider, model), num_ctx);
    char *body = loads ? load_request(provider, model, num_ctx) : NULL;
    if (!body)
        return;
    struct load *load = xcalloc(1, sizeof(*load));
    load->warmup = warmup;
    load->shared = shared_config_ref(*warmup->shared);
    load->provider = config_provider_by_name(load->shared->config, text_of(provider->name));
    load->model = xstrdup(model);
    load->num_ctx = num_ctx;
    if (!load->provider) { /* gone from the settings */
        load_free(load);
        free(body);
        return;
    }
    const struct fetch_plan plan = {
        .upstream = warmup->upstream,
        .provider = load->provider,
        .key = health_key_beside(load->provider, loop_now_ms(upstream_loop(warmup->upstream))),
        .path = "/api/generate",
        .body = body,
        .limit_ms = load->provider->first_byte_timeout_whole_ms,
        .done = on_done,
        .arg = load};
    load->fetch = fetch_start(&plan);
    free(body);
    load->next = warmup->loads;
    warmup->loads = load;
    catalog_note_window(warmup->catalog, load->provider, model, num_ctx);
}

struct warmup *warmup_new(struct upstream *upstream, struct shared_config *const *shared,
                          struct catalog *catalog)
{
    struct warmup *warmup = xcalloc(1, sizeof(*warmup));
    warmup->upstream = upstream;
    warmup->shared = shared;
    warmup->catalog = catalog;
    return warmup;
}

void warmup_free(struct warmup *warmup)
{
    if (!warmup)
        return;
    while (warmup->loads) {
        struct load *load = warmup->loads;
        warmup->loads = load->next;
        load_free(load);
    }
    free(warmup);
}
