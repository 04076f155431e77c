/* See settings.h. */
#include "base/settings.h"

#include <stdlib.h>

#include "base/alloc.h"

struct settings *settings_new_take(struct config *config)
{
    struct settings *settings = xcalloc(1, sizeof(*settings));
    atomic_init(&settings->users, 1);
    settings->config = config;
    return settings;
}

struct settings *settings_ref(struct settings *settings)
{
    atomic_fetch_add(&settings->users, 1);
    return settings;
}

void settings_unref(struct settings *settings)
{
    if (!settings || atomic_fetch_sub(&settings->users, 1) != 1)
        return;
    config_free(settings->config);
    free(settings);
}
