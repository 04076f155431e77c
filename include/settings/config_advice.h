/* Settings that are allowed and yet most likely not what was meant: warnings. */
#ifndef UNDERSTUDY_CONFIG_ADVICE_H
#define UNDERSTUDY_CONFIG_ADVICE_H

#include "settings/config.h"
#include "settings/setting.h"

/* Reports them, each at the setting that it is about. */
void config_advise(const struct config *config, const struct setting_set *set,
                   const struct config_source *source);

#endif
