/* What stands behind a descriptor that people may read. */
#ifndef UNDERSTUDY_TERMINAL_H
#define UNDERSTUDY_TERMINAL_H

#include <stdbool.h>

/* Is it a terminal, and are colours wanted there? Not with NO_COLOR (https://no-color.org, read
 * 2026-11-28: set and not empty, whatever the value), nor where TERM is dumb or not set. */
bool terminal_wants_colour(int fd);

/* Is text UTF-8 there, by the variables of the locale? */
bool terminal_is_utf8(void);

/* How wide it is; 0 = not known, or no terminal. */
int terminal_columns(int fd);

#endif
