/* Looking things up in the settings in effect. */
#include "config/config.h"

const struct config_provider *config_provider_by_name(const struct config *config, struct text name)
{
    for (size_t i = 0; i < config->provider_count; i++)
        if (text_equals(name, config->providers[i].name))
            return &config->providers[i];
    return NULL;
}

const struct config_provider *config_priority_at(const struct config *config, size_t place)
{
    return config_provider_by_name(config, text_of(config->route.priority.at[place]));
}

const struct config_provider *config_provider_by_prefix(const struct config *config,
                                                        struct text prefix)
{
    const struct config_provider *provider = config_provider_by_name(config, prefix);
    return provider && provider->idle && provider->preset->is_family ? NULL : provider;
}

const struct config_model *config_model_by_name(const struct config *config, struct text name)
{
    for (size_t i = 0; i < config->model_count; i++)
        if (text_equals(name, config->models[i].name))
            return &config->models[i];
    return NULL;
}

/* How near a section is to a request for that name; 0 = it does not concern it. */
static size_t nearness(const struct config_model *model, struct text name)
{
    struct text own = text_of(model->name);
    if (text_same(own, name))
        return SIZE_MAX;
    if (!text_ends(own, "*"))
        return 0;
    own.len--;
    return text_same(text_cut(name, own.len), own) ? own.len + 1 : 0;
}

const struct config_model *config_model_next(const struct config *config, struct text name,
                                             const struct config_model *before)
{
    const struct config_model *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < config->model_count; i++) {
        size_t near = nearness(&config->models[i], name);
        if (near > most && (!before || near < nearness(before, name))) {
            most = near;
            best = &config->models[i];
        }
    }
    return best;
}

/*
 * An editor that fails, a full disk, a template that came out empty: what is left is a right file,
 * only of less. It must not open the door.
 */
bool config_may_replace(const struct config *now, const struct config *next, struct error *reterr)
{
    if (now->file_settings > 0 && next->file_settings == 0)
        error_set(reterr, "the settings file has lost all its settings; if that is meant, restart");
    else if (now->server.tokens.count > 0 && next->server.tokens.count == 0 &&
             !next->server.allow_unauthenticated)
        error_set(reterr, "[server] tokens are gone, and nobody would have to show one; if that is "
                          "meant, set allow_unauthenticated = yes");
    else
        return true;
    return false;
}
