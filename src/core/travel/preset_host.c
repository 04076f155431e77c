/* A host is compared as written, whatever the case of its letters; ports do not count. */
#include "travel/preset_host.h"

#include <strings.h>

#include "http/url.h"

const struct preset *preset_host_find(const struct config_provider *provider,
                                      bool (*wanted)(const struct preset *preset))
{
    const struct preset *named = provider->preset;
    struct url own, theirs;
    if (config_provider_is_as_preset(provider) && wanted(named))
        return named;
    if (url_parse(text_of(provider->base_url), &own, NULL) < 0)
        return NULL;
    for (size_t i = 0; i < preset_count(); i++) {
        const struct preset *preset = preset_at(i);
        if (wanted(preset) && preset->base_url && preset_kind(preset) == provider->kind &&
            url_parse(text_of(preset->base_url), &theirs, NULL) == 0 &&
            own.host.len == theirs.host.len &&
            strncasecmp(own.host.at, theirs.host.at, own.host.len) == 0)
            return preset;
    }
    return NULL;
}
