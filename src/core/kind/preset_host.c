/* A host is compared as written, whatever the case of its letters; ports do not count. */
#include "kind/preset_host.h"

#include <strings.h>

#include "http/url.h"

const struct preset *preset_host_find(const struct preset_host *host,
                                      bool (*wanted)(const struct preset *preset))
{
    struct url own, theirs;
    if (host->named && preset_kind(host->named) == host->kind && wanted(host->named))
        return host->named;
    if (url_parse(text_of(host->base_url), &own, NULL) < 0)
        return NULL;
    for (size_t i = 0; i < preset_count(); i++) {
        const struct preset *preset = preset_at(i);
        if (wanted(preset) && preset->base_url && preset_kind(preset) == host->kind &&
            url_parse(text_of(preset->base_url), &theirs, NULL) == 0 &&
            own.host.len == theirs.host.len &&
            strncasecmp(own.host.at, theirs.host.at, own.host.len) == 0)
            return preset;
    }
    return NULL;
}

static bool refuses_some(const struct preset *preset)
{
    return preset->ids != PRESET_IDS_ANY;
}

enum preset_ids preset_host_ids(const struct preset_host *host)
{
    const struct preset *preset = preset_host_find(host, refuses_some);
    return preset ? preset->ids : PRESET_IDS_ANY;
}

static bool wants_signature(const struct preset *preset)
{
    return preset->signed_calls;
}

bool preset_host_signs_calls(const struct preset_host *host)
{
    return preset_host_find(host, wants_signature) != NULL;
}
