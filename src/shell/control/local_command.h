/* `understudy local on|off|status`: tells the running daemon, by its control socket. */
#ifndef UNDERSTUDY_LOCAL_COMMAND_H
#define UNDERSTUDY_LOCAL_COMMAND_H

#include "cli/cli_read.h"
#include "command/loader.h"

/* The exit status: 0 done, 1 no daemon that could be told, 2 usage. */
int local_command(const struct loader *loader, const struct cli_call *call);

#endif
