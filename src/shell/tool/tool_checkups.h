/* `understudy check` asks each [tool NAME] for its list of tools, all at the same time. */
#ifndef UNDERSTUDY_TOOL_CHECKUPS_H
#define UNDERSTUDY_TOOL_CHECKUPS_H

#include <stddef.h>
#include <stdint.h>

#include "check/tool_checkup.h"
#include "config/config.h"

struct tool_checkups;
struct shared_config;
struct upstream;

/*
 * Begins; done runs from the loop when all have told or have not within limit_ms each, also where
 * there is none. The settings are this process's own: what its [tool NAME] allow is taken out of
 * them, since a whole list is asked for.
 */
struct tool_checkups *tool_checkups_begin(struct upstream *upstream, struct shared_config *shared,
                                          int64_t limit_ms, void (*done)(void *arg), void *arg);

/* What was found, *ret_count of them; borrowed. */
const struct tool_checkup *tool_checkups_found(const struct tool_checkups *tools,
                                               size_t *ret_count);

/* Before upstream. NULL is fine. */
void tool_checkups_free(struct tool_checkups *tools);

#endif
