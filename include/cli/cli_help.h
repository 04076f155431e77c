/* What is told of the command line (cli.h). Errors of buf. */
#ifndef UNDERSTUDY_CLI_HELP_H
#define UNDERSTUDY_CLI_HELP_H

#include "text/buf.h"

/* `understudy -h`, in lines of at most 90 bytes. */
int cli_help_print(struct buf *out) __attribute__((warn_unused_result));

/* docs/command-line.md, of which understudy(1) is made. */
int cli_help_markdown(struct buf *out) __attribute__((warn_unused_result));

#endif
