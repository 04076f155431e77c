/* The settings of the command line: -s SECTION.KEY=VALUE. */
#ifndef UNDERSTUDY_SETTING_FLAG_H
#define UNDERSTUDY_SETTING_FLAG_H

#include "settings/setting.h"

/*
 * Adds one. `retry.attempts=1`; `provider.NAME.KEY=x` or `provider NAME.KEY=x`, where NAME ends at
 * its first dot, as it holds none but the key may (header.X.Y); `model NAME.PROVIDER=x`, where NAME
 * ends at the last dot. What is wrong is reported.
 */
void setting_add_flag(struct setting_set *set, const char *flag);

#endif
