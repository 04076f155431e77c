/* See ask_daemon.h. It answers in its own time, which its settings bound: nothing is timed here but
 * the connection. */
#include "ask/ask_daemon.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "call/upstream.h"

#define HEADERS_MAX 8192

struct ask_call {
    struct asking *asking;
    const struct local_daemon *daemon;
    struct upstream_call *call;
};

static void on_head(void *arg)
{
    struct ask_call *call = arg;
    const struct upstream_head *head = upstream_call_head(call->call);
    struct text name, value;
    size_t position = 0;
    ask_answer_head(&call->asking->answer, head->status);
    while (upstream_head_next(head, &position, &name, &value))
        ask_answer_field(&call->asking->answer, name, value);
}

static enum upstream_take on_body(void *arg, struct text bytes)
{
    struct ask_call *call = arg;
    return asking_take(call->asking, bytes) ? UPSTREAM_TAKEN : UPSTREAM_STOP;
}

/* libcurl's words tell of a connection; what the daemon is about is told by itself. */
static void on_end(void *arg, enum transport transport)
{
    struct ask_call *call = arg;
    const char *detail = upstream_call_detail(call->call);
    if (transport != TRANSPORT_OK)
        error_set(&call->asking->cut, "the daemon at %s broke off%s%s%s", call->daemon->address,
                  detail[0] ? " (" : "", detail, detail[0] ? ")" : "");
    asking_over(call->asking);
}

static void add_header(struct buf *headers, const char *name, const char *value)
{
    alloc_must(buf_printf(headers, "%s%s", name, value));
    alloc_must(buf_append(headers, "", 1));
}

/* Of those without a name first, as [server] stands before [token]. */
static const char *token_of(const struct config_server *server)
{
    if (server->tokens.count > 0)
        return server->tokens.at[0];
    return server->named_token_count > 0 ? server->named_tokens[0].secret : NULL;
}

static void add_headers(const struct config_server *server, const struct config_listen *listen,
                        struct buf *headers)
{
    const char *token = token_of(server);
    alloc_must(buf_append_string(headers, "Host: "));
    alloc_must(local_check_name(server, listen, headers));
    alloc_must(buf_append(headers, "", 1));
    add_header(headers, "Content-Type: ", "application/json");
    add_header(headers, "User-Agent: ", "understudy-ask/" UNDERSTUDY_VERSION);
    if (token)
        add_header(headers, "Authorization: Bearer ", token);
}

void ask_daemon(struct asking *asking, const struct config_server *server,
                const struct local_daemon *daemon, struct text body)
{
    static const struct upstream_events events = {.head = on_head, .body = on_body, .end = on_end};
    const struct config_listen *listen = daemon->listen;
    struct ask_call call = {.asking = asking, .daemon = daemon};
    struct buf headers;
    char *url =
        xasprintf("http://%s/v1/chat/completions", listen->path ? "127.0.0.1" : daemon->address);
    buf_init_secret(&headers, HEADERS_MAX);
    add_headers(server, listen, &headers);
    const struct upstream_request request = {
        .method = "POST",
        .url = url,
        .body = body,
        .own_connection = true,
        .headers = &headers,
        .way = {.connect_timeout_ms = asking->connect_timeout_ms, .unix_socket = listen->path},
        .events = &events,
        .arg = &call};
    call.call = upstream_start(asking->upstream, &request);
    loop_run(asking->loop);
    upstream_stop(call.call);
    upstream_release(call.call);
    buf_done(&headers);
    free(url);
}
