/* Looking things up in the settings in effect. */
#include "config/config.h"

#include <string.h>

const struct config_provider *config_provider_by_name(const struct config *config, struct text name)
{
    for (size_t i = 0; i < config->provider_count; i++)
        if (text_equals(name, config->providers[i].name))
            return &config->providers[i];
    return NULL;
}

void config_provider_tell_keyless(const struct config_provider *provider, struct error *ret)
{
    const char *variable = provider->preset ? provider->preset->key_variable : NULL;
    *ret = ERROR_NONE;
    if (provider->key_emptied)
        error_set(ret, "the empty api_key (%s) wins over %s", provider->key_emptied, variable);
    else if (variable)
        error_set(ret, "%s is not in the environment", variable);
}

const struct config_token *config_token_by_name(const struct config *config, struct text name)
{
    const struct config_server *server = &config->server;
    for (size_t i = 0; i < server->named_token_count; i++)
        if (text_equals(name, server->named_tokens[i].name))
            return &server->named_tokens[i];
    return NULL;
}

const struct config_tool *config_tool_by_name(const struct config *config, struct text name)
{
    for (size_t i = 0; i < config->tools.count; i++)
        if (text_equals(name, config->tools.at[i].name))
            return &config->tools.at[i];
    return NULL;
}

int config_tool_print_address(const struct config_tool *tool, struct buf *out)
{
    if (tool->socket)
        return buf_printf(out, "unix:%s", tool->socket);
    const char *url = tool->url ? tool->url : "";
    return buf_printf(out, "%.*s", (int)strcspn(url, "?"), url);
}

const struct strings *config_client_bound(const struct config *config, const char *client)
{
    static const struct strings none = {0};
    if (!client)
        return NULL;
    const struct config_token *token = config_token_by_name(config, text_of(client));
    if (!token)
        return &none;
    return token->route.count > 0 ? &token->route : NULL;
}

bool config_token_routes(const struct config_server *server, struct text provider)
{
    for (size_t i = 0; i < server->named_token_count; i++)
        if (string_list_has(&server->named_tokens[i].route, provider))
            return true;
    return false;
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
    else if (config_server_is_closed(&now->server) && !config_server_is_closed(&next->server) &&
             !next->server.allow_unauthenticated)
        error_set(reterr, "all tokens are gone ([server] tokens, [token NAME]), and nobody would "
                          "have to show one; if that is meant, set allow_unauthenticated = yes");
    else
        return true;
    return false;
}
