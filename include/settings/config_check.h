/* What a setting cannot tell alone: settings that contradict each other or need one another. */
#ifndef UNDERSTUDY_CONFIG_CHECK_H
#define UNDERSTUDY_CONFIG_CHECK_H

#include "settings/config.h"
#include "settings/setting.h"

/* Reports errors and warnings, each at the setting that brought it about. */
void config_check(const struct config *config, const struct setting_set *set);

#endif
