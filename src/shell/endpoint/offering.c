/* See offering.h. */
#include "endpoint/offering.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "endpoint/endpoints.h"
#include "provider/health.h"
#include "rules/model_lists.h"

#define LIMIT_MS    5000
#define HEADERS_MAX (256u << 10)
#define LIST_MAX    (32u << 20)

static void part_done(struct offering_part *part)
{
    struct offering *offering = part->offering;
    part->pending = false;
    part->gone = offer_is_gone(catalog_age_ms(offering->at->catalog, part->provider));
    for (size_t i = 0; i < offering->offer.count; i++)
        if (offering->part[i].pending)
            return;
    loop_defer(offering->at->loop, &offering->finish);
}

/* Whom we ask, and with what: the app's own key may open other models. */
static void put_question(const struct offering_part *part, struct buf *ret)
{
    buf_init(ret, 2 * HEADERS_MAX);
    if (model_lists_question(part->provider->base_url, buf_text(&part->offering->headers), ret) < 0)
        buf_reset(ret);
}

static void keep_list(struct offering_part *part)
{
    struct endpoints *at = part->offering->at;
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
static bool recall_list(struct offering_part *part)
{
    struct endpoints *at = part->offering->at;
    struct buf question;
    put_question(part, &question);
    struct text kept =
        model_lists_get(&at->model_lists, buf_text(&question), loop_now_ms(at->loop));
    buf_done(&question);
    return kept.at && buf_append_text(&part->list, kept) == 0;
}

static void start_part(struct offering_part *part);

static void on_fetch(void *arg)
{
    struct offering_part *part = arg;
    if (health_key_is_spent(part->provider, part->key, fetch_status(part->fetch),
                            fetch_body(part->fetch), loop_now_ms(part->offering->at->loop))) {
        fetch_free(part->fetch);
        start_part(part);
        return;
    }
    if (!part->offering->one && !part->offering->instead)
        keep_list(part);
    part_done(part);
}

static void on_catalog(struct catalog_waiter *waiter)
{
    part_done(OWNER(waiter, struct offering_part, waiter));
}

/* What each has told goes into the offer only now: the catalogue's may have changed meanwhile. */
static void on_finish(struct loop_task *task)
{
    struct offering *offering = OWNER(task, struct offering, finish);
    for (size_t i = 0; i < offering->offer.count; i++) {
        const struct offering_part *part = &offering->part[i];
        struct offer_source *source = &offering->offer.at[i];
        if (!part->provider->kind->has_catalogue)
            source->answer = buf_text(&part->list);
        else if (!part->gone)
            source->models = catalog_models(offering->at->catalog, part->provider);
    }
    offering->told(offering);
}

static void start_part(struct offering_part *part)
{
    struct offering *offering = part->offering;
    struct catalog *catalog = offering->at->catalog;
    const struct kind *kind = part->provider->kind;
    const char *path = offering->instead ? offering->instead : offering->one;
    if (kind->has_catalogue && !offering->instead) {
        if (offer_is_stale(catalog_age_ms(catalog, part->provider)))
            catalog_wait(catalog, part->provider, &part->waiter);
        else
            part_done(part);
        return;
    }
    if (!path && recall_list(part)) {
        part_done(part);
        return;
    }
    part->key = health_key_beside(part->provider, loop_now_ms(offering->at->loop));
    const struct fetch_plan plan = {.upstream = offering->at->upstream,
                                    .provider = part->provider,
                                    .key = part->key,
                                    .path = path ? path : kind_list(kind),
                                    .app_headers = &offering->headers,
                                    .foreign = kind != offering->app,
                                    .credential = part->credential,
                                    .limit_ms = LIMIT_MS,
                                    .done = on_fetch,
                                    .arg = part};
    part->fetch = fetch_start(&plan);
}

void offering_init(struct offering *offering, struct endpoints *at,
                   void (*told)(struct offering *offering))
{
    *offering = (struct offering){.at = at, .told = told, .finish = {.run = on_finish}};
    offering->shared = shared_config_ref(*at->shared);
    buf_init(&offering->headers, HEADERS_MAX);
}

/* All parts are there before the first is started: one that is done at once must not end it. */
void offering_start(struct offering *offering)
{
    for (size_t i = 0; i < offering->offer.count; i++) {
        offering->part[i] = (struct offering_part){.offering = offering,
                                                   .provider = offering->offer.at[i].provider,
                                                   .credential = offering->offer.at[i].credential,
                                                   .waiter = {.ready = on_catalog},
                                                   .pending = true};
        buf_init(&offering->part[i].list, LIST_MAX);
    }
    if (offering->offer.count == 0)
        loop_defer(offering->at->loop, &offering->finish);
    for (size_t i = 0; i < offering->offer.count; i++)
        start_part(&offering->part[i]);
}

struct model_said offering_said(const struct offering *offering, size_t n)
{
    const struct fetch *fetch = n < offering->offer.count ? offering->part[n].fetch : NULL;
    if (!fetch)
        return (struct model_said){.status = 0};
    return (struct model_said){fetch_status(fetch), fetch_body(fetch)};
}

void offering_done(struct offering *offering)
{
    for (size_t i = 0; i < offering->offer.count; i++) {
        fetch_free(offering->part[i].fetch);
        buf_done(&offering->part[i].list);
        if (offering->part[i].offering)
            catalog_leave(offering->at->catalog, &offering->part[i].waiter);
    }
    loop_undefer(offering->at->loop, &offering->finish);
    shared_config_unref(offering->shared);
    buf_done(&offering->headers);
    free(offering->one);
}
