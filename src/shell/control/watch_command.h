/* `understudy watch`: prints what happens at the running daemon, a line an event, until either
 * ends. */
#ifndef UNDERSTUDY_WATCH_COMMAND_H
#define UNDERSTUDY_WATCH_COMMAND_H

#include "cli/cli_read.h"
#include "command/loader.h"

/* The exit status: 0 nobody reads any more, 1 no daemon, or it has gone. */
int watch_command(const struct loader *loader, const struct cli_call *call);

#endif
