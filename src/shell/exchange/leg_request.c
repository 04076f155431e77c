/*
 * The request for one provider. An openai provider gets the app's own bytes, with the model's name
 * spliced in where a setting or a prefix changes it; Ollama gets a translation, or what it
 * understands itself: embeddings. So does whoever is asked in another dialect than the app's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answer/resume.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "config/announce.h"
#include "dialect/dialect.h"
#include "exchange/leg.h"
#include "machine/process.h"
#include "ollama/ollama.h"
#include "ollama/ollama_plan.h"
#include "openai/dialect_openai.h"
#include "provider/health.h"
#include "provider/local_switch.h"
#include "provider/warmup.h"
#include "request/request_members.h"
#include "request/request_model.h"
#include "rules/forward.h"
#include "text/count.h"
#include "text/join.h"
#include "travel/call_signature.h"
#include "travel/foreign.h"
#include "travel/tool_ids.h"

#define BODY_MAX    (256u << 20)
#define HEADERS_MAX (256u << 10)
/* What is added to the fields of the app, about: a key, our name. */
#define OWN_FIELDS 256
/* ANNOUNCE_MAX of nothing but names. */
#define ANNOUNCEMENT_MAX (256u << 10)

void leg_request_done(struct leg_request *request)
{
    free(request->model);
    free(request->url);
    buf_done(&request->body);
    buf_done(&request->headers);
    buf_done(&request->dropped);
    buf_done(&request->announcement);
    *request = (struct leg_request){0};
}

const char *leg_model(const struct leg *leg)
{
    const char *asked = leg->plan.inquiry->facts.model;
    if (leg->request.model)
        return leg->request.model;
    return asked ? asked : "";
}

static const struct route_step *step_of(const struct leg *leg)
{
    return &leg->plan.inquiry->route.step[leg->plan.step];
}

/* The app's own bytes, with that model's name. */
static int splice_model(struct leg *leg, const char *model, struct error *reterr)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    struct leg_request *request = &leg->request;
    request->own_body = true;
    int r = request_with_model(buf_text(&inquiry->body), inquiry->facts.model_span, model,
                               &request->body);
    if (r < 0)
        error_set(reterr, "the request could not be made: %s", strerror(-r));
    return r;
}

/* A provider that has no /responses is asked in chat, and so is one that goes on with a text. */
static const struct dialect *speaks_of(const struct leg *leg)
{
    const struct kind *kind = leg->provider->kind;
    enum api_path path = leg->plan.inquiry->path;
    const struct dialect *spoken = dialect_spoken(kind, path);
    const struct dialect *chat = dialect_spoken(kind, API_PATH_CHAT);
    if (leg->prefill)
        return chat;
    bool has = path != API_PATH_RESPONSES || spoken != dialect_asked(path) ||
               health_has_responses(leg->provider, loop_now_ms(leg->plan.means->loop));
    return has || !chat || !chat->provider ? spoken : chat;
}

bool leg_is_translated(const struct leg *leg)
{
    const struct dialect *speaks = leg->request.speaks;
    return speaks && speaks != inquiry_dialect(leg->plan.inquiry);
}

/* Where none is named, one is put in for those alone that need it. */
static int make_as_it_came(struct leg *leg, struct error *reterr)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    const struct route_step *step = step_of(leg);
    const char *version =
        api_path_is_of_ollama(inquiry->path) ? "" : leg->provider->kind->version; /* it has none */
    leg->request.url =
        xjoin(JOIN(text_of(leg->provider->base_url), text_of(version), text_of(inquiry->target)));
    bool named = inquiry->facts.has_model;
    if (!step->model || (!named && !inquiry_is_judged(inquiry)))
        return 0;
    leg->request.model = xstrdup(step->model);
    if (named && strcmp(step->model, inquiry->facts.model) == 0)
        return 0;
    return splice_model(leg, step->model, reterr);
}

/* For the provider of that step, which may be another one than the leg's. Where nothing may leave
 * the machine, nor may what an Ollama itself sends to its cloud. */
static int make_plan(const struct leg *leg, struct ollama_plan_query *query,
                     struct ollama_plan *plan, struct error *reterr)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    query->near_only = local_switch_is_on();
    query->known = catalog_known(leg->plan.means->catalog, query->step->provider);
    query->embeds = inquiry->path == API_PATH_EMBEDDINGS;
    query->facts = &inquiry->facts;
    query->count = inquiry_count_prompt(inquiry);
    query->now_ms = loop_now_ms(leg->plan.means->loop);
    return ollama_plan(query, plan, reterr);
}

int64_t leg_widest_window(const struct leg *leg)
{
    const struct ollama_models *models = catalog_models(leg->plan.means->catalog, leg->provider);
    if (leg->provider->num_ctx > 0 || !leg->request.model)
        return leg->request.num_ctx;
    return ollama_window_widest(ollama_model_find(models, text_of(leg->request.model)));
}

/* For who is asked in another dialect than the app's; app and speaks of target are set here. */
static int translate(struct leg *leg, struct dialect_target *target, struct error *reterr)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    struct leg_request *request = &leg->request;
    target->app = inquiry_dialect(inquiry);
    target->speaks = request->speaks;
    int r = dialect_translate_request(buf_text(&inquiry->body), target, &request->body,
                                      &request->dropped, reterr);
    if (r < 0) {
        error_set(reterr, "the request could not be translated: %s", strerror(-r));
        return r;
    }
    request->own_body = true;
    request->url =
        xjoin(JOIN(text_of(leg->provider->base_url), text_of(target->speaks->provider->path)));
    return 0;
}

/* What the provider's model can do is not known; it is the one that the route names. */
static int make_translated(struct leg *leg, struct error *reterr)
{
    const struct route_step *step = step_of(leg);
    if (step->model)
        leg->request.model = xstrdup(step->model);
    struct dialect_target target = {.model = leg_model(leg),
                                    .official = dialect_openai_is_official(leg->provider->base_url),
                                    .without = leg->without};
    return translate(leg, &target, reterr);
}

static int translate_for_ollama(struct leg *leg, const struct ollama_plan *plan, struct text begun,
                                struct error *reterr)
{
    struct dialect_target target = {
        .model = plan->name,
        .capabilities_known = plan->model && plan->model->capabilities_known,
        .capabilities = plan->model ? plan->model->capabilities : 0,
        .num_ctx = plan->num_ctx,
        .without = leg->without,
        .keep_alive = leg->provider->keep_alive,
        .begun = begun,
    };
    int r = translate(leg, &target, reterr);
    if (r < 0)
        return r;
    catalog_note_window(leg->plan.means->catalog, leg->provider, plan->name, plan->num_ctx);
    leg->request.num_ctx = ollama_plan_window(plan);
    leg->request.count = plan->count;
    return 0;
}

/* The same name, whether it tells the usual tag or not? */
static bool is_same_model(const char *a, const char *b)
{
    return text_same(ollama_name_plain(text_of(a)), ollama_name_plain(text_of(b)));
}

/* To Ollama's own /api: as it came where the app names that model, else as a stand-in. Its window
 * is the app's business where the app has set one, or asked for this very model. */
static int pass_to_own(struct leg *leg, const struct ollama_plan *plan, struct error *reterr)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    struct leg_request *request = &leg->request;
    const char *asked = inquiry->facts.model ? inquiry->facts.model : "";
    const char *behind = strchr(asked, ':');
    int64_t window = 0;
    request->url =
        xjoin(JOIN(text_of(leg->provider->base_url), text_of(api_path_name(inquiry->path))));
    if (is_same_model(asked, plan->name))
        return 0;
    if (!step_of(leg)->from_preference && behind && is_same_model(behind + 1, plan->name))
        return splice_model(leg, plan->name, reterr);
    int r = ollama_stand_in(buf_text(&inquiry->body), plan->name, plan->num_ctx, &request->body,
                            &window);
    request->own_body = true;
    if (r < 0) {
        error_set(reterr, "the request could not be made: %s", strerror(-r));
        return r;
    }
    catalog_note_window(leg->plan.means->catalog, leg->provider, plan->name, window);
    if (window == plan->num_ctx) {
        request->num_ctx = ollama_plan_window(plan);
        request->count = plan->count;
    }
    return 0;
}

char *leg_render_request(const struct leg *leg)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    struct error why = ERROR_NONE;
    struct buf out, dropped;
    char *text = NULL;
    const struct dialect_target target = {.app = inquiry_dialect(inquiry),
                                          .speaks =
                                              dialect_spoken(leg->provider->kind, API_PATH_CHAT),
                                          .model = leg->request.model,
                                          .begun = buf_text(&leg->plan.resume->text),
                                          .render_only = true};
    buf_init(&out, BODY_MAX);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    if (dialect_translate_request(buf_text(&inquiry->body), &target, &out, &dropped, &why) == 0)
        text = buf_steal(&out, NULL);
    buf_done(&out);
    buf_done(&dropped);
    return text;
}

/* ---- what of a request is changed, of the app's own bytes and of a translation alike */

static int leave_out_foreign(struct leg *leg, struct text body, struct buf *out, bool *ret_changed)
{
    return foreign_leave_out(body, leg->foreign, out, &leg->request.dropped, ret_changed);
}

static int change_members(struct leg *leg, struct text body, struct buf *out, bool *ret_changed)
{
    return request_members_change(body, leg->provider, out, &leg->request.dropped, ret_changed);
}

static int change_ids(struct leg *leg, struct text body, struct buf *out, bool *ret_changed)
{
    return tool_ids_change(body, leg->provider->tool_ids, out, ret_changed);
}

static int sign_calls(struct leg *leg, struct text body, struct buf *out, bool *ret_changed)
{
    if (!leg_is_translated(leg) || !leg->provider->signed_calls)
        return 0;
    return call_signature_put(body, out, ret_changed);
}

/* Each changes what the one before has left. */
static int edit_body(struct leg *leg, struct error *reterr)
{
    static int (*const edits[])(struct leg *, struct text, struct buf *, bool *) = {
        leave_out_foreign, change_members, change_ids, sign_calls};
    const struct inquiry *inquiry = leg->plan.inquiry;
    struct leg_request *request = &leg->request;
    int r = 0;
    for (size_t i = 0; i < COUNT(edits) && r == 0 && !api_path_is_unread(inquiry->path); i++) {
        struct buf changed;
        bool is_changed = false;
        buf_init(&changed, BODY_MAX);
        r = edits[i](leg, buf_text(request->own_body ? &request->body : &inquiry->body), &changed,
                     &is_changed);
        if (r < 0 || !is_changed) {
            buf_done(&changed);
            continue;
        }
        buf_done(&request->body);
        request->body = changed;
        request->own_body = true;
    }
    if (r < 0)
        error_set(reterr, "the request could not be made: %s", strerror(-r));
    return r;
}

static int make_ollama(struct leg *leg, struct error *reterr)
{
    struct ollama_plan_query query = {.step = step_of(leg),
                                      .least_tokens = leg->need_tokens,
                                      .begun = leg->prefill ? buf_text(&leg->plan.resume->text)
                                                            : text_make("", 0)};
    struct ollama_plan plan;
    int r = make_plan(leg, &query, &plan, reterr);
    if (r < 0)
        return r;
    leg->request.model = plan.name;
    leg->request.leaves = plan.leaves;
    if (leg_is_translated(leg) || leg->prefill)
        return translate_for_ollama(leg, &plan, query.begun, reterr);
    if (api_path_is_of_ollama(leg->plan.inquiry->path))
        return pass_to_own(leg, &plan, reterr);
    /* To Ollama's own /v1, as it came but for the model. */
    leg->request.url = xasprintf("%s%s%s", leg->provider->base_url, leg->provider->kind->version,
                                 api_path_name(leg->plan.inquiry->path));
    return splice_model(leg, plan.name, reterr);
}

void leg_warm_next(struct leg *leg)
{
    const struct route_step *next = leg->plan.events->outlook(leg->plan.owner, leg).next;
    struct catalog *catalog = leg->plan.means->catalog;
    struct ollama_plan_query query = {.step = next};
    struct ollama_plan plan;
    struct error why = ERROR_NONE;
    if (!inquiry_is_judged(leg->plan.inquiry) || !next)
        return;
    bool known =
        next->provider->kind->has_catalogue && catalog_models(catalog, next->provider)->known;
    switch (ollama_warm_up(next, known)) {
    case OLLAMA_WARM_UP_NOT:
        break;
    case OLLAMA_WARM_UP_LEARN:
        if (!leg->next_models.waiting)
            catalog_wait(catalog, next->provider, &leg->next_models);
        break;
    case OLLAMA_WARM_UP_LOAD:
        if (make_plan(leg, &query, &plan, &why) == 0)
            warmup_start(leg->plan.means->warmup, next->provider, plan.name, plan.num_ctx);
        free(plan.name);
        break;
    }
}

/* An answer that is told by another than the first provider, from its beginning. */
static struct announce announce_of(const struct leg *leg)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    const char *setting = inquiry_config(inquiry)->route.announce;
    struct announce announce = {0};
    struct error why = ERROR_NONE;
    bool wanted = setting && leg->plan.step > 0 && !leg->plan.resume &&
                  request_is_plain_text(&inquiry->facts);
    if (wanted && announce_read(text_of(setting), &announce, &why) < 0)
        announce = (struct announce){0};
    return announce;
}

static void make_announcement(struct leg *leg)
{
    const struct announce announce = announce_of(leg);
    buf_init(&leg->request.announcement, ANNOUNCEMENT_MAX);
    if (announce.text.at)
        alloc_must(announce_write(&announce, text_of(leg->provider->name), text_of(leg_model(leg)),
                                  &leg->request.announcement));
}

void leg_request_sign(struct leg *leg)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    const struct kind *kind = leg->provider->kind;
    char traceparent[TRACEPARENT_SIZE];
    if (leg->span[0])
        traceparent_write(&inquiry->trace.parent, leg->span, traceparent);
    const struct forward_target target = {
        .provider = leg->provider,
        .key = leg->key,
        .json = !kind->takes_app_headers || inquiry_is_judged(inquiry),
        .foreign = kind != forward_app_kind(&inquiry->headers, inquiry->path),
        .credential = step_of(leg)->credential,
        .process = process_id,
        .traceparent = leg->span[0] ? traceparent : NULL,
        .own_trace = inquiry->trace.own};
    buf_done(&leg->request.headers);
    buf_init_secret(&leg->request.headers, HEADERS_MAX);
    buf_reserve(&leg->request.headers, inquiry->headers.len + OWN_FIELDS);
    alloc_must(forward_headers(&inquiry->headers, &target, &leg->request.headers));
}

int leg_request_make(struct leg *leg, struct error *reterr)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    struct leg_request *request = &leg->request;
    struct leg_request before = *request;
    *request = (struct leg_request){0};
    buf_init(&request->body, BODY_MAX);
    buf_init(&request->dropped, DIALECT_DROPPED_MAX);
    leg_request_sign(leg);
    const struct kind *kind = leg->provider->kind;
    request->speaks = speaks_of(leg);
    int r = 0;
    if (kind->has_catalogue && !api_path_is_unread(inquiry->path))
        r = make_ollama(leg, reterr);
    else
        r = leg_is_translated(leg) ? make_translated(leg, reterr) : make_as_it_came(leg, reterr);
    if (r == 0)
        r = edit_body(leg, reterr);
    if (r == 0)
        make_announcement(leg);
    leg_request_done(r < 0 ? request : &before);
    if (r < 0)
        *request = before; /* a retry sends it once more */
    return r;
}

struct relay_options leg_relay_options(const struct leg *leg)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    const struct resume *resume = leg->plan.resume;
    const struct dialect *app = inquiry_dialect(inquiry);
    return (struct relay_options){
        .app = app,
        .from = leg->request.speaks ? leg->request.speaks : app,
        .identity = {.id = resume && resume->id.len ? resume->id.data : inquiry->completion_id,
                     .model = leg_model(leg),
                     .created = resume && resume->created ? resume->created : inquiry->begun_wall_s,
                     .now_ms = clock_monotonic_ms,
                     .begun_ms = inquiry->begun_at_ms},
        .include_usage = inquiry->facts.include_usage,
        .one_tool_call = inquiry->facts.one_tool_call,
        .legacy_call = inquiry->facts.legacy_call,
        .window = leg->request.num_ctx,
        .echo = inquiry->facts.echo,
        .request = buf_text(&inquiry->body),
        .resume = resume,
        .prefilled = leg->prefill,
        .seam = leg->provider->name,
        .announce = buf_text(&leg->request.announcement),
        .announce_behind = announce_of(leg).behind,
        .secrets = leg->provider,
    };
}

const char *leg_absent_path(const struct leg *leg)
{
    return leg->provider->kind->path[leg->plan.inquiry->path].absent;
}
