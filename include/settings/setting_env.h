/* The settings of the environment. */
#ifndef UNDERSTUDY_SETTING_ENV_H
#define UNDERSTUDY_SETTING_ENV_H

#include "settings/setting.h"

/*
 * Adds what environ_ holds: UNDERSTUDY_SECTION[_NAME]_KEY, where NAME is one that set knows
 * already, and the plain names of the option table. An empty plain variable counts as not set: that
 * is how `docker run -e` and compose files pass on what is missing. Unknown UNDERSTUDY_* are warned
 * of.
 */
void setting_add_environment(struct setting_set *set, const char *const *environ_);

#endif
