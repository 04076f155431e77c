/* What the settings in effect say about where they come from. */
#ifndef UNDERSTUDY_CONFIG_ORIGIN_H
#define UNDERSTUDY_CONFIG_ORIGIN_H

#include "settings/config.h"
#include "settings/setting.h"

/*
 * Fills origins, each provider's api_key_from, and LOG_FORMAT_AUTO where no format is set. 0 or
 * -ENOMEM.
 */
int config_origin_fill(struct config *config, const struct setting_set *set)
    __attribute__((warn_unused_result));

void config_origin_done(struct config_origins *origins);

#endif
