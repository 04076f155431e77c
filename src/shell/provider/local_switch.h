/*
 * `understudy local on`: until it is off, or the process ends, nothing leaves the machine but to
 * loopback and private addresses and unix sockets. One for the whole process; any thread may ask.
 */
#ifndef UNDERSTUDY_LOCAL_SWITCH_H
#define UNDERSTUDY_LOCAL_SWITCH_H

#include <stdbool.h>

#include "rules/route.h"

bool local_switch_is_on(void);

/* Counts from the moment it returns, for whatever is begun then. Sets the gauge, too. */
void local_switch_set(bool on);

/* May nothing be sent to that provider now? */
static inline bool local_switch_bars(const struct config_provider *provider)
{
    return !provider->local && local_switch_is_on();
}

/* Why providers that are not local are skipped; NONE = they are not. */
static inline enum route_skip local_switch_far(bool offline)
{
    if (local_switch_is_on())
        return ROUTE_SKIP_LOCAL;
    return offline ? ROUTE_SKIP_OFFLINE : ROUTE_SKIP_NONE;
}

#endif
