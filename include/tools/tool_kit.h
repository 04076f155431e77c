/*
 * The tools of one request that are run here: what is offered to the model, under which name, and
 * whose a call is. Kept for all its rounds, whatever becomes of the servers' lists meanwhile.
 */
#ifndef UNDERSTUDY_TOOL_KIT_H
#define UNDERSTUDY_TOOL_KIT_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "mcp/mcp_tools.h"
#include "text/error.h"
#include "text/text.h"
#include "tools/tool_wish.h"

/* In bytes, of `down`: names beyond are left out. */
#define TOOL_KIT_DOWN_MAX 1024

struct tool_kit_one {
    const struct config_tool *tool; /* borrowed */
    char *own;                      /* its name there */
    char *offered;                  /* NAME__tool */
    char *description;              /* may be empty */
    char *parameters;               /* JSON text of a schema object */
};

struct tool_kit {
    struct tool_kit_one *at;
    size_t count;
    const struct config_tool *asked[TOOL_WISH_MAX]; /* all that were, also those that are down */
    size_t asked_count;
    char *down; /* "tool:a, tool:b": those of which nothing is offered; NULL = none */
};

/* Zeroed at first. One that was asked for, with what it offers now; NULL or none: it is down, or
 * allows nothing. 0 or -ENOMEM. */
int tool_kit_add(struct tool_kit *kit, const struct tool_wish_one *wish,
                 const struct mcp_tools *tools) __attribute__((warn_unused_result));
void tool_kit_done(struct tool_kit *kit);

/* The tool of that name; NULL = none that is offered. */
const struct tool_kit_one *tool_kit_find(const struct tool_kit *kit, struct text name);

/* Is a call of that name ours to answer: does it begin with NAME__ of a server that was asked for?
 * (tool_is_ours of dialect/tools.h; arg: the kit) */
bool tool_kit_is_ours(const void *kit, struct text name);

#endif
