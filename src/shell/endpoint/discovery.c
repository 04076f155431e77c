/*
 * One job for all: everybody of the route is asked (offering.h), then the answer is made of what
 * they have said. An app's own Authorization goes nowhere: it is none of a cloud's.
 */
#include "endpoint/discovery.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "dialect/dialect.h"
#include "endpoint/endpoints.h"
#include "endpoint/inbound_client.h"
#include "endpoint/offering.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "provider/catalog.h"
#include "provider/health.h"
#include "provider/local_switch.h"
#include "provider/online.h"
#include "serve/inbound.h"
#include "tell/ollama_page.h"

#define SHOW_LIMIT_MS 5000
#define BODY_MAX      (32u << 20)
#define NAME_MAX_LEN  65536

struct discovery {
    struct offering offering;
    struct inbound *inbound;
    struct buf name;    /* of the one model that it is about */
    struct fetch *show; /* an Ollama is asked about it */
};

static void on_closed(void *arg, bool client_gone)
{
    struct discovery *job = arg;
    (void)client_gone;
    fetch_free(job->show);
    offering_done(&job->offering);
    buf_done(&job->name);
    free(job);
}

static const struct inbound_job discovery_job = {.closed = on_closed};

static void reply_json_of(struct inbound *inbound, int status, struct buf *body, int r)
{
    struct reply reply;
    reply_json(&reply, status, (struct text){0});
    buf_done(&reply.body);
    reply.body = *body;
    buf_init(body, 0);
    if (r < 0)
        reply_unmade(&reply, dialect_by_word("ollama"));
    inbound_reply_take(inbound, &reply);
}

/* before and behind stand around a name of the app's. */
static void refuse(struct inbound *inbound, int status, const char *before, struct text name,
                   const char *behind)
{
    struct buf message, body;
    buf_init(&message, BODY_MAX);
    buf_init(&body, BODY_MAX);
    int r = buf_printf(&message, "%s%.*s%s", before, TEXT_ARG(name), behind);
    const struct dialect_error error = {.status = status, .message = buf_text(&message)};
    r = r < 0 ? r : dialect_error_write(dialect_by_word("ollama"), &error, &body, &status);
    buf_done(&message);
    reply_json_of(inbound, status, &body, r);
}

/* ---- lists */

/* What everybody answered to what was asked instead of models, where it is an answer. */
static size_t answers_of(const struct offering *offering, struct text *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < offering->offer.count; i++) {
        const struct model_said said = offering_said(offering, i);
        if (said.status == 200)
            ret[count++] = said.body;
    }
    return count;
}

static void on_tags(struct offering *offering)
{
    struct buf body;
    buf_init(&body, BODY_MAX);
    int r = ollama_page_tags(&offering->offer, &body);
    reply_json_of(OWNER(offering, struct discovery, offering)->inbound, 200, &body, r);
}

static void on_ps(struct offering *offering)
{
    struct text answers[ROUTE_STEPS_MAX];
    struct buf body;
    buf_init(&body, BODY_MAX);
    int r = ollama_page_ps(answers, answers_of(offering, answers), &body);
    reply_json_of(OWNER(offering, struct discovery, offering)->inbound, 200, &body, r);
}

static void on_version(struct offering *offering)
{
    struct text answers[ROUTE_STEPS_MAX];
    struct buf body;
    buf_init(&body, BODY_MAX);
    int r = ollama_page_version(answers, answers_of(offering, answers), &body);
    reply_json_of(OWNER(offering, struct discovery, offering)->inbound, 200, &body, r);
}

/* ---- one model */

/* Its own words, whatever they are. */
static void on_show(void *arg)
{
    struct discovery *job = arg;
    struct buf body;
    int status = fetch_status(job->show);
    if (status == 0) {
        refuse(job->inbound, 502, "Ollama did not tell about the model '", buf_text(&job->name),
               "'");
        return;
    }
    buf_init(&body, BODY_MAX);
    int r = buf_append_text(&body, fetch_body(job->show));
    reply_json_of(job->inbound, status, &body, r);
}

static void ask_ollama(struct discovery *job, const struct ollama_page_model *model)
{
    struct buf body;
    buf_init(&body, BODY_MAX);
    struct jsonwrite json = jsonwrite_to(&body);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "model", model->name);
    jsonwrite_close(&json, '}');
    alloc_must(json.r);
    const struct fetch_plan plan = {
        .upstream = job->offering.at->upstream,
        .provider = model->provider,
        .key = health_key_beside(model->provider, loop_now_ms(job->offering.at->loop)),
        .path = "/api/show",
        .body = body.data,
        .limit_ms = SHOW_LIMIT_MS,
        .done = on_show,
        .arg = job};
    job->show = fetch_start(&plan);
    buf_done(&body);
}

static void on_found(struct offering *offering)
{
    struct discovery *job = OWNER(offering, struct discovery, offering);
    struct ollama_page_model model;
    struct buf body;
    const struct config *config = offering->shared->config;
    if (!ollama_page_find(config, &offering->offer, buf_text(&job->name), &model)) {
        refuse(job->inbound, 404, "model '", buf_text(&job->name), "' not found");
    } else if (model.model) {
        ask_ollama(job, &model);
    } else {
        buf_init(&body, BODY_MAX);
        int r = ollama_page_show(config, &model, &body);
        reply_json_of(job->inbound, 200, &body, r);
    }
}

static bool wants_stream(struct text body)
{
    struct text stream;
    return !jsonspan_get(body, "stream", &stream) || jsonspan_type(stream) != JSONSPAN_FALSE;
}

static void on_pull(struct offering *offering)
{
    struct discovery *job = OWNER(offering, struct discovery, offering);
    struct inbound *inbound = job->inbound;
    struct endpoints *at = offering->at;
    struct ollama_page_model model;
    bool there =
        ollama_page_find(offering->shared->config, &offering->offer, buf_text(&job->name), &model);
    if (!there && endpoints_config(at)->server.ollama_admin) {
        on_closed(job, false); /* the request is another job's now */
        inbound_client_start(at, inbound);
        return;
    }
    if (!there) {
        discovery_rest(at, inbound);
        return;
    }
    struct reply reply;
    bool stream = wants_stream(buf_text(&inbound->body));
    reply_own(&reply, 200, stream ? "application/x-ndjson" : "application/json");
    alloc_must(buf_append_string(&reply.body, stream ? "{\"status\":\"success\"}\n"
                                                     : "{\"status\":\"success\"}"));
    inbound_reply_take(inbound, &reply);
}

/* The request is another job's now. */
static void on_known(struct offering *offering)
{
    struct discovery *job = OWNER(offering, struct discovery, offering);
    struct endpoints *at = offering->at;
    struct inbound *inbound = job->inbound;
    on_closed(job, false);
    inbound_client_start(at, inbound);
}

/* ---- beginnings */

static struct discovery *begin(struct endpoints *at, struct inbound *inbound,
                               void (*told)(struct offering *offering))
{
    struct discovery *job = xcalloc(1, sizeof(*job));
    const struct offer_query query = {
        .app = kind_of_apps(API_PATH_OLLAMA),
        .bound = config_client_bound(endpoints_config(at), inbound->client),
        .far = local_switch_far(online_is_offline(at->online))};
    offering_init(&job->offering, at, told);
    job->offering.app = query.app;
    offer_plan(job->offering.shared->config, &query, &job->offering.offer);
    buf_init(&job->name, NAME_MAX_LEN);
    job->inbound = inbound;
    inbound_set_job(inbound, &discovery_job, job);
    return job;
}

/* Every Ollama for that path of its own; NULL = for its models. */
static void ask_instead(struct discovery *job, const char *path)
{
    struct offer *offer = &job->offering.offer;
    size_t kept = 0;
    for (size_t i = 0; i < offer->count; i++)
        if (offer->at[i].provider->kind->has_catalogue)
            offer->at[kept++] = offer->at[i];
    offer->count = kept;
    job->offering.instead = path;
    offering_start(&job->offering);
}

static void ask_about_one(struct endpoints *at, struct inbound *inbound,
                          void (*told)(struct offering *offering))
{
    struct buf name;
    buf_init(&name, NAME_MAX_LEN);
    if (ollama_page_asked(buf_text(&inbound->body), &name) < 0) {
        buf_done(&name);
        refuse(inbound, 400, "model is required", text_of(""), "");
        return;
    }
    struct discovery *job = begin(at, inbound, told);
    job->name = name;
    offering_start(&job->offering);
}

void discovery_version(struct endpoints *at, struct inbound *inbound)
{
    ask_instead(begin(at, inbound, on_version), "/api/version");
}

void discovery_ps(struct endpoints *at, struct inbound *inbound)
{
    ask_instead(begin(at, inbound, on_ps), "/api/ps");
}

void discovery_tags(struct endpoints *at, struct inbound *inbound)
{
    offering_start(&begin(at, inbound, on_tags)->offering);
}

void discovery_show(struct endpoints *at, struct inbound *inbound)
{
    ask_about_one(at, inbound, on_found);
}

void discovery_pull(struct endpoints *at, struct inbound *inbound)
{
    ask_about_one(at, inbound, on_pull);
}

static bool is_ready(struct endpoints *at)
{
    const struct config *config = endpoints_config(at);
    for (size_t i = 0; i < config->route.priority.count; i++) {
        const struct config_provider *provider = config_priority_at(config, i);
        if (provider && catalog_is_asked(provider) && !catalog_is_ready(at->catalog, provider))
            return false;
    }
    return true;
}

/* A model that is installed is asked where it is: so what there is has to be known first. */
void discovery_asked(struct endpoints *at, struct inbound *inbound)
{
    if (is_ready(at))
        inbound_client_start(at, inbound);
    else
        ask_instead(begin(at, inbound, on_known), NULL);
}

void discovery_rest(struct endpoints *at, struct inbound *inbound)
{
    if (endpoints_config(at)->server.ollama_admin) {
        inbound_client_start(at, inbound);
        return;
    }
    refuse(inbound, 403, "", inbound->verdict.path,
           " changes the models of Ollama, or is not served: ask Ollama itself, or set "
           "ollama_admin = yes in [server]");
}
