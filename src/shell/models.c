/*
 * A list is made of the parts that can be had within a few seconds: the first cloud's entries as
 * they came, those of any other provider as PROVIDER:NAME, so that asking for one goes to its
 * owner. A cloud's list is kept for some seconds; what an Ollama has, the catalogue knows.
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
    struct worker *worker;
    struct settings *settings;
    struct inbound *inbound; /* NULL when the client is gone */
    char *id;                /* one model of the only part, its prefix taken off; NULL = the list */
    char *path;              /* where a cloud is asked for it */
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
        buf_done(&job->part[i].list);
        catalog_leave(job->worker->catalog, &job->part[i].waiter);
    }
    loop_undefer(&job->worker->loop, &job->finish);
    settings_unref(job->settings);
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
                 catalog_is_older(part->job->worker->catalog, part->provider, GONE_MS);
    for (size_t i = 0; i < part->job->count; i++)
        if (part->job->part[i].pending)
            return;
    loop_defer(&part->job->worker->loop, &part->job->finish);
}

/* Whom we ask, and with what: the app's own key may open other models. */
static void put_question(const struct part *part, struct buf *ret)
{
    buf_init(ret, 2 * HEADERS_MAX);
    if (buf_append_string(ret, part->provider->base_url) < 0 || buf_append(ret, "", 1) < 0 ||
        buf_append_text(ret, buf_text(&part->job->headers)) < 0)
        buf_reset(ret);
}

static bool is_list(struct text body)
{
    struct text data;
    return jsonspan_check(body, NULL) == 0 && jsonspan_get(body, "data", &data) &&
           jsonspan_type(data) == JSONSPAN_ARRAY;
}

static void keep_list(struct part *part)
{
    struct worker *worker = part->job->worker;
    struct text body = fetch_body(part->fetch);
    struct buf question;
    if (fetch_status(part->fetch) != 200 || !is_list(body) ||
        buf_append_text(&part->list, body) < 0)
        return;
    put_question(part, &question);
    model_lists_keep(&worker->model_lists, buf_text(&question), body, loop_now_ms(&worker->loop));
    buf_done(&question);
}

/* True: it is there already. */
static bool recall_list(struct part *part)
{
    struct worker *worker = part->job->worker;
    struct buf question;
    put_question(part, &question);
    struct text kept =
        model_lists_get(&worker->model_lists, buf_text(&question), loop_now_ms(&worker->loop));
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

/* NULL: the server does not answer. */
static const struct ollama_models *ollama_models_of(const struct part *part)
{
    return part->gone ? NULL : catalog_models(part->job->worker->catalog, part->provider);
}

static bool add_ollama(const struct part *part, struct buf *list)
{
    const struct ollama_models *models = ollama_models_of(part);
    for (size_t i = 0; models && i < models->count; i++) {
        if (models->at[i].remote && !part->provider->allow_cloud)
            continue;
        char *item = ollama_model_json(part->provider, &models->at[i]);
        if (item)
            add_item(list, text_of(item));
        free(item);
    }
    return models != NULL;
}

/* The entry with its id as PROVIDER:ID: else the first cloud would be asked. malloc'ed; NULL when
 * it has none. */
static char *named_json(const struct part *part, struct text item)
{
    json_t *json = json_loadb(item.at, item.len, 0, NULL);
    const char *id = json_string_value(json_object_get(json, "id"));
    char *text = NULL;
    if (id) {
        char *named = xasprintf("%s:%s", part->provider->name, id);
        (void)json_object_set_new(json, "id", json_string(named));
        free(named);
        text = json_dumps(json, JSON_COMPACT);
    }
    json_decref(json);
    return text;
}

static void add_named(const struct part *part, struct text item, struct buf *list)
{
    char *text = named_json(part, item);
    if (text)
        add_item(list, text_of(text));
    free(text);
}

static bool add_cloud(const struct part *part, struct buf *list)
{
    struct text data, item;
    size_t position = 0;
    if (part->list.len == 0 || !jsonspan_get(buf_text(&part->list), "data", &data))
        return false;
    while (jsonspan_next(data, &position, &item)) {
        if (part->first)
            add_item(list, item);
        else
            add_named(part, item, list);
    }
    return true;
}

static bool add_part(const struct part *part, struct buf *list)
{
    return part->provider->kind == PROVIDER_OLLAMA ? add_ollama(part, list) : add_cloud(part, list);
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
    char *text = ollama_model_json(job->part[0].provider, model);
    reply_json(&reply, 200, text_of(text ? text : "{}"));
    free(text);
    inbound_reply_take(job->inbound, &reply);
}

/* What it says, with the name that was asked for; an error in its own words. */
static void reply_one_of_cloud(struct models_job *job)
{
    const struct part *part = &job->part[0];
    int status = part->fetch ? fetch_status(part->fetch) : 0;
    struct text body = part->fetch ? fetch_body(part->fetch) : (struct text){0};
    char *named = status == 200 ? named_json(part, body) : NULL;
    bool error = status >= 400 && jsonspan_check(body, NULL) == 0;
    struct reply reply;
    if (!named && !error) {
        reply_none(job);
        return;
    }
    reply_json(&reply, status, named ? text_of(named) : body);
    if (error)
        reply_header(&reply, "x-should-retry", "false");
    free(named);
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
        if (catalog_is_older(job->worker->catalog, part->provider, FRESH_MS))
            catalog_wait(job->worker->catalog, part->provider, &part->waiter);
        else
            part_done(part);
        return;
    }
    if (!job->id && recall_list(part)) {
        part_done(part);
        return;
    }
    const struct fetch_plan plan = {.worker = job->worker,
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
    if (!provider->local && online_is_offline(job->worker->online))
        return false;
    return provider->kind == PROVIDER_OLLAMA || provider->api_key || provider->no_key ||
           forward_has_authorization(&job->headers);
}

static void ask_route(struct models_job *job)
{
    const struct config *config = job->settings->config;
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

/* "PROVIDER:NAME": *ret_name is what stands behind the colon, as it came. NULL for any other ID. */
static const struct config_provider *owner_of(const struct config *config, struct text id,
                                              struct text *ret_name)
{
    size_t len = 0;
    while (len < id.len && id.at[len] != ':' && id.at[len] != '%')
        len++;
    struct text rest = text_skip(id, len);
    if (!text_starts_nocase(rest, ":") && !text_starts_nocase(rest, "%3a"))
        return NULL;
    *ret_name = text_skip(rest, rest.at[0] == ':' ? 1 : 3);
    return ret_name->len ? config_provider_by_name(config, text_make(id.at, len)) : NULL;
}

static void ask_owner(struct models_job *job, const struct config_provider *owner, struct text name)
{
    const struct config_provider *provider =
        config_provider_by_name(job->settings->config, text_of(owner->name));
    job->id = decode(name);
    job->path = xasprintf("/models/%.*s", TEXT_ARG(name));
    if (may_be_asked(job, provider))
        add_ask(job, provider);
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
    struct text id = inbound->verdict.model_id, name;
    const struct config_provider *owner = owner_of(server_config(inbound->server), id, &name);
    if (id.len && !owner) {
        exchange_start(inbound); /* a cloud's model: passed through */
        return;
    }
    struct models_job *job = job_new(inbound);
    if (owner)
        ask_owner(job, owner, name);
    else
        ask_route(job);
    start_parts(job);
}
