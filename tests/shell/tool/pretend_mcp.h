/*
 * MCP servers for the tests of this room: one over a pretended wire (HTTP), one on a real unix
 * socket in the same thread, and the settings that name them. A program includes it once.
 */
#ifndef UNDERSTUDY_PRETEND_MCP_H
#define UNDERSTUDY_PRETEND_MCP_H

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../exchange/pretend.h"
#include "base/dial.h"
#include "base/shared_config.h"
#include "record/log.h"
#include "record/metrics.h"
#include "unit.h"

/* ---- the settings */

static char web_name[] = "web", web_url[] = "http://127.0.0.1:8001/mcp";
static char near_name[] = "near", near_path[108] = "/tmp/us-tool-XXXXXX";
static char every[] = "*", key[] = "s3cret", field[] = "X-Team", value[] = "blue";
static char *allow_every[] = {every, NULL};
static struct config_header header = {.name = field, .value = value};
static struct config_tool sections[2];
static struct config config;
static struct shared_config shared = {.config = &config};
static struct shared_config *in_effect __attribute__((unused)) = &shared;
static const struct config_tool *const web = &sections[0], *const near = &sections[1];

static int listening = -1;

__attribute__((unused)) static void mcp_begin(void)
{
    log_silence();
    metrics_setup();
    pretend_begin();
    atomic_init(&shared.users, 1);
    sections[0] = (struct config_tool){.name = web_name,
                                       .url = web_url,
                                       .allow = {allow_every, 1},
                                       .headers = &header,
                                       .header_count = 1,
                                       .api_key = key,
                                       .timeout_ms = 30000,
                                       .local = true};
    sections[1] = (struct config_tool){.name = near_name,
                                       .socket = near_path,
                                       .allow = {allow_every, 1},
                                       .timeout_ms = 30000,
                                       .local = true};
    config.tools = (struct config_tools){.at = sections, .count = 2};
}

__attribute__((unused)) static void mcp_end(void)
{
    ck_assert_int_eq(atomic_load(&shared.users), 1);
    ck_assert_uint_eq(loop.timer_count, 0);
    if (listening >= 0) {
        close(listening);
        (void)unlink(near_path);
    }
    pretend_end();
}

/* ---- HTTP */

/* The JSON-RPC id of what the call carries. */
__attribute__((unused)) static int64_t id_of(const char *message)
{
    const char *at = strstr(message, "\"id\":");
    ck_assert_msg(at != NULL, "no id: %s", message);
    return strtoll(at + 5, NULL, 10);
}

__attribute__((unused)) static bool call_says(const struct upstream_call *call, const char *word)
{
    return strstr(call->body, word) != NULL;
}

/* The value of that field of the request; NULL = it has none. */
__attribute__((unused)) static const char *call_field(const struct upstream_call *call,
                                                      const char *name)
{
    const struct buf *headers = call->request.headers;
    size_t len = strlen(name);
    for (const char *at = headers->data; at < headers->data + headers->len; at += strlen(at) + 1)
        if (strncmp(at, name, len) == 0 && strncmp(at + len, ": ", 2) == 0)
            return at + len + 2;
    return NULL;
}

/* "@" in format's place stands for the id of what is answered. */
static const char *with_id(const char *json, int64_t id)
{
    static char text[8192];
    const char *at = strstr(json, "\"id\":@");
    if (!at)
        return json;
    (void)snprintf(text, sizeof(text), "%.*s\"id\":%" PRId64 "%s", (int)(at - json), json, id,
                   at + strlen("\"id\":@"));
    return text;
}

/* The latest call is answered. */
__attribute__((unused)) static void answer_call(int status, const char *json)
{
    struct upstream_call *call = call_now();
    send_answer(call, status, with_id(json, strstr(call->body, "\"id\":") ? id_of(call->body) : 0));
}

#define RESULT(json) "{\"jsonrpc\":\"2.0\",\"id\":@,\"result\":" json "}"
#define ERROR(code)                                                                                \
    "{\"jsonrpc\":\"2.0\",\"id\":@,\"error\":{\"code\":" #code ",\"message\":\"no, no\"}}"
#define NO_SUCH(code) "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":" #code "}}"
#define TOOL(name)    "{\"name\":\"" name "\",\"inputSchema\":{\"type\":\"object\"}}"
#define ONE_TOOL      RESULT("{\"resultType\":\"complete\",\"tools\":[" TOOL("now") "]}")
#define SAYS(text)                                                                                 \
    RESULT("{\"resultType\":\"complete\",\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}]"  \
           "}")
#define WELCOME RESULT("{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},\"serverInfo\":{}}")

/* ---- the socket */

__attribute__((unused)) static void listen_near(void)
{
    struct sockaddr_un address;
    int fd = mkstemp(near_path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(unlink(near_path), 0);
    ck_assert_int_eq(dial_unix_address(near_path, &address), 0);
    listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(listening, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(listening, 4), 0);
}

/* The next connection; -1 = there is none. */
__attribute__((unused)) static int come(void)
{
    settle();
    return accept4(listening, NULL, NULL, SOCK_NONBLOCK);
}

/* The next line that the server gets; "" = none yet, NULL = the connection has ended. */
__attribute__((unused)) static const char *hear(int peer)
{
    static char line[65536];
    size_t len = 0;
    settle();
    while (len < sizeof(line) - 1) {
        ssize_t n = recv(peer, line + len, 1, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return NULL;
        if (n < 0 || line[len++] == '\n')
            break;
    }
    line[len] = '\0';
    return line;
}

__attribute__((unused)) static void tell(int peer, const char *json)
{
    ck_assert_int_eq(send(peer, json, strlen(json), MSG_NOSIGNAL), (ssize_t)strlen(json));
    ck_assert_int_eq(send(peer, "\n", 1, MSG_NOSIGNAL), 1);
    settle();
}

#endif
