/* The life of the settings and looking things up in them. */
#include "settings/config.h"

#include <stdlib.h>

#include "settings/config_origin.h"
#include "settings/option.h"
#include "settings/option_value.h"
#include "text/string_list.h"

static void release_section(enum option_section section, void *base)
{
    for (size_t i = 0; i < option_count(); i++)
        if (option_at(i)->section == section)
            option_release(option_at(i), base);
}

static void release_pairs(struct config_header *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(pairs[i].name);
        string_wipe(pairs[i].value);
    }
    free(pairs);
}

void config_free(struct config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->provider_count; i++) {
        struct config_provider *provider = &config->providers[i];
        release_section(SECTION_PROVIDER, provider);
        release_pairs(provider->headers, provider->header_count);
        string_wipe(provider->api_key);
        free(provider->api_key_from);
        free(provider->name);
    }
    for (size_t i = 0; i < config->model_count; i++) {
        release_pairs(config->models[i].of, config->models[i].of_count);
        free(config->models[i].name);
    }
    for (unsigned i = 0; i < OPTION_SECTION_COUNT; i++)
        if (!option_section_named((enum option_section)i) && i != SECTION_RETRY)
            release_section((enum option_section)i, config);
    string_list_done(&config->server.tokens);
    config_origin_done(&config->origins);
    free(config->providers);
    free(config->models);
    free(config);
}

void config_errors_done(struct config_errors *errors)
{
    string_list_done(&errors->errors);
    string_list_done(&errors->warnings);
}

const struct config_provider *config_provider_by_name(const struct config *config, struct text name)
{
    for (size_t i = 0; i < config->provider_count; i++)
        if (text_equals(name, config->providers[i].name))
            return &config->providers[i];
    return NULL;
}

const struct config_model *config_model_by_name(const struct config *config, struct text name)
{
    for (size_t i = 0; i < config->model_count; i++)
        if (text_equals(name, config->models[i].name))
            return &config->models[i];
    return NULL;
}
