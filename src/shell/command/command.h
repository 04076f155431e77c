/* What the commands of the command line share. */
#ifndef UNDERSTUDY_COMMAND_H
#define UNDERSTUDY_COMMAND_H

#include "cli/cli_read.h"
#include "command/loader.h"
#include "config/config.h"
#include "settings/settings.h"

/* Says on stderr what is wrong with the settings. */
void command_tell(const struct config_errors *errors);

/* The settings, or NULL after their errors were told. Freed with config_free. */
struct config *command_load(const struct loader *loader);

#endif
