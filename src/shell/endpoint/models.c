/* The answer is made (model_page.h) of what all have said (offering.h). */
#include "endpoint/models.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "endpoint/endpoints.h"
#include "endpoint/inbound_client.h"
#include "endpoint/offering.h"
#include "provider/local_switch.h"
#include "provider/online.h"
#include "rules/forward.h"
#include "serve/inbound.h"
#include "serve/reply.h"
#include "tell/model_page.h"

struct models_job {
    struct offering offering;
    struct inbound *inbound; /* NULL when the client is gone */
    char *name; /* one model of the only provider, its prefix taken off; NULL = the list */
};

static void on_closed(void *arg, bool client_gone)
{
    struct models_job *job = arg;
    (void)client_gone;
    offering_done(&job->offering);
    free(job->name);
    free(job);
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

static void on_told(struct offering *offering)
{
    struct models_job *job = OWNER(offering, struct models_job, offering);
    struct model_answer answer;
    struct text version;
    const struct model_said said = offering_said(offering, 0);
    const enum model_page_form form = model_page_form(
        job->inbound->verdict.query, inbound_header(job->inbound, "anthropic-version", &version));
    if (job->name) {
        model_page_one(&offering->offer, text_of(job->name), &said, &answer);
        model_page_reshape(form, &answer);
    } else {
        model_page_list(&offering->offer, form, &answer);
    }
    reply_take(job, &answer);
}

static const struct inbound_job models_inbound_job = {.closed = on_closed};

/* The name is that of the path behind the owner's, still escaped. */
static void name_one(struct models_job *job, const struct kind *kind, struct text name)
{
    struct buf plain;
    buf_init(&plain, name.len);
    (void)!offer_unescape(name, &plain);
    job->name = xstrdup(buf_text(&plain).at);
    buf_done(&plain);
    job->offering.one = xasprintf("%s/%.*s", kind->list_path, TEXT_ARG(name));
}

void models_start(struct endpoints *at, struct inbound *inbound)
{
    struct text id = inbound->verdict.model_id, name;
    const struct config_provider *owner = offer_owner(endpoints_config(at), id, &name);
    if (id.len && !owner) {
        inbound_client_start(at, inbound); /* a cloud's model: passed through */
        return;
    }
    const struct strings *bound = config_client_bound(endpoints_config(at), inbound->client);
    struct error why = ERROR_NONE;
    if (owner && !route_may_ask(bound, owner, &why)) {
        struct reply reply;
        reply_not_allowed(&reply, inbound_dialect(inbound), NULL, why.text);
        inbound_reply_take(inbound, &reply);
        return;
    }
    struct models_job *job = xcalloc(1, sizeof(*job));
    struct offering *offering = &job->offering;
    const struct forward_app app = inbound_forward_app(inbound);
    offering_init(offering, at, on_told);
    job->inbound = inbound;
    alloc_must(forward_collect(&app, &offering->headers));
    inbound_set_job(inbound, &models_inbound_job, job);
    offering->app = forward_app_kind(&offering->headers, API_PATH_OTHER);
    const struct offer_query query = {.app = offering->app,
                                      .client_credential =
                                          forward_has_credential(&offering->headers, offering->app),
                                      .bound = bound,
                                      .far = local_switch_far(online_is_offline(at->online))};
    if (owner) {
        name_one(job, owner->kind, name);
        offer_plan_one(owner, &query, &offering->offer);
    } else {
        offer_plan(offering->shared->config, &query, &offering->offer);
    }
    offering_start(offering);
}
