/*
 * `understudy check`: what is found out about a [tool NAME], and how it is told. The shell asks the
 * server for its list of tools, for all of it, whatever `allow` says.
 */
#ifndef UNDERSTUDY_TOOL_CHECKUP_H
#define UNDERSTUDY_TOOL_CHECKUP_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "check/finding.h"
#include "config/config.h"
#include "mcp/mcp_tools.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/string_list.h"

struct tool_checkup {
    const struct config_tool *tool; /* borrowed; of its allow only the next counts */
    struct strings allow;           /* what the settings allow; owned */
    bool reached;                   /* it has told its tools */
    const char *version;            /* of MCP that it speaks; "" = not known; static */
    size_t listed;                  /* tools that it has */
    struct strings names;           /* of those that can be used, in its words; owned */
    struct error trouble;           /* where it is not reached; goes on behind its name */
};

/* allow is taken. */
void tool_checkup_init_take(struct tool_checkup *checkup, const struct config_tool *tool,
                            struct strings allow);
void tool_checkup_done(struct tool_checkup *checkup);

/* Its list, of which all is allowed. 0 or -ENOMEM. */
int tool_checkup_listed(struct tool_checkup *checkup, const struct mcp_tools *tools)
    __attribute__((warn_unused_result));

/* How many of its tools may be called. */
size_t tool_checkup_allowed(const struct tool_checkup *checkup);

/* No server has more. */
#define TOOL_FINDING_MAX 2

/* What is not as it should be, and what to do about it; about is the section's NAME. */
size_t tool_checkup_find(const struct tool_checkup *checkup, struct finding ret[TOOL_FINDING_MAX]);

/* One line without its end, and what was found not in it: "tool weather: 5 tools, 2 of them
 * allowed; MCP 2026-07-28". Errors of buf. */
int tool_checkup_print(const struct tool_checkup *checkup, struct buf *out)
    __attribute__((warn_unused_result));

/* For the caller to release; NULL when memory is out. */
json_t *tool_checkup_json(const struct tool_checkup *checkup) __attribute__((warn_unused_result));

#endif
