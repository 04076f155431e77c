/* `understudy check`. */
#ifndef UNDERSTUDY_CHECK_COMMAND_H
#define UNDERSTUDY_CHECK_COMMAND_H

#include "daemon/loader.h"

/* words: what stands behind the command, NULL at the end. The exit status. */
int check_command(const struct loader *loader, const char *const *words);

#endif
