/* The settings of the file. */
#ifndef UNDERSTUDY_SETTING_FILE_H
#define UNDERSTUDY_SETTING_FILE_H

#include "settings/setting.h"

/* Adds them to set; what is wrong with the file is reported with its line. 0 or -ENOMEM. */
int setting_add_file(struct setting_set *set, const struct config_source *source)
    __attribute__((warn_unused_result));

#endif
