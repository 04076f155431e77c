/*
 * The connection to a server on a unix socket, JSON-RPC a line each way: one at a time, opened when
 * it is first needed, and again by whatever comes after it has ended. Several requests are under
 * way on it, told apart by their ids. It is closed after five minutes without any.
 */
#ifndef UNDERSTUDY_TOOL_SOCKET_H
#define UNDERSTUDY_TOOL_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/loop.h"
#include "mcp/mcp_message.h"
#include "text/text.h"
#include "tool/tool_answer.h"

struct tool_socket;

/* A request that waits for its answer; embedded in its owner. */
struct tool_line {
    LIST_LINK(struct tool_line) among;
    int64_t id;
    bool waiting;
    /* From the loop, once, unless it left. answer lives until it returns. */
    void (*done)(struct tool_line *line, const struct tool_answer *answer);
};

/* What the owner of the connection is told, from the loop. */
struct tool_socket_events {
    /* What the server says that answers nothing. */
    void (*heard)(void *arg, const struct mcp_message *message);
    /* It has ended: with it what the server knew of us. Told before those who wait,
     * also from inside of what looks for it. */
    void (*closed)(void *arg);
};

struct tool_socket *tool_socket_new(struct loop *loop, const char *path,
                                    const struct tool_socket_events *events, void *arg);
/* Nobody may wait. NULL is fine. */
void tool_socket_free(struct tool_socket *socket);

/* Is there a connection that has not ended? A look at it may find that it has, and tell closed. */
bool tool_socket_is_open(struct tool_socket *socket);

/*
 * Sends a message, without line ends, as a line. What goes wrong is told to the lines that wait;
 * -EMSGSIZE: it is larger than 8 MB, or the server takes none of what was sent before.
 */
int tool_socket_say(struct tool_socket *socket, struct text message)
    __attribute__((warn_unused_result));

/* The same, and line waits for the answer to its id. Not where it is an error. */
int tool_socket_ask(struct tool_socket *socket, struct tool_line *line, struct text message)
    __attribute__((warn_unused_result));

/* It waits no more; not waiting is fine. */
void tool_socket_leave(struct tool_socket *socket, struct tool_line *line);

#endif
