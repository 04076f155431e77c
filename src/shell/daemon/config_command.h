/* `understudy config`: what is in effect and where it came from, and the pages made of the table.
 */
#ifndef UNDERSTUDY_CONFIG_COMMAND_H
#define UNDERSTUDY_CONFIG_COMMAND_H

#include "daemon/loader.h"

/* words: what follows the command, NULL at the end. The exit status. */
int config_command(const struct loader *loader, const char *const *words);

#endif
