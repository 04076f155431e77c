/* What the settings in effect say about where they come from. Only settings that win count: the
 * others have no say in anything. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "settings/secret.h"
#include "settings/setting.h"

static int add_variable(struct config_origins *origins, struct text name)
{
    return string_list_has(&origins->environment, name)
               ? 0
               : string_list_add(&origins->environment, name);
}

static int add_origin(struct config_origins *origins, const struct origin *origin)
{
    switch (origin->kind) {
    case ORIGIN_DEFAULT:
        break;
    case ORIGIN_FILE:
        if (!origins->file)
            origins->file = strndup(origin->name.at, origin->name.len);
        return origins->file ? 0 : -ENOMEM;
    case ORIGIN_PLAIN:
    case ORIGIN_ENVIRONMENT:
        return add_variable(origins, origin->name);
    case ORIGIN_FLAG:
        origins->flags = true;
        break;
    }
    return 0;
}

/* Of a key that is written out: where that stands. */
static char *written_in(const struct setting *setting)
{
    char place[4200];
    if (setting->origin.kind == ORIGIN_PLAIN || setting->origin.kind == ORIGIN_ENVIRONMENT) {
        (void)snprintf(place, sizeof(place), "%.*s", TEXT_ARG(setting->origin.name));
    } else if (setting->origin.kind == ORIGIN_FLAG) {
        (void)snprintf(place, sizeof(place), "the command line");
    } else {
        report_origin(&setting->origin, place, sizeof(place));
    }
    return strdup(place);
}

/* A reference says itself where the secret is (secret_list_resolve). */
static int fill_keys_from(struct config_provider *provider, const struct setting_set *set)
{
    const struct setting *setting = setting_find_of(set, provider, "api_key");
    struct strings *from = &provider->api_keys_from;
    for (size_t i = 0; setting && i < from->count; i++) {
        char *place = from->at[i][0] ? from->at[i] : written_in(setting);
        if (!place)
            return -ENOMEM;
        if (place != from->at[i])
            string_wipe(from->at[i]);
        from->at[i] = place;
    }
    return 0;
}

/* Is it in effect? The key of a preset that nobody means is only where a request asks for it. */
static bool counts(const struct config *config, const struct setting_set *set,
                   const struct setting *setting)
{
    bool plain = setting->origin.kind == ORIGIN_PLAIN;
    if (setting->section != SECTION_PROVIDER)
        return setting_wins(set, setting);
    const struct config_provider *provider =
        config_provider_by_name(config, text_of(setting->name));
    if (!provider)
        return !plain && setting_wins(set, setting);
    return setting_find_of(set, provider, setting->key) == setting &&
           (!plain || !provider->idle || provider->preset->built_in);
}

int config_origin_fill(struct config *config, const struct setting_set *set)
{
    int r = 0;
    if (!setting_find(set, SECTION_LOG, NULL, "format"))
        config->log.format = LOG_FORMAT_AUTO;
    for (size_t i = 0; r == 0 && i < set->count; i++)
        if (counts(config, set, &set->at[i]))
            r = add_origin(&config->origins, &set->at[i].origin);
    for (size_t i = 0; r == 0 && i < config->provider_count; i++)
        r = fill_keys_from(&config->providers[i], set);
    return r;
}
