/*
 * The list of a server's tools: asked for page by page, kept, and asked for anew when it is old.
 * For the room tool only.
 */
#ifndef UNDERSTUDY_TOOL_LIST_H
#define UNDERSTUDY_TOOL_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "mcp/mcp_tools.h"
#include "tool/tool_server.h"

/* More pages are not asked for. */
#define TOOL_PAGES_MAX 20
/* An older list is asked for anew, and is used meanwhile. */
#define TOOL_LIST_OLD_MS (5 * 60 * 1000)
/* After a failure it is not asked for again before that. */
#define TOOL_LIST_AGAIN_MS 10000
/* How soon a server's word that it has changed is followed, at the earliest. */
#define TOOL_LIST_CHANGED_MS 1000

struct tool_list {
    struct tool_server *server;
    struct mcp_tools tools; /* where is_known */
    bool is_known;
    bool is_stale;              /* to be asked for anew at the next occasion, however old */
    bool has_failed;            /* the last time */
    int64_t at_ms;              /* when it was told, or the last time failed */
    struct tool_answer failure; /* of that time */
    /* While it is asked for: */
    struct tool_ask *ask; /* NULL = it is not */
    struct tool_ask_plan plan;
    int64_t end_at_ms;
    struct mcp_tools fresh;
    struct strings cursors; /* that were asked for */
    /* It was told, or could not be had. */
    void (*settled)(struct tool_list *list);
};

void tool_list_init(struct tool_list *list, struct tool_server *server,
                    void (*settled)(struct tool_list *list));
void tool_list_done(struct tool_list *list);

/* Is it time to ask? */
bool tool_list_is_due(const struct tool_list *list, int64_t now_ms);

/* Did it fail so short a time ago that it is not asked for? */
bool tool_list_rests(const struct tool_list *list, int64_t now_ms);

/* Asks for it, unless it is being asked for. shared: a user is taken; tool: of shared. */
void tool_list_ask(struct tool_list *list, struct shared_config *shared,
                   const struct config_tool *tool);

#endif
