/*
 * A list is made (model_page.h) of the parts that can be had within a few seconds. A cloud's list
 * is kept for some seconds; what an Ollama has, the catalogue knows.
 */
#include "endpoint/models.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "call/fetch.h"
#include "endpoint/endpoints.h"
#include "exchange/exchange.h"
#include "json/jsonspan.h"
#include "provider/catalog.h"
#include "provider/online.h"
#include "rules/forward.h"
#include "rules/route.h"
#include "serve/inbound.h"
#include "tell/model_page.h"

#define LIMIT_MS 5000
/* What is known of an Ollama is asked for anew when it is older; that takes two seconds at the
 * most, so that what is much older was not answered. */
#define FRESH_MS     1000
#define GONE_MS      (FRESH_MS + 2500)
#define HEADERS_MAX  (256u << 10)
#define LIST_MAX     (32u << 20)
#define PROVIDER_MAX ROUTE_STEPS_MAX

struct part {
    struct models_job *job;
    const struct config_provider *provider;
    struct fetch *fetch;          /* an openai provider */
    struct buf list;              /* its answer, of this or an earlier question; empty = none */
    bool first;                   /* the first cloud of the route: its names need no prefix */
    struct catalog_waiter waiter; /* an Ollama */
    bool gone;                    /* it did not answer, whatever it said some time ago */
    bool pending;
};

struct models_job {
    struct endpoints *at;
    struct shared_config *shared;
    struct inbound *inbound; /* NULL when the client is gone */
    char *id;                /* one model of the only part, its prefix taken off; NULL = the list */
    char *path;              /* where a cloud is asked for it */
    struct buf headers;
    struct part part[PROVIDER_MAX];
    size_t count;
    struct loop_task finish;
};

static void job_free(struct models_job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        fetch_free(job->part[i].fetch);
        buf_done(&job->part[i].list);
        catalog_leave(job->at->catalog, &job->part[i].waiter);
    }
    loop_undefer(job->at->loop, &job->finish);
    shared_config_unref(job->shared);
    buf_done(&job->headers);
    free(job->id);
    free(job->path);
    free(job);
}

static void on_closed(void *arg, bool client_gone)
{
    (void)client_gone;
    job_free(arg);
}

static void part_done(struct part *part)
{
    part->pending = false;
    part->gone = part->provider->kind == PROVIDER_OLLAMA &&
                 catalog_is_older(part->job->at->catalog, part->provider, GONE_MS);
    for (size_t i = 0; i < part->job->count; i++)
        if (part->job->part[i].pending)
            return;
    loop_defer(part->job->at->loop, &part->job->finish);
}

/* Whom we ask, and with what: the app's own key may open other models. */
static void put_question(const struct part *part, struct buf *ret)
{
    buf_init(ret, 2 * HEADERS_MAX);
    if (buf_append_string(ret, part->provider->base_url) < 0 || buf_append(ret, "", 1) < 0 ||
        buf_append_text(ret, buf_text(&part->job->headers)) < 0)
        buf_reset(ret);
}

static void keep_list(struct part *part)
{
    struct endpoints *at = part->job->at;
    struct text body = fetch_body(part->fetch);
    struct buf question;
    if (fetch_status(part->fetch) != 200 || !model_page_is_list(body) ||
        buf_append_text(&part->list, body) < 0)
        return;
    put_question(part, &question);
    model_lists_keep(&at->model_lists, buf_text(&question), body, loop_now_ms(at->loop));
    buf_done(&question);
}

/* True: it is there already. */
static bool recall_list(struct part *part)
{
    struct endpoints *at = part->job->at;
    struct buf question;
    put_question(part, &question);
    struct text kept =
        model_lists_get(&at->model_lists, buf_text(&question), loop_now_ms(at->loop));
    buf_done(&question);
    return kept.at && buf_append_text(&part->list, kept) == 0;
}

static void on_fetch(void *arg)
{
    struct part *part = arg;
    if (!part->job->id)
        keep_list(part);
    part_done(part);
}

static void on_catalog(struct catalog_waiter *waiter)
{
    part_done(OWNER(waiter, struct part, waiter));
}

/* NULL: the server does not answer. */
static const struct ollama_models *ollama_models_of(const struct part *part)
{
    return part->gone ? NULL : catalog_models(part->job->at->catalog, part->provider);
}

static bool add_part(const struct part *part, struct buf *list)
{
    const struct config_provider *provider = part->provider;
    if (provider->kind == PROVIDER_OLLAMA) {
        const struct ollama_models *models = ollama_models_of(part);
        if (models)
            model_page_add_ollama(provider, models, list);
        return models != NULL;
    }
    if (part->list.len)
        model_page_add_cloud(part->first ? NULL : provider->name, buf_text(&part->list), list);
    return part->list.len > 0;
}

static void reply_none(struct models_job *job)
{
    static const struct reply_error error = {502, "upstream_error", "network",
                                             "no provider could be asked for its models"};
    struct reply reply;
    reply_from_error(&reply, &error);
    inbound_reply_take(job->inbound, &reply);
}

static void reply_list(struct models_job *job)
{
    struct buf list;
    struct reply reply;
    bool any = false;
    buf_init(&list, LIST_MAX);
    for (size_t i = 0; i < job->count; i++)
        any = add_part(&job->part[i], &list) || any;
    if (!any) {
        buf_done(&list);
        reply_none(job);
        return;
    }
    reply_json(&reply, 200, text_of("{\"object\":\"list\",\"data\":["));
    reply_append(&reply, buf_text(&list));
    reply_append(&reply, text_of("]}"));
    buf_done(&list);
    inbound_reply_take(job->inbound, &reply);
}

static void reply_unknown_model(struct models_job *job)
{
    char *message = xasprintf("the model '%s:%s' does not exist: see `ollama list`, or get it by "
                              "`ollama pull %s`",
                              job->part[0].provider->name, job->id, job->id);
    const struct reply_error error = {404, "invalid_request_error", "model_not_found", message};
    struct reply reply;
    reply_from_error(&reply, &error);
    free(message);
    inbound_reply_take(job->inbound, &reply);
}

static void reply_one_of_ollama(struct models_job *job)
{
    const struct ollama_models *models = ollama_models_of(&job->part[0]);
    const struct ollama_model *model = models ? ollama_model_find(models, text_of(job->id)) : NULL;
    if (!models) {
        reply_none(job);
        return;
    }
    if (!model) {
        reply_unknown_model(job);
        return;
    }
    struct reply reply;
    reply_json(&reply, 200, (struct text){0});
    if (model_page_ollama_entry(job->part[0].provider, model, &reply.body) < 0)
        reply_append(&reply, text_of("{}"));
    inbound_reply_take(job->inbound, &reply);
}

/* What it says, with the name that was asked for; an error in its own words. */
static void reply_one_of_cloud(struct models_job *job)
{
    const struct part *part = &job->part[0];
    int status = part->fetch ? fetch_status(part->fetch) : 0;
    struct text body = part->fetch ? fetch_body(part->fetch) : (struct text){0};
    bool error = status >= 400 && jsonspan_check(body, NULL) == 0;
    struct reply reply;
    reply_json(&reply, status, error ? body : (struct text){0});
    bool named =
        status == 200 && model_page_named_entry(part->provider->name, body, &reply.body) == 0;
    if (!named && !error) {
        reply_done(&reply);
        reply_none(job);
        return;
    }
    if (error)
        reply_header(&reply, "x-should-retry", "false");
    inbound_reply_take(job->inbound, &reply);
}

static void on_finish(struct loop_task *task)
{
    struct models_job *job = OWNER(task, struct models_job, finish);
    if (!job->id)
        reply_list(job);
    else if (job->count == 0)
        reply_none(job);
    else if (job->part[0].provider->kind == PROVIDER_OLLAMA)
        reply_one_of_ollama(job);
    else
        reply_one_of_cloud(job);
}

static void add_ask(struct models_job *job, const struct config_provider *provider)
{
    struct part *part = &job->part[job->count++];
    *part = (struct part){
        .job = job, .provider = provider, .waiter = {.ready = on_catalog}, .pending = true};
    buf_init(&part->list, LIST_MAX);
}

static void start_part(struct part *part)
{
    struct models_job *job = part->job;
    if (part->provider->kind == PROVIDER_OLLAMA) {
        if (catalog_is_older(job->at->catalog, part->provider, FRESH_MS))
            catalog_wait(job->at->catalog, part->provider, &part->waiter);
        else
            part_done(part);
        return;
    }
    if (!job->id && recall_list(part)) {
        part_done(part);
        return;
    }
    const struct fetch_plan plan = {.upstream = job->at->upstream,
                                    .provider = part->provider,
                                    .path = job->path ? job->path : "/models",
                                    .app_headers = &job->headers,
                                    .limit_ms = LIMIT_MS,
                                    .done = on_fetch,
                                    .arg = part};
    part->fetch = fetch_start(&plan);
}

static bool may_be_asked(const struct models_job *job, const struct config_provider *provider)
{
    return route_skip_of(provider, forward_has_authorization(&job->headers),
                         online_is_offline(job->at->online)) == ROUTE_SKIP_NONE;
}

static void ask_route(struct models_job *job)
{
    const struct config *config = job->shared->config;
    bool first = true;
    for (size_t i = 0; i < config->route.priority.count && job->count < PROVIDER_MAX; i++) {
        const struct config_provider *provider =
            config_provider_by_name(config, text_of(config->route.priority.at[i]));
        if (!provider)
            continue;
        bool cloud = provider->kind == PROVIDER_OPENAI;
        if (may_be_asked(job, provider)) {
            add_ask(job, provider);
            job->part[job->count - 1].first = cloud && first;
        }
        first = first && !cloud;
    }
}

static const struct inbound_job models_inbound_job = {.closed = on_closed};

static struct models_job *job_new(struct endpoints *at, struct inbound *inbound)
{
    struct models_job *job = xcalloc(1, sizeof(*job));
    job->at = at;
    job->shared = shared_config_ref(*at->shared);
    job->inbound = inbound;
    job->finish.run = on_finish;
    buf_init(&job->headers, HEADERS_MAX);
    const struct forward_app app = inbound_forward_app(inbound);
    alloc_must(forward_collect(&app, &job->headers));
    inbound_set_job(inbound, &models_inbound_job, job);
    return job;
}

static void ask_owner(struct models_job *job, const struct config_provider *owner, struct text name)
{
    const struct config_provider *provider =
        config_provider_by_name(job->shared->config, text_of(owner->name));
    struct buf plain;
    buf_init(&plain, name.len);
    (void)!model_page_unescape(name, &plain);
    job->id = xstrdup(buf_text(&plain).at);
    buf_done(&plain);
    job->path = xasprintf("/models/%.*s", TEXT_ARG(name));
    if (may_be_asked(job, provider))
        add_ask(job, provider);
}

static void start_parts(struct models_job *job)
{
    if (job->count == 0)
        loop_defer(job->at->loop, &job->finish);
    for (size_t i = 0; i < job->count; i++)
        start_part(&job->part[i]);
}

void models_start(struct endpoints *at, struct inbound *inbound)
{
    struct text id = inbound->verdict.model_id, name;
    const struct config_provider *owner = model_page_owner(endpoints_config(at), id, &name);
    if (id.len && !owner) {
        exchange_start(at->exchanges, inbound); /* a cloud's model: passed through */
        return;
    }
    struct models_job *job = job_new(at, inbound);
    if (owner)
        ask_owner(job, owner, name);
    else
        ask_route(job);
    start_parts(job);
}
