/*
 * What has to be known before a provider can be asked, and then the request. For an Ollama: its
 * models, anew where none fits; and, where a stream is gone on with, whether the model's template
 * leaves a text open, for which the server shows the prompt that it would make.
 */
#include <errno.h>
#include <stdlib.h>

#include "answer/resume.h"
#include "call/fetch.h"
#include "exchange/leg.h"
#include "ollama/ollama.h"
#include "provider/health.h"

/* "No model fits" is only believed of a list of models that is not older. */
#define FRESH_MS 1000
/* To show a prompt takes no model. */
#define RENDER_MS 10000

void leg_note_rendered(struct leg *leg)
{
    bool open = fetch_status(leg->render) == 200 &&
                ollama_rendered_open(fetch_body(leg->render), buf_text(&leg->plan.resume->text));
    catalog_note_prefill(leg->plan.means->catalog, leg->provider, leg->request.model, open);
    fetch_free(leg->render);
    leg->render = NULL;
}

/* False: it cannot be asked, so the answer begins anew. */
static bool ask_template(struct leg *leg)
{
    char *body = leg_render_request(leg);
    if (!body)
        return false;
    const struct fetch_plan plan = {
        .upstream = leg->plan.means->upstream,
        .provider = leg->provider,
        .key = health_key_beside(leg->provider, loop_now_ms(leg->plan.means->loop)),
        .path = "/api/chat",
        .body = body,
        .limit_ms = RENDER_MS,
        .done = leg->rendered,
        .arg = leg};
    leg->render = fetch_start(&plan);
    free(body);
    return true;
}

/* What was learned of a template holds for that very model, so one that goes on asks for the list
 * however old it is. True: the answer is waited for, or has led on from here already: it comes at
 * once where the provider is gone from the settings. */
static bool ask_models(struct leg *leg)
{
    struct catalog *catalog = leg->plan.means->catalog;
    if (leg->asked || !leg->provider->kind->has_catalogue ||
        api_path_is_unread(leg->plan.inquiry->path))
        return false;
    leg->asked = true;
    if (leg->plan.resume) {
        catalog_wait(catalog, leg->provider, &leg->models);
        return true;
    }
    if (catalog_is_ready(catalog, leg->provider))
        return false;
    catalog_wait_ready(catalog, leg->provider, &leg->models);
    return true;
}

/*
 * Each thing is asked once, in this order: which model answers depends on the list, and what its
 * template does on the model. One that no list has may have been pulled a moment ago.
 */
enum leg_prepared leg_prepare(struct leg *leg, struct error *reterr)
{
    struct catalog *catalog = leg->plan.means->catalog;
    if (ask_models(leg))
        return LEG_ASKS;
    int r = leg_request_make(leg, reterr);
    if (r == -ENOENT && !leg->asked_again && catalog_is_older(catalog, leg->provider, FRESH_MS)) {
        leg->asked_again = true;
        catalog_wait(catalog, leg->provider, &leg->models);
        return LEG_ASKS;
    }
    if (r < 0)
        return r == -EMSGSIZE ? LEG_TOO_LONG : LEG_CANNOT;
    if (!leg->provider->kind->has_catalogue || !leg->plan.resume || leg->prefill)
        return LEG_READY;
    switch (catalog_prefill(catalog, leg->provider, leg->request.model)) {
    case CATALOG_UNKNOWN:
        return ask_template(leg) ? LEG_ASKS : LEG_READY;
    case CATALOG_YES: /* then the request is made anew, and holds the text */
        leg->prefill = true;
        return leg_prepare(leg, reterr);
    case CATALOG_NO:
        break;
    }
    return LEG_READY;
}
