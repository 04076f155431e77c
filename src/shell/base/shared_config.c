/* See shared_config.h. */
#include "base/shared_config.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "settings/settings.h"

struct shared_config *shared_config_new_take(struct config *config)
{
    struct shared_config *shared = xcalloc(1, sizeof(*shared));
    atomic_init(&shared->users, 1);
    shared->config = config;
    return shared;
}

struct shared_config *shared_config_ref(struct shared_config *shared)
{
    atomic_fetch_add(&shared->users, 1);
    return shared;
}

void shared_config_unref(struct shared_config *shared)
{
    if (!shared || atomic_fetch_sub(&shared->users, 1) != 1)
        return;
    config_free(shared->config);
    free(shared);
}
