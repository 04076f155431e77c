/*
 * A list is made of the parts that can be had within a few seconds: a cloud's entries as they came,
 * an Ollama's models as PROVIDER:NAME, so that asking for one goes to its owner.
 */
#include "models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "alloc.h"
#include "catalog.h"
#include "exchange.h"
#include "fetch.h"
#include "forward.h"
#include "inbound.h"
#include "jsonspan.h"
#include "log.h"
#include "online.h"
#include "route.h"
#include "server.h"
#include "worker.h"

#define LIMIT_MS     5000
#define HEADERS_MAX  (256u << 10)
#define LIST_MAX     (32u << 20)
#define PROVIDER_MAX ROUTE_STEPS_MAX

struct part {
    struct models_job *job;
    const struct config_provider *provider;
    struct fetch *fetch;          /* an openai provider */
    struct catalog_waiter waiter; /* an Ollama */
    bool pending;
};

struct models_job {
    struct worker *worker;
    struct settings *settings;
    struct inbound *inbound; /* NULL when the client is gone */
    char *id;                /* one model of an Ollama; NULL = the list */
    struct buf headers;
    struct part part[PROVIDER_MAX];
    size_t count;
    struct loop_task finish;
};

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static void job_free(struct models_job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        fetch_free(job->part[i].fetch);
        catalog_leave(job->worker->catalog, &job->part[i].waiter);
    }
    loop_undefer(&job->worker->loop, &job->finish);
    settings_unref(job->settings);
    buf_done(&job->headers);
    free(job->id);
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
    for (size_t i = 0; i < part->job->count; i++)
        if (part->job->part[i].pending)
            return;
    loop_defer(&part->job->worker->loop, &part->job->finish);
}

static void on_fetch(void *arg)
{
    part_done(arg);
}

static void on_catalog(struct catalog_waiter *waiter)
{
    part_done(OWNER(waiter, struct part, waiter));
}

/* RFC 3339 with any fraction and zone, to seconds since 1970; 0 when it is something else. */
static json_int_t seconds_of(const char *date)
{
    struct tm tm = {0};
    const char *rest = date ? strptime(date, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    if (!rest)
        return 0;
    rest += strspn(rest, ".0123456789");
    int hours = 0, minutes = 0;
    if ((*rest == '+' || *rest == '-') && sscanf(rest + 1, "%2d:%2d", &hours, &minutes) != 2)
        return 0;
    int offset_s = (hours * 60 + minutes) * 60;
    return timegm(&tm) - (*rest == '-' ? -offset_s : offset_s);
}

static char *ollama_model_json(const struct config_provider *provider,
                               const struct ollama_model *model)
{
    char *id = xasprintf("%s:%s", provider->name, model->name);
    json_t *json = json_pack("{s:s, s:s, s:I, s:s}", "id", id, "object", "model", "created",
                             seconds_of(model->modified_at), "owned_by", provider->name);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    free(id);
    return text;
}

static void add_item(struct buf *list, struct text item)
{
    if (list->len)
        (void)!buf_append(list, ",", 1);
    (void)!buf_append_text(list, item);
}

static void add_ollama(struct part *part, struct buf *list)
{
    const struct ollama_models *models = catalog_models(part->job->worker->catalog, part->provider);
    for (size_t i = 0; i < models->count; i++) {
        if (models->at[i].remote && !part->provider->allow_cloud)
            continue;
        char *item = ollama_model_json(part->provider, &models->at[i]);
        if (item)
            add_item(list, text_of(item));
        free(item);
    }
}

/* Entries of a cloud that is not the first are named PROVIDER:ID: else the first would be asked. */
static void add_named(const struct part *part, struct text item, struct buf *list)
{
    json_t *json = json_loadb(item.at, item.len, 0, NULL);
    const char *id = json_string_value(json_object_get(json, "id"));
    if (id) {
        char *named = xasprintf("%s:%s", part->provider->name, id);
        (void)json_object_set_new(json, "id", json_string(named));
        free(named);
        char *text = json_dumps(json, JSON_COMPACT);
        if (text)
            add_item(list, text_of(text));
        free(text);
    }
    json_decref(json);
}

static bool add_cloud(const struct part *part, bool first, struct buf *list)
{
    struct text body = fetch_body(part->fetch), data, item;
    size_t position = 0;
    if (fetch_status(part->fetch) != 200 || jsonspan_check(body, NULL) < 0 ||
        !jsonspan_get(body, "data", &data) || jsonspan_type(data) != JSONSPAN_ARRAY)
        return false;
    while (jsonspan_next(data, &position, &item)) {
        if (first)
            add_item(list, item);
        else
            add_named(part, item, list);
    }
    return true;
}

static bool add_part(struct models_job *job, size_t index, bool *first_cloud, struct buf *list)
{
    struct part *part = &job->part[index];
    if (part->provider->kind == PROVIDER_OLLAMA) {
        add_ollama(part, list);
        return catalog_models(job->worker->catalog, part->provider)->known;
    }
    bool first = *first_cloud;
    *first_cloud = false;
    return add_cloud(part, first, list);
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
    bool first_cloud = true, any = false;
    buf_init(&list, LIST_MAX);
    for (size_t i = 0; i < job->count; i++)
        any = add_part(job, i, &first_cloud, &list) || any;
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

static void reply_one(struct models_job *job)
{
    const struct ollama_models *models =
        catalog_models(job->worker->catalog, job->part[0].provider);
    const struct ollama_model *model = ollama_model_find(models, text_of(job->id));
    if (!models->known) {
        reply_none(job);
        return;
    }
    if (!model) {
        reply_unknown_model(job);
        return;
    }
    struct reply reply;
    char *text = ollama_model_json(job->part[0].provider, model);
    reply_json(&reply, 200, text_of(text ? text : "{}"));
    free(text);
    inbound_reply_take(job->inbound, &reply);
}

static void on_finish(struct loop_task *task)
{
    struct models_job *job = OWNER(task, struct models_job, finish);
    if (job->id)
        reply_one(job);
    else
        reply_list(job);
}

static void add_ask(struct models_job *job, const struct config_provider *provider)
{
    struct part *part = &job->part[job->count++];
    *part = (struct part){
        .job = job, .provider = provider, .waiter = {.ready = on_catalog}, .pending = true};
}

static void start_part(struct part *part)
{
    struct models_job *job = part->job;
    if (part->provider->kind == PROVIDER_OLLAMA) {
        if (catalog_is_older(job->worker->catalog, part->provider, 1000))
            catalog_wait(job->worker->catalog, part->provider, &part->waiter);
        else
            part_done(part);
        return;
    }
    const struct fetch_plan plan = {.worker = job->worker,
                                    .provider = part->provider,
                                    .path = "/models",
                                    .app_headers = &job->headers,
                                    .limit_ms = LIMIT_MS,
                                    .done = on_fetch,
                                    .arg = part};
    part->fetch = fetch_start(&plan);
}

static bool may_be_asked(const struct models_job *job, const struct config_provider *provider)
{
    if (!provider->local && online_is_offline(job->worker->online))
        return false;
    return provider->kind == PROVIDER_OLLAMA || provider->api_key || provider->no_key ||
           forward_has_authorization(&job->headers);
}

static void ask_route(struct models_job *job)
{
    const struct config *config = job->settings->config;
    for (size_t i = 0; i < config->route.priority.count && job->count < PROVIDER_MAX; i++) {
        const struct config_provider *provider =
            config_provider_by_name(config, text_of(config->route.priority.at[i]));
        if (provider && may_be_asked(job, provider))
            add_ask(job, provider);
    }
}

static const struct inbound_job models_inbound_job = {.closed = on_closed};

static struct models_job *job_new(struct inbound *inbound)
{
    struct models_job *job = xcalloc(1, sizeof(*job));
    job->worker = server_worker(inbound->server);
    job->settings = settings_ref(job->worker->settings);
    job->inbound = inbound;
    job->finish.run = on_finish;
    buf_init(&job->headers, HEADERS_MAX);
    forward_collect(inbound, &job->headers);
    inbound_set_job(inbound, &models_inbound_job, job);
    return job;
}

/* "PROVIDER:NAME" of an Ollama: *ret_name behind the colon. NULL for any other ID. */
static const struct config_provider *ollama_owner(const struct config *config, const char *id,
                                                  const char **ret_name)
{
    const char *colon = strchr(id, ':');
    if (!colon)
        return NULL;
    const struct config_provider *provider =
        config_provider_by_name(config, text_make(id, (size_t)(colon - id)));
    *ret_name = colon + 1;
    return provider && provider->kind == PROVIDER_OLLAMA ? provider : NULL;
}

static char *decode(struct text encoded)
{
    char *out = xcalloc(encoded.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < encoded.len; i++) {
        unsigned byte;
        if (encoded.at[i] == '%' && i + 2 < encoded.len &&
            sscanf(encoded.at + i + 1, "%2x", &byte) == 1) {
            out[n++] = (char)byte;
            i += 2;
        } else {
            out[n++] = encoded.at[i];
        }
    }
    return out;
}

static void start_parts(struct models_job *job)
{
    if (job->count == 0)
        loop_defer(&job->worker->loop, &job->finish);
    for (size_t i = 0; i < job->count; i++)
        start_part(&job->part[i]);
}

void models_start(struct inbound *inbound)
{
    const struct config *config = server_config(inbound->server);
    const char *name = NULL;
    char *id = decode(inbound->verdict.model_id);
    const struct config_provider *owner = ollama_owner(config, id, &name);
    bool list = inbound->verdict.model_id.len == 0;
    if (!list && !owner) {
        free(id);
        exchange_start(inbound); /* a cloud's model: passed through */
        return;
    }
    struct models_job *job = job_new(inbound);
    if (owner) {
        job->id = xstrdup(name);
        add_ask(job, config_provider_by_name(job->settings->config, text_of(owner->name)));
    } else {
        ask_route(job);
    }
    free(id);
    start_parts(job);
}
