/* config_load of config.h, for those who also want to know where each setting came from. */
#ifndef UNDERSTUDY_CONFIG_LOAD_H
#define UNDERSTUDY_CONFIG_LOAD_H

#include "settings/config.h"
#include "settings/setting.h"

/*
 * As config_load; besides, *ret_set holds what was written, also after errors, until
 * setting_set_done. It borrows from source.
 */
int config_load_with_settings(const struct config_source *source, struct setting_set *ret_set,
                              struct config **ret_config, struct config_errors *ret_errors)
    __attribute__((warn_unused_result));

#endif
