/* What was found last, and when it is worth another look. */
#include "rules/online_finding.h"

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

const struct config_provider *online_check_way(const struct config *config)
{
    for (size_t i = 0; i < config->route.priority.count; i++) {
        const struct config_provider *provider = config_priority_at(config, i);
        if (provider && !provider->local)
            return provider;
    }
    return NULL;
}

bool online_check_answered(int proxy_status, int status)
{
    return proxy_status >= 300 || status != 0;
}
