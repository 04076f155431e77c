/* `understudy complete WORD...`: for the completions of shells. */
#ifndef UNDERSTUDY_COMPLETE_COMMAND_H
#define UNDERSTUDY_COMPLETE_COMMAND_H

#include "cli/cli_read.h"
#include "command/loader.h"

/* The exit status. */
int complete_command(const struct loader *loader, const struct cli_call *call);

#endif
