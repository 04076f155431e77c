/* See ask_first.h. */
#include "ask/ask_first.h"

#include <errno.h>

#include "kind/kind.h"
#include "rules/route.h"

/* A server of one's own may have one model only, and need no name of it. */
static bool lacks_model(const struct route_step *step)
{
    const struct config_provider *provider = step->provider;
    return !step->model && !provider->kind->has_catalogue && provider->model.count == 0 &&
           config_provider_is_as_preset(provider) && provider->preset->key_variable;
}

int ask_first(const struct config *config, const char *model, const struct config_provider **ret,
              struct error *reterr)
{
    const struct route_query query = {
        .model = text_of(model), .path = API_PATH_CHAT, .app = kind_of_apps(API_PATH_CHAT)};
    struct route route;
    struct error why;
    size_t i = 0;
    *ret = NULL;
    int r = route_plan(config, &query, &route, &why);
    if (r < 0)
        return r == -ENOMEM ? r : 0; /* who is asked tells that */
    if (route.count > 0)
        *ret = route.step[0].provider;
    while (i < route.count && route.step[i].skip != ROUTE_SKIP_NONE)
        i++;
    if (!model && i < route.count && lacks_model(&route.step[i]))
        error_set(reterr,
                  "%s is asked first and has no default model: name one by -m MODEL, or set model "
                  "in [provider %s]",
                  route.step[i].provider->name, route.step[i].provider->name);
    route_done(&route);
    return 0;
}
