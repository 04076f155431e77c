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
#include "worker.h"

#define BODY_MAX    (256u << 20)
#define HEADERS_MAX (256u << 10)

void exchange_leg_done(struct leg *leg)
{
    free(leg->model);
    free(leg->url);
    buf_done(&leg->body);
    buf_done(&leg->headers);
    buf_done(&leg->dropped);
    *leg = (struct leg){0};
}

const char *exchange_model(const struct exchange *exchange)
{
    if (exchange->leg.model)
        return exchange->leg.model;
    return exchange->facts.model ? exchange->facts.model : "";
}

static const struct route_step *step_of(const struct exchange *exchange)
{
    return &exchange->route.step[exchange->step];
}

static int prepare_openai(const struct exchange *exchange, struct leg *leg, struct error *reterr)
{
    const struct route_step *step = step_of(exchange);
    leg->url = xasprintf("%s%s", leg->provider->base_url, exchange->target);
    if (!exchange_is_chat(exchange) || !step->model)
        return 0;
    leg->model = xstrdup(step->model);
    leg->own_body = true;
    int r =
        request_with_model(buf_text(&exchange->body), &exchange->facts, step->model, &leg->body);
    if (r < 0)
        error_set(reterr, "the request could not be made: %s", strerror(-r));
    return r;
}

static int64_t estimate(const struct exchange *exchange)
{
    return ollama_estimate_tokens(buf_text(&exchange->body), &exchange->facts);
}

static int64_t window_for(const struct exchange *exchange, const struct leg *leg,
                          const struct ollama_model *model)
{
    int64_t answer = exchange->facts.max_tokens > 0 ? exchange->facts.max_tokens : 0;
    int64_t loaded = catalog_window(exchange->worker->catalog, leg->provider, leg->model);
    return ollama_num_ctx(leg->provider, model, estimate(exchange) + answer, loaded);
}

static int translate(const struct exchange *exchange, const struct ollama_models *models,
                     struct leg *leg, struct error *reterr)
{
    const struct ollama_model *model = ollama_model_find(models, text_of(leg->model));
    struct dialect_target target = {
        .model = leg->model,
        .capabilities_known = model && model->capabilities_known,
        .capabilities = model ? model->capabilities : 0,
        .num_ctx = window_for(exchange, leg, model),
        .keep_alive = leg->provider->keep_alive,
    };
    int r = dialect_translate_request(buf_text(&exchange->body), &target, &leg->body, &leg->dropped,
                                      reterr);
    if (r < 0) {
        error_set(reterr, "the request could not be translated: %s", strerror(-r));
        return r;
    }
    catalog_note_window(exchange->worker->catalog, leg->provider, leg->model, target.num_ctx);
    leg->own_body = true;
    leg->url = xasprintf("%s%s", leg->provider->base_url, dialect_ollama.chat_path);
    return 0;
}

static int prepare_ollama(const struct exchange *exchange, struct leg *leg, struct error *reterr)
{
    const struct route_step *step = step_of(exchange);
    const struct ollama_models *models = catalog_models(exchange->worker->catalog, leg->provider);
    struct ollama_need need = {.wanted = step->model,
                               .explicit_ = step->model && !step->from_preference,
                               .facts = &exchange->facts,
                               .tokens = estimate(exchange)};
    int r = ollama_choose(leg->provider, models, &need, &leg->model, reterr);
    return r < 0 ? r : translate(exchange, models, leg, reterr);
}

int exchange_prepare_leg(const struct exchange *exchange, struct leg *ret, struct error *reterr)
{
    const struct config_provider *provider = step_of(exchange)->provider;
    *ret = (struct leg){.provider = provider};
    buf_init(&ret->body, BODY_MAX);
    buf_init(&ret->headers, HEADERS_MAX);
    buf_init(&ret->dropped, DIALECT_DROPPED_MAX);
    forward_headers(&exchange->headers, provider, exchange_is_chat(exchange), &ret->headers);
    int r = provider->kind == PROVIDER_OLLAMA ? prepare_ollama(exchange, ret, reterr)
                                              : prepare_openai(exchange, ret, reterr);
    if (r < 0)
        exchange_leg_done(ret);
    return r;
}
