/*
 * The request for one provider. An openai provider gets the app's own bytes, with the model's name
 * spliced in where a setting or a prefix changes it; Ollama gets a translation.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "dialect.h"
#include "exchange_impl.h"
#include "forward.h"
#include "ollama.h"
#include "resume.h"
#include "worker.h"

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
    const char *asked = leg->exchange->facts.model;
    if (leg->request.model)
        return leg->request.model;
    return asked ? asked : "";
}

static const struct route_step *step_of(const struct leg *leg)
{
    return &leg->exchange->route.step[leg->step];
}

static int make_openai(struct leg *leg, struct error *reterr)
{
    const struct exchange *exchange = leg->exchange;
    const struct route_step *step = step_of(leg);
    struct leg_request *request = &leg->request;
    request->url = xasprintf("%s%s", leg->provider->base_url, exchange->target);
    if (!exchange_is_chat(exchange) || !step->model)
        return 0;
    request->model = xstrdup(step->model);
    request->own_body = true;
    int r = request_with_model(buf_text(&exchange->body), &exchange->facts, step->model,
                               &request->body);
    if (r < 0)
        error_set(reterr, "the request could not be made: %s", strerror(-r));
    return r;
}

static int64_t estimate(const struct exchange *exchange)
{
    return ollama_estimate_tokens(buf_text(&exchange->body), &exchange->facts);
}

/* What an overflow has told counts more than what was estimated. */
static int64_t window_for(const struct leg *leg, const struct ollama_model *model)
{
    const struct exchange *exchange = leg->exchange;
    int64_t answer = exchange->facts.max_tokens > 0 ? exchange->facts.max_tokens : 0;
    int64_t loaded = catalog_window(exchange->worker->catalog, leg->provider, leg->request.model);
    int64_t need = estimate(exchange) + answer;
    if (leg->prefill)
        need += (int64_t)exchange->resume->text.len / 3;
    if (need < leg->need_tokens)
        need = leg->need_tokens;
    return ollama_num_ctx(leg->provider, model, need, loaded);
}

static int translate(struct leg *leg, const struct ollama_models *models, struct error *reterr)
{
    const struct exchange *exchange = leg->exchange;
    struct leg_request *request = &leg->request;
    const struct ollama_model *model = ollama_model_find(models, text_of(request->model));
    struct dialect_target target = {
        .model = request->model,
        .capabilities_known = model && model->capabilities_known,
        .capabilities = model ? model->capabilities : 0,
        .num_ctx = window_for(leg, model),
        .keep_alive = leg->provider->keep_alive,
        .begun = leg->prefill ? buf_text(&exchange->resume->text) : (struct text){0},
    };
    int r = dialect_translate_request(buf_text(&exchange->body), &target, &request->body,
                                      &request->dropped, reterr);
    if (r < 0) {
        error_set(reterr, "the request could not be translated: %s", strerror(-r));
        return r;
    }
    catalog_note_window(exchange->worker->catalog, leg->provider, request->model, target.num_ctx);
    request->num_ctx = target.num_ctx;
    request->own_body = true;
    request->url = xasprintf("%s%s", leg->provider->base_url, dialect_ollama.chat_path);
    return 0;
}

char *leg_render_request(const struct leg *leg)
{
    const struct exchange *exchange = leg->exchange;
    struct error why = ERROR_NONE;
    struct buf out, dropped;
    char *text = NULL;
    const struct dialect_target target = {.model = leg->request.model,
                                          .begun = buf_text(&exchange->resume->text),
                                          .render_only = true};
    buf_init(&out, BODY_MAX);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    if (dialect_translate_request(buf_text(&exchange->body), &target, &out, &dropped, &why) == 0)
        text = buf_steal(&out, NULL);
    buf_done(&out);
    buf_done(&dropped);
    return text;
}

static int make_ollama(struct leg *leg, struct error *reterr)
{
    const struct exchange *exchange = leg->exchange;
    const struct route_step *step = step_of(leg);
    const struct ollama_models *models = catalog_models(exchange->worker->catalog, leg->provider);
    struct ollama_need need = {.wanted = step->model,
                               .explicit_ = step->model && !step->from_preference,
                               .facts = &exchange->facts,
                               .tokens = estimate(exchange)};
    int r = ollama_choose(leg->provider, models, &need, &leg->request.model, reterr);
    return r < 0 ? r : translate(leg, models, reterr);
}

int leg_request_make(struct leg *leg, struct error *reterr)
{
    const struct exchange *exchange = leg->exchange;
    struct leg_request *request = &leg->request;
    leg_request_done(request);
    buf_init(&request->body, BODY_MAX);
    buf_init(&request->headers, HEADERS_MAX);
    buf_init(&request->dropped, DIALECT_DROPPED_MAX);
    forward_headers(&exchange->headers, leg->provider, exchange_is_chat(exchange),
                    &request->headers);
    int r = leg->provider->kind == PROVIDER_OLLAMA ? make_ollama(leg, reterr)
                                                   : make_openai(leg, reterr);
    if (r < 0)
        leg_request_done(request);
    return r;
}
