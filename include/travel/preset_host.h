/* The preset that a provider is, whatever it is called: by its name, else by its host. */
#ifndef UNDERSTUDY_PRESET_HOST_H
#define UNDERSTUDY_PRESET_HOST_H

#include <stdbool.h>

#include "kind/preset.h"
#include "settings/config.h"

/* The preset of its name, else the one whose host its base_url has, of its kind and as wanted; NULL
 * = there is none. */
const struct preset *preset_host_find(const struct config_provider *provider,
                                      bool (*wanted)(const struct preset *preset));

#endif
