/* What a server and its connections go by: the settings in effect, and whether it drains. */
#ifndef UNDERSTUDY_LIMITS_H
#define UNDERSTUDY_LIMITS_H

#include <stdbool.h>

#include "base/settings.h"

struct limits {
    struct settings *const *settings; /* where those in effect stand */
    bool draining;
};

static inline const struct config_server *limits_server(const struct limits *limits)
{
    return &(*limits->settings)->config->server;
}

#endif
