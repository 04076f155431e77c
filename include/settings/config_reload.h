/* May these settings take the place of those in effect, without anybody who looks on? */
#ifndef UNDERSTUDY_CONFIG_RELOAD_H
#define UNDERSTUDY_CONFIG_RELOAD_H

#include <stdbool.h>

#include "settings/config.h"
#include "text/error.h"

/*
 * False and *reterr where they look like the leavings of a file that was cut or emptied rather than
 * like a wish. A start is looked on, so it takes them.
 */
bool config_may_replace(const struct config *now, const struct config *next, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
