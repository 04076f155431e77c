/* `understudy ask`. */
#ifndef UNDERSTUDY_ASK_COMMAND_H
#define UNDERSTUDY_ASK_COMMAND_H

#include "cli/cli_read.h"
#include "command/loader.h"

/* The exit status. */
int ask_command(const struct loader *loader, const struct cli_call *call);

#endif
