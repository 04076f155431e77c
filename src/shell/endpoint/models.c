/*
 * The answer is made (offer.h, model_page.h) of what can be had within a few seconds. A cloud's
 * list is kept for some seconds; what an Ollama has, the catalogue knows.
 */
#include "endpoint/models.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "call/fetch.h"
#include "endpoint/endpoints.h"
#include "endpoint/inbound_client.h"
#include "provider/catalog.h"
#include "provider/online.h"
#include "rules/forward.h"
#include "serve/inbound.h"
#include "tell/model_page.h"

#define LIMIT_MS    5000
#define HEADERS_MAX (256u << 10)
#define LIST_MAX    (32u << 20)

struct part {
    struct models_job *job;
    const struct config_provider *provider;
    struct fetch *fetch;          /* a cloud is asked */
    struct buf list;              /* its answer, of this or an earlier question; empty = none */
    struct catalog_waiter waiter; /* an Ollama is asked */
    bool credential;              /* the app's own is for it */
    bool gone;                    /* it did not answer, whatever it said some time ago */
    bool pending;
};

struct models_job {
    struct endpoints *at;
    struct shared_config *shared;
    struct inbound *inbound; /* NULL when the client is gone */
    char *name;              /* one model of the only part, its prefix taken off; NULL = the list */
    char *path;              /* where a cloud is asked for it */
    struct buf headers;
    const struct kind *app; /* that the app was made for */
    struct offer offer;
    struct part part[ROUTE_STEPS_MAX]; /* who tells, in the order of the offer */
    struct loop_task finish;
};

static void job_free(struct models_job *job)
{
    for (size_t i = 0; i < job->offer.count; i++) {
        fetch_free(job->part[i].fetch);
        buf_done(&job->part[i].list);
        catalog_leave(job->at->catalog, &job->part[i].waiter);
    }
    loop_undefer(job->at->loop, &job->finish);
    shared_config_unref(job->shared);
    buf_done(&job->headers);
    free(job->name);
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
    struct models_job *job = part->job;
    part->pending = false;
    part->gone = offer_is_gone(catalog_age_ms(job->at->catalog, part->provider));
    for (size_t i = 0; i < job->offer.count; i++)
        if (job->part[i].pending)
            return;
    loop_defer(job->at->loop, &job->finish);
}

/* Whom we ask, and with what: the app's own key may open other models. */
static void put_question(const struct part *part, struct buf *ret)
{
    buf_init(ret, 2 * HEADERS_MAX);
    if (model_lists_question(part->provider->base_url, buf_text(&part->job->headers), ret) < 0)
        buf_reset(ret);
}

static void keep_list(struct part *part)
{
    struct endpoints *at = part->job->at;
    struct text body = fetch_body(part->fetch);
    struct buf question;
    if (fetch_status(part->fetch) != 200 || !offer_is_list(body) ||
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
    if (!part->job->name)
        keep_list(part);
    part_done(part);
}

static void on_catalog(struct catalog_waiter *waiter)
{
    part_done(OWNER(waiter, struct part, waiter));
}

static void reply_take(struct models_job *job, struct model_answer *answer)
{
    struct reply reply;
    if (answer->type) {
        const struct reply_error error = {.status = answer->status,
                                          .type = answer->type,
                                          .code = answer->code,
                                          .message = buf_text(&answer->text).at,
                                          .app = inbound_dialect(job->inbound)};
        reply_from_error(&reply, &error);
        model_answer_done(answer);
    } else {
        reply_json(&reply, answer->status, (struct text){0});
        buf_done(&reply.body);
        reply.body = answer->text;
        if (answer->relayed)
            reply_header(&reply, "x-should-retry", "false");
    }
    inbound_reply_take(job->inbound, &reply);
}

/* What each has told goes into the offer only now: the catalogue's may have changed meanwhile. */
static void on_finish(struct loop_task *task)
{
    struct models_job *job = OWNER(task, struct models_job, finish);
    struct catalog *catalog = job->at->catalog;
    struct model_answer answer;
    struct model_said said = {.status = 0};
    struct text version;
    for (size_t i = 0; i < job->offer.count; i++) {
        const struct part *part = &job->part[i];
        struct offer_source *source = &job->offer.at[i];
        if (!part->provider->kind->has_catalogue)
            source->answer = buf_text(&part->list);
        else if (!part->gone)
            source->models = catalog_models(catalog, part->provider);
    }
    if (job->part[0].fetch)
        said =
            (struct model_said){fetch_status(job->part[0].fetch), fetch_body(job->part[0].fetch)};
    const enum model_page_form form = model_page_form(
        job->inbound->verdict.query, inbound_header(job->inbound, "anthropic-version", &version));
    if (job->name) {
        model_page_one(&job->offer, text_of(job->name), &said, &answer);
        model_page_reshape(form, &answer);
    } else {
        model_page_list(&job->offer, form, &answer);
    }
    reply_take(job, &answer);
}

static void start_part(struct part *part)
{
    struct models_job *job = part->job;
    struct catalog *catalog = job->at->catalog;
    if (part->provider->kind->has_catalogue) {
        if (offer_is_stale(catalog_age_ms(catalog, part->provider)))
            catalog_wait(catalog, part->provider, &part->waiter);
        else
            part_done(part);
        return;
    }
    if (!job->name && recall_list(part)) {
        part_done(part);
        return;
    }
    const struct fetch_plan plan = {.upstream = job->at->upstream,
                                    .provider = part->provider,
                                    .path = job->path ? job->path : part->provider->kind->list_path,
                                    .app_headers = &job->headers,
                                    .foreign = part->provider->kind != job->app,
                                    .credential = part->credential,
                                    .limit_ms = LIMIT_MS,
                                    .done = on_fetch,
                                    .arg = part};
    part->fetch = fetch_start(&plan);
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

/* The name is that of the path behind the owner's, still escaped. */
static void name_one(struct models_job *job, const struct kind *kind, struct text name)
{
    struct buf plain;
    buf_init(&plain, name.len);
    (void)!offer_unescape(name, &plain);
    job->name = xstrdup(buf_text(&plain).at);
    buf_done(&plain);
    job->path = xasprintf("%s/%.*s", kind->list_path, TEXT_ARG(name));
}

/* All parts are there before the first is started: one that is done at once must not end the job.
 */
static void start_parts(struct models_job *job)
{
    for (size_t i = 0; i < job->offer.count; i++) {
        job->part[i] = (struct part){.job = job,
                                     .provider = job->offer.at[i].provider,
                                     .credential = job->offer.at[i].credential,
                                     .waiter = {.ready = on_catalog},
                                     .pending = true};
        buf_init(&job->part[i].list, LIST_MAX);
    }
    if (job->offer.count == 0)
        loop_defer(job->at->loop, &job->finish);
    for (size_t i = 0; i < job->offer.count; i++)
        start_part(&job->part[i]);
}

void models_start(struct endpoints *at, struct inbound *inbound)
{
    struct text id = inbound->verdict.model_id, name;
    const struct config_provider *owner = offer_owner(endpoints_config(at), id, &name);
    if (id.len && !owner) {
        inbound_client_start(at, inbound); /* a cloud's model: passed through */
        return;
    }
    struct models_job *job = job_new(at, inbound);
    job->app = forward_app_kind(&job->headers, API_PATH_OTHER);
    const struct offer_query query = {.app = job->app,
                                      .client_credential =
                                          forward_has_credential(&job->headers, job->app),
                                      .offline = online_is_offline(at->online)};
    if (owner) {
        name_one(job, owner->kind, name);
        offer_plan_one(owner, &query, &job->offer);
    } else {
        offer_plan(job->shared->config, &query, &job->offer);
    }
    start_parts(job);
}
