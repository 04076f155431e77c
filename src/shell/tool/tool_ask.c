/*
 *     go --> is there a session, where one is needed? --no--> initialize --> initialized --\
 *      ^         | yes                                                                     |
 *      |         v                                                                         |
 *      |       sent --> answered --> done                                                  |
 *      |                   | the server wants to be spoken to in another way               |
 *      \-------------------/<--------------------------------------------------------------/
 *
 * initialize is an ask like any other, and so is each notification: they differ in what is sent and
 * in that they wait for nothing. Whatever ends, ends in ask_end; whatever begins or goes on does so
 * from a task, so that nobody hears of one ask while he does something with another.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "base/shared_config.h"
#include "call/upstream.h"
#include "mcp/mcp.h"
#include "mcp/mcp_head.h"
#include "provider/local_switch.h"
#include "tool/tool_server.h"

#define HEADERS_MAX ((size_t)1 << 20)
#define CONNECT_MS  5000
/* Before a server on a socket that says nothing is taken for one that wants a handshake first. */
#define PROBE_MS 5000
/* For the era, and for a session that was lost meanwhile. */
#define AGAIN_MAX 2

static struct loop *loop_of(const struct tool_server *server)
{
    return upstream_loop(server->upstream);
}

static int64_t now_of(const struct tool_server *server)
{
    return loop_now_ms(loop_of(server));
}

/* Does it ask for something that an app wants? */
static bool is_request(const struct tool_ask *ask)
{
    return ask->plan.what == TOOL_ASK_LIST || ask->plan.what == TOOL_ASK_CALL;
}

static bool is_sent(const struct tool_ask *ask)
{
    return ask->http || ask->line.waiting;
}

/* ---- ending */

static void ask_unsend(struct tool_ask *ask)
{
    if (ask->server->socket)
        tool_socket_leave(ask->server->socket, &ask->line);
    tool_http_free(ask->http);
    ask->http = NULL;
}

static void ask_take_out(struct tool_ask *ask)
{
    struct loop *loop = loop_of(ask->server);
    loop_timer_cancel(loop, &ask->limit);
    loop_undefer(loop, &ask->go);
    LIST_TAKE(ask, among);
    if (ask->plan.what == TOOL_ASK_NOTE)
        ask->server->notes--;
}

static void ask_free(struct tool_ask *ask)
{
    ask_unsend(ask);
    buf_done(&ask->message);
    buf_done(&ask->headers);
    shared_config_unref(ask->plan.shared);
    free(ask->text);
    free(ask->arguments);
    free(ask->parameters);
    free(ask);
}

static void ask_end(struct tool_ask *ask, const struct tool_answer *answer)
{
    ask_take_out(ask);
    if (ask->plan.done)
        ask->plan.done(ask->plan.arg, answer);
    ask_free(ask);
}

void tool_ask_drop(struct tool_ask *ask)
{
    ask_take_out(ask);
    ask_free(ask);
}

static void ask_fail(struct tool_ask *ask, enum tool_end end, const char *why)
{
    struct tool_answer answer = {.end = end};
    (void)snprintf(answer.why, sizeof(answer.why), "%s", why);
    ask_end(ask, &answer);
}

/* In the modern era a server is told over HTTP by hanging up. */
static void ask_tell_cancelled(const struct tool_ask *ask)
{
    struct tool_server *server = ask->server;
    bool has_word = server->socket ||
                    (ask->sent.era == MCP_HANDSHAKE && server->session.state == MCP_SESSION_OPEN);
    struct buf message;
    if (!is_request(ask) || !is_sent(ask) || !has_word)
        return;
    buf_init(&message, TOOL_MESSAGE_MAX);
    if (mcp_cancelled_write(ask->id, &message) == 0)
        tool_server_say(server, ask, buf_text(&message));
    buf_done(&message);
}

/* ---- the answer */

static bool wants_again(const struct tool_ask *ask, const struct tool_answer *answer)
{
    struct mcp_session *session = &ask->server->session;
    bool is_call = ask->plan.what == TOOL_ASK_CALL, again = false;
    struct mcp_message message;
    if (answer->json.len > 0)
        mcp_message_read(answer->json, &message);
    if (answer->json.len > 0 || answer->status > 0)
        again = mcp_session_answered(session, &ask->sent, is_call, answer->status,
                                     answer->json.len > 0 ? &message : NULL);
    else if (ask->server->socket && answer->lost && !is_call)
        again = mcp_session_unanswered(session, &ask->sent);
    return again && ask->again < AGAIN_MAX;
}

static void ask_again(struct tool_ask *ask)
{
    ask_unsend(ask);
    ask->again++;
    ask->probing = false;
    loop_timer_set(loop_of(ask->server), &ask->limit, ask->end_at_ms);
    loop_defer(loop_of(ask->server), &ask->go);
}

static void ask_answered(struct tool_ask *ask, const struct tool_answer *answer)
{
    if (is_request(ask) && wants_again(ask, answer))
        ask_again(ask);
    else
        ask_end(ask, answer);
}

static void on_http(void *arg, const struct tool_answer *answer)
{
    ask_answered(arg, answer);
}

static void on_http_heard(void *arg, const struct mcp_message *message)
{
    const struct tool_ask *ask = arg;
    tool_server_heard(ask->server, ask, message);
}

static void on_line(struct tool_line *line, const struct tool_answer *answer)
{
    ask_answered(OWNER(line, struct tool_ask, line), answer);
}

static void on_limit(struct loop_timer *timer)
{
    struct tool_ask *ask = OWNER(timer, struct tool_ask, limit);
    bool is_call = ask->plan.what == TOOL_ASK_CALL;
    int64_t ms = is_call ? ask->plan.within_ms : ask->plan.tool->timeout_ms; /* a page has less */
    char why[TOOL_WHY_MAX];
    if (ask->probing && mcp_session_unanswered(&ask->server->session, &ask->sent)) {
        ask_again(ask);
        return;
    }
    if (ms % 1000 == 0)
        (void)snprintf(why, sizeof(why), "did not answer within %" PRId64 " s", ms / 1000);
    else
        (void)snprintf(why, sizeof(why), "did not answer within %" PRId64 " ms", ms);
    ask_tell_cancelled(ask);
    ask_fail(ask, TOOL_TIMEOUT, why);
}

/* ---- sending */

static int message_write(struct tool_ask *ask)
{
    const struct tool_ask_plan *plan = &ask->plan;
    switch (plan->what) {
    case TOOL_ASK_LIST:
        return mcp_list_write(ask->sent.era, ask->id, plan->text, &ask->message);
    case TOOL_ASK_CALL:
        return mcp_call_write(ask->sent.era, ask->id, plan->text, plan->arguments, &ask->message);
    case TOOL_ASK_INITIALIZE:
        return mcp_initialize_write(ask->id, &ask->message);
    case TOOL_ASK_NOTE:
        break;
    }
    return buf_append_text(&ask->message, plan->text);
}

static const char *method_of(enum tool_ask_what what)
{
    switch (what) {
    case TOOL_ASK_LIST:
        return "tools/list";
    case TOOL_ASK_CALL:
        return "tools/call";
    case TOOL_ASK_INITIALIZE:
        return "initialize";
    case TOOL_ASK_NOTE:
        break;
    }
    return NULL; /* of the handshake era only, which has no field for it */
}

static int headers_write(struct tool_ask *ask)
{
    const struct config_tool *tool = ask->plan.tool;
    const struct mcp_session *session = &ask->server->session;
    bool has_session = ask->sent.era == MCP_HANDSHAKE && ask->plan.what != TOOL_ASK_INITIALIZE;
    struct mcp_head head = {.era = ask->sent.era, .method = method_of(ask->plan.what)};
    if (has_session) {
        head.version = session->version;
        head.session = text_of(session->id);
    }
    if (ask->plan.what == TOOL_ASK_CALL) {
        head.name = ask->plan.text;
        head.parameters = ask->plan.parameters;
        head.arguments = ask->plan.arguments;
    }
    int r = mcp_head_write(&head, &ask->headers);
    if (r == 0 && tool->api_key)
        r = buf_printf(&ask->headers, "Authorization: Bearer %s%c", tool->api_key, '\0');
    for (size_t i = 0; r == 0 && i < tool->header_count; i++)
        r = buf_printf(&ask->headers, "%s: %s%c", tool->headers[i].name, tool->headers[i].value,
                       '\0');
    return r;
}

static void ask_send_http(struct tool_ask *ask)
{
    int64_t within_ms = ask->plan.within_ms < CONNECT_MS ? ask->plan.within_ms : CONNECT_MS;
    const struct tool_http_plan plan = {.upstream = ask->server->upstream,
                                        .tool = ask->plan.tool,
                                        .message = buf_text(&ask->message),
                                        .headers = &ask->headers,
                                        .id = ask->id,
                                        .connect_within_ms = within_ms,
                                        .heard = on_http_heard,
                                        .done = on_http,
                                        .arg = ask};
    ask->http = tool_http_start(&plan);
}

static void ask_send_line(struct tool_ask *ask)
{
    static const struct tool_answer said = {.end = TOOL_OK};
    struct tool_socket *socket = ask->server->socket;
    bool is_note = ask->plan.what == TOOL_ASK_NOTE;
    ask->line.id = ask->id;
    int r = is_note ? tool_socket_say(socket, buf_text(&ask->message))
                    : tool_socket_ask(socket, &ask->line, buf_text(&ask->message));
    if (r < 0)
        ask_fail(ask, TOOL_TOO_LARGE, "was not called: more than can be sent to it");
    else if (is_note)
        ask_end(ask, &said);
}

static void ask_send(struct tool_ask *ask)
{
    struct tool_server *server = ask->server;
    buf_reset(&ask->message);
    buf_reset(&ask->headers);
    ask->id = ask->plan.what == TOOL_ASK_NOTE ? 0 : ++server->last_id;
    ask->sent = mcp_session_sent(&server->session);
    if (!is_request(ask))
        ask->sent.era = MCP_HANDSHAKE;
    int r = message_write(ask);
    r = r == 0 && !server->socket ? headers_write(ask) : r;
    if (r == -EINVAL) {
        ask_fail(ask, TOOL_ERROR, "was not called: the arguments are not a JSON object");
    } else if (r < 0) {
        ask_fail(ask, TOOL_TOO_LARGE, "was not called: more than can be sent to it");
    } else if (!server->socket) {
        ask_send_http(ask);
    } else {
        int64_t probe_at_ms = now_of(server) + PROBE_MS;
        ask->probing = is_request(ask) && server->session.state == MCP_SESSION_UNKNOWN &&
                       probe_at_ms < ask->end_at_ms;
        if (ask->probing)
            loop_timer_set(loop_of(server), &ask->limit, probe_at_ms);
        ask_send_line(ask);
    }
}

static void ask_wait(struct tool_ask *ask, enum mcp_step step)
{
    struct tool_server *server = ask->server;
    ask->waits = true;
    if (step == MCP_STEP_INITIALIZE && !server->opening)
        tool_server_open(server, ask);
    else if (step == MCP_STEP_LEARN)
        server->learn(server, ask->plan.shared, ask->plan.tool);
}

static void on_go(struct loop_task *task)
{
    struct tool_ask *ask = OWNER(task, struct tool_ask, go);
    struct tool_server *server = ask->server;
    enum mcp_step step = MCP_STEP_SEND;
    if (ask->failure.end != TOOL_OK) {
        const struct tool_answer failure = ask->failure;
        ask_end(ask, &failure);
        return;
    }
    if (!ask->plan.tool->local && local_switch_is_on()) {
        ask_fail(ask, TOOL_NETWORK, "was not asked: nothing may leave this machine now (local on)");
        return;
    }
    if (server->socket && !tool_socket_is_open(server->socket))
        mcp_session_closed(&server->session);
    if (is_request(ask)) {
        step = mcp_session_step(&server->session, ask->plan.what == TOOL_ASK_CALL);
        if (step == MCP_STEP_SEND && server->opening)
            step = MCP_STEP_INITIALIZE; /* the notification behind it is still on its way */
    }
    if (step == MCP_STEP_SEND)
        ask_send(ask);
    else
        ask_wait(ask, step);
}

/* ---- what their owners do */

static char *copy(struct text *text)
{
    char *bytes = text->at ? xstrndup(text->at, text->len) : NULL;
    text->at = bytes;
    return bytes;
}

struct tool_ask *tool_ask_start(struct tool_server *server, const struct tool_ask_plan *plan)
{
    struct tool_ask *ask = xcalloc(1, sizeof(*ask));
    struct loop *loop = loop_of(server);
    ask->server = server;
    ask->plan = *plan;
    ask->text = copy(&ask->plan.text);
    ask->arguments = copy(&ask->plan.arguments);
    ask->parameters = copy(&ask->plan.parameters);
    (void)shared_config_ref(plan->shared);
    buf_init(&ask->message, TOOL_MESSAGE_MAX);
    buf_init_secret(&ask->headers, HEADERS_MAX);
    ask->line.done = on_line;
    ask->go.run = on_go;
    ask->limit.due = on_limit;
    ask->end_at_ms = now_of(server) + plan->within_ms;
    if (plan->what == TOOL_ASK_NOTE)
        server->notes++;
    LIST_ADD(&server->asks, ask, among);
    loop_timer_set(loop, &ask->limit, ask->end_at_ms);
    loop_defer(loop, &ask->go);
    return ask;
}

void tool_ask_cancel(struct tool_ask *ask)
{
    ask_tell_cancelled(ask);
    tool_ask_drop(ask);
}
