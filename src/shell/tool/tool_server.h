/*
 * One MCP server as a thing that is asked: whatever it is reached by, and whichever era it is of.
 * What has to be done first (initialize, or a new session) is done once for all who wait for it.
 * For the room tool only.
 */
#ifndef UNDERSTUDY_TOOL_SERVER_H
#define UNDERSTUDY_TOOL_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/loop.h"
#include "config/config.h"
#include "mcp/mcp_session.h"
#include "text/buf.h"
#include "tool/tool_answer.h"
#include "tool/tool_http.h"
#include "tool/tool_socket.h"

struct shared_config;
struct tool_server;
struct upstream;

enum tool_ask_what {
    TOOL_ASK_LIST,
    TOOL_ASK_CALL,
    TOOL_ASK_INITIALIZE, /* not for others than the server itself, as is NOTE */
    TOOL_ASK_NOTE,       /* a message that no message answers */
};

/* All texts are borrowed for the call of tool_ask_start. */
struct tool_ask_plan {
    enum tool_ask_what what;
    struct shared_config *shared;   /* a user of it is taken */
    const struct config_tool *tool; /* of shared */
    struct text text; /* LIST: the cursor; CALL: the tool's own name; NOTE: the message */
    struct text arguments, parameters; /* CALL: see mcp_head.h */
    int64_t within_ms;
    /* From the loop, never from inside tool_ask_start, once unless it was cancelled. The ask is
     * gone then, answer lives until it returns. */
    void (*done)(void *arg, const struct tool_answer *answer);
    void *arg;
};

/* A request until it has its answer. */
struct tool_ask {
    LIST_LINK(struct tool_ask) among;
    struct tool_server *server;
    struct tool_ask_plan plan;
    char *text, *arguments, *parameters; /* of the plan */
    int64_t id;                          /* of what was sent last */
    struct mcp_sent sent;
    struct buf message, headers;
    struct tool_http *http;
    struct tool_line line;
    struct loop_task go;
    struct loop_timer limit;
    int64_t end_at_ms;
    bool probing; /* the limit is not its end: a server may be silent before initialize */
    bool waits;   /* for a session, or for the era to be known */
    int again;    /* how often it was sent once more */
    struct tool_answer failure; /* what it waited for has failed so; TOOL_OK: it has not */
};

struct tool_server {
    struct upstream *upstream;
    struct mcp_session session;
    struct tool_socket *socket; /* NULL: HTTP */
    struct tool_ask *asks;
    struct tool_ask *opening; /* initialize, or the notification behind it; NULL = neither */
    int64_t last_id;
    int notes; /* under way */
    /* The owner's: the era is to be found out, by asking for the list, and tool_server_wake be
     * called then; the server says that its list is another one now. */
    void (*learn)(struct tool_server *server, struct shared_config *shared,
                  const struct config_tool *tool);
    void (*list_changed)(struct tool_server *server);
};

/* socket: its path, NULL for HTTP. */
void tool_server_init(struct tool_server *server, struct upstream *upstream, const char *socket);

/* What is under way ends without a word. */
void tool_server_done(struct tool_server *server);

/* The list that was to tell the era, or a handshake, has ended: those that wait for it go on, or
 * end with that failure (NULL = it went well). */
void tool_server_wake(struct tool_server *server, const struct tool_answer *failure);

struct tool_ask *tool_ask_start(struct tool_server *server, const struct tool_ask_plan *plan);

/* Nobody wants the answer: the server is told so where its era has a word for it. */
void tool_ask_cancel(struct tool_ask *ask);

/* For the two files of this header. */

/* It is gone, without a word to anybody. */
void tool_ask_drop(struct tool_ask *ask);

/* initialize, as one who wants it has the settings. */
void tool_server_open(struct tool_server *server, const struct tool_ask *by);

/* A message that no message answers. by: who has the settings; NULL on a socket. */
void tool_server_say(struct tool_server *server, const struct tool_ask *by, struct text message);

/* It says something that answers nothing. */
void tool_server_heard(struct tool_server *server, const struct tool_ask *by,
                       const struct mcp_message *message);

#endif
