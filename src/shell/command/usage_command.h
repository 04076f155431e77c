/* `understudy usage [FILE]...`: what usage files add up to. */
#ifndef UNDERSTUDY_USAGE_COMMAND_H
#define UNDERSTUDY_USAGE_COMMAND_H

#include "cli/cli_read.h"
#include "command/loader.h"

/* The exit status: 0 done, 1 a file could not be read or adds up to too many rows, 2 usage. */
int usage_command(const struct loader *loader, const struct cli_call *call);

#endif
