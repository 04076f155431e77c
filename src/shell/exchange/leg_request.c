/*
 * The request for one provider. An openai provider gets the app's own bytes, with the model's name
 * spliced in where a setting or a prefix changes it; Ollama gets a translation, or what it
 * understands itself: responses and embeddings.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answer/resume.h"
#include "base/alloc.h"
#include "base/process.h"
#include "dialect/dialect.h"
#include "exchange/leg.h"
#include "ollama/ollama.h"
#include "provider/warmup.h"
#include "responses/ollama_responses.h"
#include "rules/forward.h"

#define BODY_MAX    (256u << 20)
#define HEADERS_MAX (256u << 10)

void leg_request_done(struct leg_request *request)
{
    free(request->model);
    free(request->url);
    buf_done(&request->body);
    buf_done(&request->headers);
    buf_done(&request->dropped);
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
    int r = request_with_model(buf_text(&inquiry->body), &inquiry->facts, model, &request->body);
    if (r < 0)
        error_set(reterr, "the request could not be made: %s", strerror(-r));
    return r;
}

/* Where none is named, one is put in for those alone that need it. */
static bool takes_model(const struct inquiry *inquiry)
{
    return inquiry->facts.has_model || inquiry_is_judged(inquiry);
}

static int make_openai(struct leg *leg, struct error *reterr)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    const struct route_step *step = step_of(leg);
    leg->request.url = xasprintf("%s%s", leg->provider->base_url, inquiry->target);
    if (!step->model || !takes_model(inquiry))
        return 0;
    leg->request.model = xstrdup(step->model);
    return splice_model(leg, step->model, reterr);
}

/* Which of an Ollama's models is asked, and what for. */
struct ollama_plan {
    const struct config_provider *provider;
    const struct route_step *step;
    int64_t least_tokens;             /* known to be needed, whatever is estimated */
    struct text begun;                /* beside the conversation: how its answer begins */
    const struct ollama_model *model; /* NULL = it is not known there */
    char *name;                       /* malloc'ed */
    struct ollama_count count;        /* of the prompt */
    int64_t tokens;                   /* with the answer's */
    int64_t num_ctx;
};

static int make_plan(const struct leg *leg, struct ollama_plan *plan, struct error *reterr)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    struct catalog *catalog = leg->plan.means->catalog;
    const struct ollama_models *models = catalog_models(catalog, plan->provider);
    plan->count = *inquiry_count_prompt(inquiry);
    ollama_count_text(plan->begun, &plan->count);
    struct ollama_need need = {.wanted = plan->step->model,
                               .explicit_ = plan->step->model && !plan->step->from_preference,
                               .embeds = inquiry->path == API_PATH_EMBEDDINGS,
                               .facts = &inquiry->facts,
                               .count = &plan->count};
    int r = ollama_choose(plan->provider, models, &need, &plan->name, reterr);
    if (r < 0)
        return r;
    plan->model = ollama_model_find(models, text_of(plan->name));
    int64_t prompt = ollama_count_tokens(&plan->count, plan->model ? &plan->model->rates : NULL);
    plan->tokens = ollama_tokens_with_answer(prompt, inquiry->facts.max_tokens);
    if (plan->tokens < plan->least_tokens)
        plan->tokens = plan->least_tokens;
    int64_t loaded = catalog_window(catalog, plan->provider, plan->name);
    plan->num_ctx = ollama_num_ctx(plan->provider, plan->model, plan->tokens, loaded);
    return 0;
}

/* The model's own window; more is not given to it. */
static int64_t limit_of(const struct ollama_model *model)
{
    return model && model->context_length > 0 ? model->context_length : INT64_MAX;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t leg_widest_window(const struct leg *leg)
{
    const struct ollama_models *models = catalog_models(leg->plan.means->catalog, leg->provider);
    if (leg->provider->num_ctx > 0 || !leg->request.model)
        return leg->request.num_ctx;
    return limit_of(ollama_model_find(models, text_of(leg->request.model)));
}

static int translate(struct leg *leg, const struct ollama_plan *plan, struct error *reterr)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    struct leg_request *request = &leg->request;
    struct dialect_target target = {
        .model = plan->name,
        .capabilities_known = plan->model && plan->model->capabilities_known,
        .capabilities = plan->model ? plan->model->capabilities : 0,
        .num_ctx = plan->num_ctx,
        .without = leg->without,
        .keep_alive = leg->provider->keep_alive,
        .begun = plan->begun,
        .app = inquiry_dialect(inquiry),
    };
    int r = dialect_translate_request(buf_text(&inquiry->body), &target, &request->body,
                                      &request->dropped, reterr);
    if (r < 0) {
        error_set(reterr, "the request could not be translated: %s", strerror(-r));
        return r;
    }
    catalog_note_window(leg->plan.means->catalog, leg->provider, plan->name, plan->num_ctx);
    request->num_ctx = least(plan->num_ctx, limit_of(plan->model));
    request->count = plan->count;
    request->own_body = true;
    request->url = xasprintf("%s%s", leg->provider->base_url, dialect_ollama.chat_path);
    return 0;
}

/* Apps ask the cloud's model for it. */
static bool must_reason_in_vain(const struct inquiry *inquiry, const struct ollama_plan *plan)
{
    bool thinks = plan->model && plan->model->capabilities_known &&
                  (plan->model->capabilities & OLLAMA_CAN_THINKING);
    return inquiry->path == API_PATH_RESPONSES && inquiry->facts.reasoning && !thinks;
}

static int drop_reasoning(struct leg_request *request, struct error *reterr)
{
    struct buf body;
    buf_init(&body, BODY_MAX);
    int r = ollama_responses_without_reasoning(buf_text(&request->body), &body);
    buf_done(&request->body);
    request->body = body;
    if (r < 0)
        error_set(reterr, "the request could not be made: %s", strerror(-r));
    return r;
}

/* To Ollama's own /v1, as it came but for the model, and what that model cannot. */
static int pass_to_ollama(struct leg *leg, const struct ollama_plan *plan, struct error *reterr)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    int r = 0;
    if (inquiry->path == API_PATH_RESPONSES) {
        r = ollama_responses_check(buf_text(&inquiry->body), &leg->request.dropped, reterr);
        if (r == 0)
            r = ollama_responses_fit(plan->model, plan->tokens, reterr);
    }
    if (r < 0)
        return r;
    leg->request.url = xasprintf("%s/v1%s", leg->provider->base_url, api_path_name(inquiry->path));
    r = splice_model(leg, plan->name, reterr);
    if (r == 0 && must_reason_in_vain(inquiry, plan))
        r = drop_reasoning(&leg->request, reterr);
    return r;
}

char *leg_render_request(const struct leg *leg)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    struct error why = ERROR_NONE;
    struct buf out, dropped;
    char *text = NULL;
    const struct dialect_target target = {.model = leg->request.model,
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

static struct text begun_of(const struct leg *leg)
{
    return leg->prefill ? buf_text(&leg->plan.resume->text) : text_make("", 0);
}

static int make_ollama(struct leg *leg, struct error *reterr)
{
    struct ollama_plan plan = {.provider = leg->provider,
                               .step = step_of(leg),
                               .least_tokens = leg->need_tokens,
                               .begun = begun_of(leg)};
    int r = make_plan(leg, &plan, reterr);
    if (r < 0)
        return r;
    leg->request.model = plan.name;
    return inquiry_is_judged(leg->plan.inquiry) ? translate(leg, &plan, reterr)
                                                : pass_to_ollama(leg, &plan, reterr);
}

void leg_warm_next(struct leg *leg)
{
    const struct route_step *step = leg->plan.events->outlook(leg->plan.owner, leg).next;
    bool next = inquiry_is_judged(leg->plan.inquiry) && step && step->skip == ROUTE_SKIP_NONE;
    if (!next || !step->provider->kind->has_catalogue || !step->provider->warm_up)
        return;
    struct catalog *catalog = leg->plan.means->catalog;
    if (!catalog_models(catalog, step->provider)->known) {
        if (!leg->next_models.waiting)
            catalog_wait(catalog, step->provider, &leg->next_models);
        return;
    }
    struct error why = ERROR_NONE;
    struct ollama_plan plan = {.provider = step->provider, .step = step};
    if (make_plan(leg, &plan, &why) == 0)
        warmup_start(leg->plan.means->warmup, step->provider, plan.name, plan.num_ctx);
    free(plan.name);
}

int leg_request_make(struct leg *leg, struct error *reterr)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    struct leg_request *request = &leg->request;
    leg_request_done(request);
    buf_init(&request->body, BODY_MAX);
    buf_init_secret(&request->headers, HEADERS_MAX);
    buf_init(&request->dropped, DIALECT_DROPPED_MAX);
    const struct kind *kind = leg->provider->kind;
    const struct forward_target target = {.provider = leg->provider,
                                          .json = !kind->takes_app_headers ||
                                                  inquiry_is_judged(inquiry),
                                          .process = process_id};
    alloc_must(forward_headers(&inquiry->headers, &target, &request->headers));
    int r = kind->has_catalogue ? make_ollama(leg, reterr) : make_openai(leg, reterr);
    if (r < 0)
        leg_request_done(request);
    return r;
}

struct relay_options leg_relay_options(const struct leg *leg)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    const struct resume *resume = leg->plan.resume;
    const char *model = leg->request.model ? leg->request.model : inquiry->facts.model;
    return (struct relay_options){
        .from = leg->provider->kind,
        .identity = {.id = resume ? resume->id.data : inquiry->completion_id,
                     .model = model,
                     .created = resume ? resume->created : inquiry->begun_wall_s},
        .include_usage = inquiry->facts.include_usage,
        .one_tool_call = inquiry->facts.one_tool_call,
        .legacy_call = inquiry->facts.legacy_call,
        .window = leg->request.num_ctx,
        .app = inquiry_dialect(inquiry),
        .echo = inquiry->facts.echo,
        .resume = resume,
        .prefilled = leg->prefill,
        .seam = leg->provider->name,
        .responses = api_path_is_of_responses(text_of(inquiry->target)),
    };
}

const char *leg_absent_path(const struct leg *leg)
{
    return leg->provider->kind->path[leg->plan.inquiry->path].absent;
}
