/* `understudy explain WHAT`. */
#ifndef UNDERSTUDY_EXPLAIN_COMMAND_H
#define UNDERSTUDY_EXPLAIN_COMMAND_H

#include "cli/cli_read.h"
#include "command/loader.h"

/* The exit status. */
int explain_command(const struct loader *loader, const struct cli_call *call);

#endif
