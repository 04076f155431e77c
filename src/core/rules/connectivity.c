/* What was found last, and when it is worth another look. */
#include "rules/connectivity.h"

/* After a failed attempt an older "online" is doubted; many failures at once ask only once. */
#define SUSPECT_AFTER_MS 1000

void connectivity_init(struct connectivity *c, bool enabled, int64_t interval_ms)
{
    *c = (struct connectivity){.enabled = enabled, .interval_ms = interval_ms};
}

bool connectivity_offline(const struct connectivity *c)
{
    return c->enabled && c->state == CONNECTIVITY_OFFLINE;
}

bool connectivity_due(const struct connectivity *c, int64_t now_ms, bool suspect)
{
    if (!c->enabled || c->checking)
        return false;
    int64_t age_ms = now_ms - c->found_at_ms;
    switch (c->state) {
    case CONNECTIVITY_UNKNOWN:
        return true;
    case CONNECTIVITY_OFFLINE:
        return age_ms >= c->interval_ms;
    case CONNECTIVITY_ONLINE:
        return age_ms >= c->interval_ms || (suspect && age_ms > SUSPECT_AFTER_MS);
    }
    return false;
}

int64_t connectivity_next_ms(const struct connectivity *c)
{
    return connectivity_offline(c) && !c->checking ? c->found_at_ms + c->interval_ms : -1;
}

void connectivity_begin(struct connectivity *c)
{
    c->checking = true;
    c->answered = false;
}

void connectivity_found(struct connectivity *c, bool online, bool from_check, int64_t now_ms)
{
    bool contradicted = from_check && !online && c->answered;
    if (from_check)
        c->checking = false;
    else
        c->answered = online;
    if (contradicted)
        return;
    c->state = online ? CONNECTIVITY_ONLINE : CONNECTIVITY_OFFLINE;
    c->found_at_ms = now_ms;
}
