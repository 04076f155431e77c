/* `understudy config`: what is in effect and where it came from, and the pages made of the table.
 */
#ifndef UNDERSTUDY_CONFIG_COMMAND_H
#define UNDERSTUDY_CONFIG_COMMAND_H

#include "cli/cli_read.h"
#include "command/loader.h"

/* The exit status. */
int config_command(const struct loader *loader, const struct cli_call *call);

#endif
