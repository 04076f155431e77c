/*
 * Plain sockets with one limit for all: connect, send, read until the daemon closes. libcurl would
 * want its certificates first, and this runs every few seconds in small containers.
 */
#include "command/local_daemon.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dial.h"

/* More than fits what names of hosts and the request's two lines can be. */
#define REQUEST_MAX 1024

/* 0 when something came back. */
static int exchange(int fd, const struct config_server *server, const struct config_listen *listen,
                    int64_t end_ms, struct local_daemon *ret)
{
    struct buf request, answer;
    buf_init(&request, REQUEST_MAX);
    buf_init(&answer, LOCAL_ANSWER_MAX);
    int r = local_check_request(server, listen, &request);
    if (r == 0)
        r = dial_send(fd, buf_text(&request), end_ms);
    if (r == 0)
        r = dial_read(fd, &answer, end_ms);
    if (r == 0)
        local_check_answered(ret, buf_text(&answer));
    buf_done(&answer);
    buf_done(&request);
    return r;
}

static void ask(const struct config_server *server, const struct config_listen *listen,
                int64_t end_ms, struct local_daemon *ret)
{
    local_check_init(ret, listen);
    if (listen->host && listen->port == 0) {
        error_set(&ret->why, "the system chose the port; its log names it: "
                             "-s server.listen=ADDRESS:PORT");
        return;
    }
    int fd = listen->path ? dial_unix(listen->path, end_ms)
                          : dial_tcp(local_check_host(listen), listen->port, end_ms);
    int r = fd < 0 ? fd : exchange(fd, server, listen, end_ms, ret);
    if (fd >= 0)
        close(fd);
    if (r == -ECONNREFUSED || r == -ENOENT)
        error_set(&ret->why, "nobody listens there; start it with `understudy` or "
                             "`systemctl start understudy`");
    else if (r == -ETIMEDOUT)
        error_set(&ret->why, "it says nothing");
    else if (r < 0)
        error_set(&ret->why, "%s", strerror(-r));
}

void local_daemon_ask(const struct config_server *server, int64_t limit_ms,
                      struct local_daemon *ret)
{
    int64_t end_ms = clock_monotonic_ms() + limit_ms;
    for (size_t i = 0; i < server->listen_count; i++) {
        struct local_daemon found;
        ask(server, &server->listen[i], end_ms, &found);
        if (i == 0 || found.state > ret->state)
            *ret = found;
        if (found.state == LOCAL_READY)
            break;
    }
}
