/*
 * The MCP servers of one worker: which tools each of them lists, which era of MCP it speaks, and
 * the calls under way. All of it is the worker's own; nothing is shared between workers.
 *
 * A list is asked for in the background: at the start, after a reload, when the server says that it
 * has changed, and when somebody wants it and it is older than five minutes. The old one is used
 * meanwhile. A server that does not answer is asked again ten seconds later at the earliest, and
 * offers nothing until it does. Known of a server is kept over a reload as long as its section
 * stays the same.
 */
#ifndef UNDERSTUDY_TOOL_SERVERS_H
#define UNDERSTUDY_TOOL_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "config/config.h"
#include "mcp/mcp_tools.h"

struct shared_config;
struct tool_server;
struct tool_servers;
struct upstream;

/* shared: where the settings in effect stand (shared_config.h). */
struct tool_servers *tool_servers_new(struct upstream *upstream,
                                      struct shared_config *const *shared);

/* No call may be under way and nobody may wait. NULL is fine. */
void tool_servers_free(struct tool_servers *servers);

/* At the start and after a reload: asks each server that is allowed anything, in the background,
 * and forgets those that are in the settings no more. */
void tool_servers_warm(struct tool_servers *servers);

/*
 * What it offers, until the next turn. NULL: nothing, and *ret_why (may be NULL) is a static phrase
 * of why, for status and check: it is down, not asked yet, barred by `local on`, allows nothing.
 */
const struct mcp_tools *tool_servers_tools(struct tool_servers *servers,
                                           const struct config_tool *tool, const char **ret_why);

/* Somebody who waits; embedded in its owner, zeroed but for ready. */
struct tool_waiter {
    struct tool_waiter *next;
    void (*ready)(struct tool_waiter *waiter); /* from the loop */
    bool waiting;
    struct tool_servers *servers; /* that it waits at */
    struct loop_timer limit;
};

/*
 * Would waiting bring nothing: is its list known, or was it asked a moment ago in vain, or is it
 * not asked at all? Asks anew in the background when the list is old.
 */
bool tool_servers_is_ready(struct tool_servers *servers, const struct config_tool *tool);

/* Asks, and calls the waiter when the server has answered or has not within two seconds. */
void tool_servers_wait(struct tool_servers *servers, const struct config_tool *tool,
                       struct tool_waiter *waiter);
void tool_servers_leave(struct tool_servers *servers, struct tool_waiter *waiter);

/* For status and check. Words are static; detail lives until the next turn. */
struct tool_facts {
    const char *state;  /* "ready", "asked", "down", "local", "off" (allows nothing) */
    const char *era;    /* the version of MCP that it speaks; "" = not known */
    const char *why;    /* as of tool_servers_tools; "" where state is "ready" */
    const char *detail; /* where it is down, in words: "answered with status 401"; "" = none */
    size_t listed;      /* tools that it has */
    size_t allowed;     /* that it offers */
    int64_t age_ms;     /* of the list; -1 = there is none */
};

void tool_servers_look(struct tool_servers *servers, const struct config_tool *tool,
                       struct tool_facts *ret);

/* For tool_job.c: what is asked for its calls; and the tool by its own name, if it is listed. */
struct tool_server *tool_servers_server(struct tool_servers *servers,
                                        const struct config_tool *tool);
const struct mcp_tool *tool_servers_own(struct tool_servers *servers,
                                        const struct config_tool *tool, struct text own_name);
/* A call of its was lost: the list is asked for anew at the next occasion. */
void tool_servers_doubt(struct tool_servers *servers, const struct config_tool *tool);

#endif
