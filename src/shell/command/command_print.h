/* Standard output of the commands. What it cannot take is told on standard error, and a fault. */
#ifndef UNDERSTUDY_COMMAND_PRINT_H
#define UNDERSTUDY_COMMAND_PRINT_H

#include <stdbool.h>

#include "text/buf.h"

/* The exit status: CLI_EXIT_DONE, or CLI_EXIT_FAULT after it was told why not all of it was taken.
 */
int command_print(const struct buf *out) __attribute__((warn_unused_result));
int command_print_line(const char *line) __attribute__((warn_unused_result));

/* For what takes long, or costs money, before it prints. False: nothing can be, which was told. */
bool command_can_print(void);

/* Tells that it cannot be written, and why (an errno). */
void command_tell_unwritten(int error);

#endif
