/* A server of the room, and those who ask it. A program includes it once. */
#ifndef UNDERSTUDY_PRETEND_ASK_H
#define UNDERSTUDY_PRETEND_ASK_H

#include "pretend_mcp.h"
#include "tool/tool_server.h"

static struct tool_server server;
static int learns, changes;
static struct guest {
    struct tool_ask *ask;
    int done;
    struct tool_answer answer;
    char json[1024];
    struct guest *cancels; /* when it is told */
} guests[4];

static void on_learn(struct tool_server *of, struct shared_config *with,
                     const struct config_tool *tool)
{
    ck_assert_ptr_eq(of, &server);
    ck_assert_ptr_eq(with, &shared);
    ck_assert_ptr_nonnull(tool);
    learns++;
}

static void on_list_changed(struct tool_server *of)
{
    ck_assert_ptr_eq(of, &server);
    changes++;
}

static void on_done(void *arg, const struct tool_answer *answer)
{
    struct guest *guest = arg;
    guest->done++;
    guest->ask = NULL;
    guest->answer = *answer;
    (void)snprintf(guest->json, sizeof(guest->json), "%.*s", TEXT_ARG(answer->json));
    if (guest->cancels && guest->cancels->ask) {
        tool_ask_cancel(guest->cancels->ask);
        guest->cancels->ask = NULL;
    }
}

static void begin(const struct config_tool *tool)
{
    tool_server_init(&server, &wire, tool->socket);
    server.learn = on_learn;
    server.list_changed = on_list_changed;
}

__attribute__((unused)) static void setup_web(void)
{
    mcp_begin();
    begin(web);
}

__attribute__((unused)) static void setup_near(void)
{
    mcp_begin();
    listen_near();
    begin(near);
}

__attribute__((unused)) static void teardown(void)
{
    tool_server_done(&server);
    settle();
    mcp_end();
}

static void start(int n, const struct config_tool *tool, enum tool_ask_what what)
{
    const struct tool_ask_plan plan = {.what = what,
                                       .shared = &shared,
                                       .tool = tool,
                                       .text = text_of(what == TOOL_ASK_CALL ? "now" : ""),
                                       .arguments = text_of("{\"a\": 1}"),
                                       .within_ms = 30000,
                                       .done = on_done,
                                       .arg = &guests[n]};
    guests[n].ask = tool_ask_start(&server, &plan);
    ck_assert_int_eq(guests[n].done, 0);
}

__attribute__((unused)) static void list(int n)
{
    start(n, server.socket ? near : web, TOOL_ASK_LIST);
    settle();
}

__attribute__((unused)) static void call(int n)
{
    start(n, server.socket ? near : web, TOOL_ASK_CALL);
    settle();
}

/* Its list was told so. */
__attribute__((unused)) static void make_modern(void)
{
    server.session.state = MCP_SESSION_MODERN;
}

/* It was asked, refused that, and has a session now. */
__attribute__((unused)) static void make_session(const char *id)
{
    char fields[100] = JSON_TYPE;
    if (id[0])
        (void)snprintf(fields, sizeof(fields), JSON_TYPE "Mcp-Session-Id: %s\r\n", id);
    ck_assert(call_says(call_now(), "\"initialize\""));
    send_head(call_now(), 200, fields);
    (void)send_bytes(call_now(), with_id(WELCOME, id_of(call_now()->body)));
    send_end(call_now(), TRANSPORT_OK);
    settle();
    ck_assert(call_says(call_now(), "\"notifications/initialized\""));
    answer_call(202, "");
}

/* The server takes the handshake, and what was asked comes again. */
__attribute__((unused)) static void shake_hands(int peer, const char *wanted)
{
    const char *line = hear(peer);
    ck_assert_ptr_nonnull(line);
    ck_assert_ptr_nonnull(strstr(line, "\"initialize\""));
    tell(peer, with_id(WELCOME, id_of(line)));
    ck_assert_ptr_nonnull(strstr(hear(peer), "\"notifications/initialized\""));
    line = hear(peer);
    ck_assert_ptr_nonnull(strstr(line, wanted));
    ck_assert_ptr_null(strstr(line, "2026-07-28"));
    tell(peer, with_id(ONE_TOOL, id_of(line)));
}

#endif
