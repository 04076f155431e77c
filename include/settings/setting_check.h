/* Is a setting's value right? The one place that words what is wrong with a value. */
#ifndef UNDERSTUDY_SETTING_CHECK_H
#define UNDERSTUDY_SETTING_CHECK_H

#include <stdbool.h>

#include "settings/report.h"
#include "settings/setting.h"

/* False and a line in report: what is wrong, what is allowed, did you mean. Shows no secret. */
bool setting_check(const struct setting *setting, struct report *report);

/* May a setting's value be shown: neither a secret itself, nor a header that carries one? */
bool setting_is_secret(const struct setting *setting);

#endif
