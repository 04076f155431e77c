/* `understudy check`. */
#ifndef UNDERSTUDY_CHECK_COMMAND_H
#define UNDERSTUDY_CHECK_COMMAND_H

#include "cli/cli_read.h"
#include "command/loader.h"

/* The exit status. */
int check_command(const struct loader *loader, const struct cli_call *call);

#endif
