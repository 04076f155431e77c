/*
 * Names first (which providers, in which order), then a step for each: which model it is asked for
 * and whether it is skipped. Last, what no_fallback leaves.
 */
#include "rules/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/count.h"
#include "text/suggest.h"

static const struct {
    const char *word;
    const char *sentence;
} skips[] = {[ROUTE_SKIP_NONE] = {"", ""},
#define X(id, word, sentence) [ROUTE_SKIP_##id] = {word, sentence},
             ROUTE_SKIP_TABLE(X)
#undef X
};

const char *route_skip_word(enum route_skip skip)
{
    return skips[skip].word;
}

const char *route_skip_sentence(enum route_skip skip)
{
    return skips[skip].sentence;
}

enum route_skip route_skip_by_word(struct text word)
{
    for (size_t i = ROUTE_SKIP_NONE + 1; i < COUNT(skips); i++)
        if (text_equals(word, skips[i].word))
            return (enum route_skip)i;
    return ROUTE_SKIP_NONE;
}

void route_skip_tell(const struct config_provider *provider, enum route_skip skip,
                     struct error *ret)
{
    bool for_far = skip == ROUTE_SKIP_LOCAL || skip == ROUTE_SKIP_OFFLINE;
    *ret = ERROR_NONE;
    bool at_fault = config_provider_wants_own_key(provider) || provider->key_emptied;
    struct error why;
    if (skip == ROUTE_SKIP_NO_KEY && at_fault) {
        config_provider_tell_keyless(provider, &why);
        error_set(ret, "no api_key is set: %s", why.text);
    } else
        error_set(ret, "%s%s", route_skip_sentence(skip),
                  for_far && provider->far_by_proxy ? ": its proxy is far away" : "");
}

/* Providers in order; the const pointers are into the config. */
struct order {
    const struct config_provider *at[ROUTE_STEPS_MAX];
    size_t count;
    bool served; /* they serve the path; else none does */
};

/* What the request asks for, the prefix taken off. */
struct wish {
    struct text model;                    /* at is NULL: none */
    const struct config_provider *prefix; /* NULL: none */
};

static struct wish wish_of(const struct config *config, struct text model)
{
    const char *colon = model.len ? memchr(model.at, ':', model.len) : NULL;
    if (!colon)
        return (struct wish){model.len ? model : (struct text){0}, NULL};
    size_t len = (size_t)(colon - model.at);
    const struct config_provider *prefix =
        len + 1 < model.len ? config_provider_by_prefix(config, text_make(model.at, len)) : NULL;
    return (struct wish){prefix ? text_skip(model, len + 1) : model, prefix};
}

/* Its place in the order, or order->count. */
static size_t place_of(const struct order *order, const struct config_provider *provider)
{
    size_t i = 0;
    while (i < order->count && order->at[i] != provider)
        i++;
    return i;
}

bool route_may_ask(const struct strings *bound, const struct config_provider *provider,
                   struct error *reterr)
{
    if (!bound || string_list_has(bound, text_of(provider->name)))
        return true;
    error_set(reterr,
              "the provider \"%s\" is not among those of this token (see its route in [token "
              "NAME])",
              provider->name);
    return false;
}

static void from_priority(const struct config *config, const struct route_query *query,
                          struct order *ret)
{
    const struct kind *app = query->app;
    const struct strings *priority =
        app && app->by_messages ? &config->route.messages : &config->route.priority;
    priority = query->bound ? query->bound : priority;
    for (size_t i = 0; i < priority->count && ret->count < ROUTE_STEPS_MAX; i++) {
        const struct config_provider *provider =
            config_provider_by_name(config, text_of(priority->at[i]));
        if (provider && place_of(ret, provider) == ret->count)
            ret->at[ret->count++] = provider;
    }
}

/* The name that may have been meant, of those that the settings know; NULL = none is near. */
static const char *nearest(const struct config *config, struct text name)
{
    struct suggest suggest = suggest_for(name);
    for (size_t i = 0; i < config->provider_count; i++)
        if (!config->providers[i].idle)
            suggest_offer(&suggest, config->providers[i].name);
    return suggest.best;
}

static int add_named(const struct config *config, const struct strings *bound, struct text name,
                     struct order *ret, struct error *reterr)
{
    const struct config_provider *provider = config_provider_by_name(config, name);
    const char *wrong = NULL;
    if (provider && !route_may_ask(bound, provider, reterr))
        return -EACCES;
    if (!provider)
        wrong = "is not a configured provider";
    else if (place_of(ret, provider) < ret->count)
        wrong = "is named twice";
    else if (ret->count == ROUTE_STEPS_MAX)
        wrong = "is one provider too many";
    if (wrong) {
        error_set(reterr, "x-understudy-route: \"%.*s\" %s%s", TEXT_ARG(text_cut(name, 100)), wrong,
                  provider ? "" : SUGGEST_HINT(nearest(config, name)));
        return -EINVAL;
    }
    ret->at[ret->count++] = provider;
    return 0;
}

static int from_list(const struct config *config, const struct route_query *query,
                     struct order *ret, struct error *reterr)
{
    for (struct text list = query->only;;) {
        const char *comma = list.len ? memchr(list.at, ',', list.len) : NULL;
        size_t len = comma ? (size_t)(comma - list.at) : list.len;
        int r = add_named(config, query->bound, text_trim(text_make(list.at, len)), ret, reterr);
        if (r < 0 || !comma)
            return r;
        list = text_skip(list, len + 1);
    }
}

/* The order begins at the provider that the prefix names. */
static int begin_at(const struct config_provider *prefix, bool only, struct order *order,
                    struct error *reterr)
{
    size_t place = place_of(order, prefix);
    if (place == order->count && only) {
        error_set(reterr,
                  "the model names the provider \"%s\", which x-understudy-route leaves out",
                  prefix->name);
        return -EINVAL;
    }
    if (place == order->count) {
        *order = (struct order){.at = {prefix}, .count = 1};
        return 0;
    }
    order->count -= place;
    for (size_t i = 0; i < order->count; i++)
        order->at[i] = order->at[i + place];
    return 0;
}

/* The value of the nearest [model] line for this provider; at is NULL when there is none. */
static struct text mapped(const struct config *config, struct text model,
                          const struct config_provider *provider)
{
    const struct config_model *line = NULL;
    while (model.at && (line = config_model_next(config, model, line)) != NULL)
        for (size_t i = 0; i < line->of_count; i++)
            if (strcmp(line->of[i].name, provider->name) == 0)
                return text_of(line->of[i].value);
    return (struct text){0};
}

/* Was the app made for another kind? Its names of models mean nothing there. */
static bool is_foreign(const struct config_provider *provider, const struct kind *app)
{
    return app && provider->kind != app;
}

static bool is_far(const struct config_provider *provider)
{
    return provider->preset && provider->preset->is_far;
}

/* One's own go before a cloud of their kind: what changes or embeds is meant for them. */
static bool is_first_of_kind(const struct order *order, size_t index)
{
    bool far = is_far(order->at[index]);
    for (size_t i = 0; i < order->count; i++) {
        bool alike = is_far(order->at[i]) == far;
        if (i != index && order->at[i]->kind == order->at[index]->kind && (alike ? i < index : far))
            return false;
    }
    return true;
}

static bool serves(const struct config *config, const struct route_query *query,
                   const struct wish *wish, const struct order *order, size_t index)
{
    const struct config_provider *provider = order->at[index];
    if (query->kept && !is_first_of_kind(order, index))
        return false;
    switch (provider->kind->path[query->path].serves) {
    case KIND_SERVES_NEVER:
        break;
    case KIND_SERVES_NAMED:
        return provider == wish->prefix || mapped(config, wish->model, provider).at;
    case KIND_SERVES_FIRST:
        return !is_foreign(provider, query->app) && is_first_of_kind(order, index);
    case KIND_SERVES_ALWAYS:
        return true;
    }
    return false;
}

/* Where none serves the path, all stay, to tell why. */
static void keep_those_that_serve(const struct config *config, const struct route_query *query,
                                  const struct wish *wish, struct order *order)
{
    struct order kept = {.count = 0};
    for (size_t i = 0; i < order->count; i++)
        if (serves(config, query, wish, order, i))
            kept.at[kept.count++] = order->at[i];
    order->served = kept.count > 0;
    if (!order->served)
        return;
    kept.served = true;
    *order = kept;
}

static int put_in_order(const struct config *config, const struct route_query *query,
                        const struct wish *wish, struct order *ret, struct error *reterr)
{
    int r = 0;
    if (wish->prefix && !route_may_ask(query->bound, wish->prefix, reterr))
        return -EACCES;
    if (query->only.at)
        r = from_list(config, query, ret, reterr);
    else
        from_priority(config, query, ret);
    if (r == 0 && wish->prefix)
        r = begin_at(wish->prefix, query->only.at != NULL, ret, reterr);
    if (r < 0)
        return r;
    /* What is asked of a server of one's own by its name was meant to stay there. */
    if (wish->prefix && config_provider_is_own(wish->prefix))
        ret->count = 1;
    keep_those_that_serve(config, query, wish, ret);
    return 0;
}

bool route_takes_credential(const struct config_provider *provider, const struct kind *app)
{
    return !config_provider_wants_own_key(provider) && provider->kind->takes_app_headers &&
           !is_foreign(provider, app) && !config_provider_has_own_key(provider);
}

enum route_skip route_skip_of(const struct config_provider *provider, bool credential,
                              enum route_skip far)
{
    bool has_key = config_provider_has_own_key(provider) || credential;
    if (config_provider_needs_key(provider) && !has_key)
        return ROUTE_SKIP_NO_KEY;
    return provider->local ? ROUTE_SKIP_NONE : far;
}

/*
 * The name of the model for a provider without a catalogue: its own where the request names none,
 * where the app was made for another kind, and where it is a server nearby that stands in for the
 * cloud and does not have the cloud's models. Else the request's, said where a prefix hides it.
 */
static struct text named_model(struct route_step *step, const struct wish *wish,
                               const struct kind *app, bool stands_in)
{
    const struct config_provider *provider = step->provider;
    bool foreign = is_foreign(provider, app);
    bool own =
        !wish->model.at || foreign || (stands_in && provider->local && provider->model_is_set);
    if (own && provider->model.count > 0)
        return text_of(provider->model.at[0]);
    if (foreign && step->skip == ROUTE_SKIP_NONE)
        step->skip = ROUTE_SKIP_NO_MODEL;
    return wish->prefix ? wish->model : (struct text){0};
}

static struct text choose_model(const struct config *config, const struct wish *wish,
                                struct route_step *step, const struct kind *app, bool stands_in)
{
    if (step->provider == wish->prefix)
        return wish->model;
    struct text model = mapped(config, wish->model, step->provider);
    if (model.at)
        return model;
    if (!step->provider->kind->has_catalogue)
        return named_model(step, wish, app, stands_in);
    step->from_preference = true;
    return wish->model;
}

static int add_model(const struct config *config, const struct wish *wish, struct route_step *step,
                     const struct kind *app, bool stands_in)
{
    struct text model = choose_model(config, wish, step, app, stands_in);
    step->model = model.at ? strndup(model.at, model.len) : NULL;
    return model.at && !step->model ? -ENOMEM : 0;
}

static void keep_first(struct route *route)
{
    struct route_step step = route->step[0];
    route->step[0] = (struct route_step){0};
    route_done(route);
    *route = (struct route){.step = {step}, .count = 1};
}

int route_plan(const struct config *config, const struct route_query *query, struct route *ret,
               struct error *reterr)
{
    struct order order = {.count = 0};
    struct wish wish = wish_of(config, query->model);
    bool credential = query->client_credential;
    *ret = (struct route){.count = 0};
    int r = put_in_order(config, query, &wish, &order, reterr);
    for (size_t i = 0; r == 0 && i < order.count; i++) {
        struct route_step *step = &ret->step[ret->count++];
        step->provider = order.at[i];
        step->skip = ROUTE_SKIP_PATH;
        step->credential = credential && route_takes_credential(step->provider, query->app);
        credential = credential && !step->credential;
        if (order.served)
            step->skip = route_skip_of(step->provider, step->credential, query->far);
        r = add_model(config, &wish, step, query->app, i > 0);
    }
    if (r < 0) {
        route_done(ret);
        error_set(reterr, "no memory is left for the route");
        return r;
    }
    if (query->no_fallback && order.served)
        keep_first(ret);
    return 0;
}

void route_done(struct route *route)
{
    if (!route)
        return;
    for (size_t i = 0; i < route->count; i++)
        free(route->step[i].model);
    *route = (struct route){.count = 0};
}
