/* What was found last, and when it is worth another look. */
#include "rules/online_finding.h"

#include <string.h>

#include "http/url.h"

/* After a failed attempt an older "online" is doubted; many failures at once ask only once. */
#define SUSPECT_AFTER_MS 1000

void online_finding_init(struct online_finding *c, bool enabled, int64_t interval_ms)
{
    *c = (struct online_finding){.enabled = enabled, .interval_ms = interval_ms};
}

bool online_finding_offline(const struct online_finding *c)
{
    return c->enabled && c->state == ONLINE_NO;
}

bool online_finding_due(const struct online_finding *c, int64_t now_ms, bool suspect)
{
    if (!c->enabled || c->checking)
        return false;
    int64_t age_ms = now_ms - c->found_at_ms;
    switch (c->state) {
    case ONLINE_UNKNOWN:
        return true;
    case ONLINE_NO:
        return age_ms >= c->interval_ms;
    case ONLINE_YES:
        return age_ms >= c->interval_ms || (suspect && age_ms > SUSPECT_AFTER_MS);
    }
    return false;
}

int64_t online_finding_next_ms(const struct online_finding *c)
{
    return online_finding_offline(c) && !c->checking ? c->found_at_ms + c->interval_ms : -1;
}

void online_finding_begin(struct online_finding *c)
{
    c->checking = true;
    c->answered = false;
}

struct online_change online_finding_found(struct online_finding *c, bool online, bool from_check,
                                          int64_t now_ms)
{
    bool was_offline = online_finding_offline(c);
    bool contradicted = from_check && !online && c->answered;
    if (from_check)
        c->checking = false;
    else
        c->answered = online;
    if (!contradicted) {
        c->state = online ? ONLINE_YES : ONLINE_NO;
        c->found_at_ms = now_ms;
    }
    bool offline = online_finding_offline(c);
    return (struct online_change){offline != was_offline, offline, online_finding_next_ms(c)};
}

/* The nth provider of the route that is not local; NULL = there is none. */
static const struct config_provider *nth_far(const struct config *config, size_t n)
{
    for (size_t i = 0; i < config->route.priority.count; i++) {
        const struct config_provider *provider = config_priority_at(config, i);
        if (provider && !provider->local && n-- == 0)
            return provider;
    }
    return NULL;
}

static struct text origin_of(const struct config_provider *provider)
{
    struct url url;
    bool known =
        provider && provider->base_url && url_parse(text_of(provider->base_url), &url, NULL) == 0;
    return known ? url.origin : (struct text){0};
}

/* Is it asked already, as check_url or as the host of one before it? */
static bool is_asked(const struct config *config, size_t far, struct text origin)
{
    if (text_equals(origin, config->connectivity.check_url))
        return true;
    while (far-- > 0) {
        if (text_same(origin_of(nth_far(config, far)), origin))
            return true;
    }
    return false;
}

bool online_check_place(const struct config *config, size_t n, struct online_place *ret)
{
    if (!config->connectivity.check_url || (n > 0 && !config->connectivity.check_derived))
        return false;
    *ret = (struct online_place){text_of(config->connectivity.check_url), nth_far(config, 0)};
    for (size_t far = 0; n > 0; far++) {
        ret->way = nth_far(config, far);
        if (!ret->way)
            return false;
        ret->url = origin_of(ret->way);
        if (ret->url.len > 0 && !is_asked(config, far, ret->url))
            n--;
    }
    return true;
}

bool online_check_answered(int proxy_status, int status)
{
    return proxy_status >= 300 || status != 0;
}
