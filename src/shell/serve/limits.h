/* What a server and its connections go by: the settings in effect, and whether it drains. */
#ifndef UNDERSTUDY_LIMITS_H
#define UNDERSTUDY_LIMITS_H

#include <stdbool.h>

#include "base/shared_config.h"

struct limits {
    struct shared_config *const *shared; /* where those in effect stand */
    bool draining;
};

static inline const struct config_server *limits_server(const struct limits *limits)
{
    return &(*limits->shared)->config->server;
}

#endif
