/* From the settings that win to the struct that the program works with. */
#ifndef UNDERSTUDY_CONFIG_FILL_H
#define UNDERSTUDY_CONFIG_FILL_H

#include "settings/config.h"
#include "settings/option.h"
#include "settings/setting.h"

/*
 * Makes the config. Where a setting was bad its default stands in, so that what depends on others
 * can still be checked; what is wrong besides is reported. NULL only when memory is out.
 */
struct config *config_fill(const struct setting_set *set, const struct config_source *source)
    __attribute__((warn_unused_result));

/* The default of a provider's row, NULL when there is none: it may depend on name and type. */
const char *config_default(const struct option *option, const struct config_provider *provider);

#endif
