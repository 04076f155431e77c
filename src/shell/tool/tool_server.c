/*
 * What concerns all who ask a server: the session that they wait for, what is said to it beside
 * their requests, and what it says of itself.
 */
#include "tool/tool_server.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "call/upstream.h"

#define NOTE_MS 5000
/* At once, to one server: of what it asks of us more is not answered. */
#define NOTES_MAX 8

static struct loop *loop_of(const struct tool_server *server)
{
    return upstream_loop(server->upstream);
}

void tool_server_wake(struct tool_server *server, const struct tool_answer *failure)
{
    for (struct tool_ask *ask = server->asks; ask; ask = ask->among.next) {
        if (!ask->waits)
            continue;
        ask->waits = false;
        if (failure) {
            ask->failure = *failure;
            ask->failure.json = ask->failure.session = (struct text){NULL, 0};
        }
        loop_defer(loop_of(server), &ask->go);
    }
}

/* ---- a session */

static void on_initialized(void *arg, const struct tool_answer *answer)
{
    struct tool_server *server = arg;
    server->opening = NULL;
    if (answer->end != TOOL_OK)
        mcp_session_closed(&server->session);
    tool_server_wake(server, answer->end == TOOL_OK ? NULL : answer);
}

static struct tool_ask *server_initialized(struct tool_server *server, const struct tool_ask *by)
{
    struct buf message;
    buf_init(&message, TOOL_MESSAGE_MAX);
    alloc_must(mcp_initialized_write(&message));
    const struct tool_ask_plan plan = {.what = TOOL_ASK_NOTE,
                                       .shared = by->plan.shared,
                                       .tool = by->plan.tool,
                                       .text = buf_text(&message),
                                       .within_ms = by->plan.within_ms,
                                       .done = on_initialized,
                                       .arg = server};
    struct tool_ask *ask = tool_ask_start(server, &plan);
    buf_done(&message);
    return ask;
}

/* In our words: its own may be anything, and these are logged. */
static void handshake_refused(const struct mcp_message *message, struct tool_answer *answer)
{
    answer->end = TOOL_PROTOCOL;
    if (message->kind == MCP_ERROR)
        (void)snprintf(answer->why, sizeof(answer->why),
                       "refused the handshake (JSON-RPC error %" PRId64 ")", message->code);
    else
        (void)snprintf(answer->why, sizeof(answer->why),
                       "speaks a version of MCP that is not known here");
}

static void on_opened(void *arg, const struct tool_answer *answer)
{
    struct tool_ask *ask = arg;
    struct tool_server *server = ask->server;
    struct tool_answer failure = *answer;
    struct mcp_message message = {.kind = MCP_FOREIGN};
    const char *version = NULL;
    server->opening = NULL;
    if (answer->end == TOOL_OK)
        mcp_message_read(answer->json, &message);
    if (message.kind == MCP_RESULT)
        version = mcp_initialize_version(message.result);
    if (version) {
        bool has_id = mcp_session_id_valid(answer->session);
        mcp_session_opened(&server->session, version, has_id ? answer->session : (struct text){0});
        server->opening = server_initialized(server, ask);
        return;
    }
    if (answer->end == TOOL_OK)
        handshake_refused(&message, &failure);
    bool is_modern =
        failure.end == TOOL_PROTOCOL && mcp_session_refused(&server->session, &message);
    tool_server_wake(server, is_modern ? NULL : &failure);
}

void tool_server_open(struct tool_server *server, const struct tool_ask *by)
{
    const struct tool_ask_plan plan = {.what = TOOL_ASK_INITIALIZE,
                                       .shared = by->plan.shared,
                                       .tool = by->plan.tool,
                                       .within_ms = by->plan.tool->timeout_ms,
                                       .done = on_opened};
    server->opening = tool_ask_start(server, &plan);
    server->opening->plan.arg = server->opening;
}

/* ---- what is said beside the requests */

static void server_note(struct tool_server *server, const struct tool_ask *by, struct text message)
{
    const struct tool_ask_plan plan = {.what = TOOL_ASK_NOTE,
                                       .shared = by->plan.shared,
                                       .tool = by->plan.tool,
                                       .text = message,
                                       .within_ms = NOTE_MS};
    if (server->notes < NOTES_MAX)
        (void)tool_ask_start(server, &plan);
}

void tool_server_say(struct tool_server *server, const struct tool_ask *by, struct text message)
{
    if (server->socket && tool_socket_is_open(server->socket))
        /* One who takes nothing will not miss it. */
        (void)!tool_socket_say(server->socket, message);
    else if (!server->socket && by)
        server_note(server, by, message);
}

void tool_server_heard(struct tool_server *server, const struct tool_ask *by,
                       const struct mcp_message *message)
{
    struct buf reply;
    if (message->list_changed)
        server->list_changed(server);
    if (message->kind != MCP_REQUEST || server->session.state != MCP_SESSION_OPEN)
        return;
    buf_init(&reply, TOOL_MESSAGE_MAX);
    if (mcp_reply_write(message, &reply) == 0)
        tool_server_say(server, by, buf_text(&reply));
    buf_done(&reply);
}

/* ---- its life */

static void on_socket_heard(void *arg, const struct mcp_message *message)
{
    tool_server_heard(arg, NULL, message);
}

static void on_socket_closed(void *arg)
{
    struct tool_server *server = arg;
    mcp_session_closed(&server->session);
}

void tool_server_init(struct tool_server *server, struct upstream *upstream, const char *socket)
{
    static const struct tool_socket_events events = {.heard = on_socket_heard,
                                                     .closed = on_socket_closed};
    server->upstream = upstream;
    if (socket)
        server->socket = tool_socket_new(loop_of(server), socket, &events, server);
}

void tool_server_done(struct tool_server *server)
{
    while (server->asks)
        tool_ask_drop(server->asks);
    tool_socket_free(server->socket);
}
