/*
 * Plain sockets with one limit for all: connect, send, read until the daemon closes. libcurl would
 * want its certificates first, and this runs every few seconds in small containers.
 */
#include "command/local_daemon.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

/* More than fits what names of hosts and the request's two lines can be. */
#define REQUEST_MAX 1024

/* 0, or -ETIMEDOUT. */
static int wait_for(int fd, short events, int64_t end_ms)
{
    for (;;) {
        struct pollfd watched = {.fd = fd, .events = events};
        int64_t left_ms = end_ms - clock_monotonic_ms();
        int n = left_ms > 0 ? poll(&watched, 1, (int)left_ms) : 0;
        if (n == 0)
            return -ETIMEDOUT;
        if (n > 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

/* A connected socket, or -errno. */
static int connect_to(const struct sockaddr *address, socklen_t len, int64_t end_ms)
{
    int error = 0;
    socklen_t size = sizeof(error);
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int r = connect(fd, address, len) < 0 ? -errno : 0;
    if (r == -EINPROGRESS)
        r = wait_for(fd, POLLOUT, end_ms);
    if (r == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        r = -errno;
    if (r == 0 && error != 0)
        r = -error;
    if (r < 0)
        close(fd);
    return r < 0 ? r : fd;
}

static int connect_by_path(const char *path, int64_t end_ms)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path));
    return connect_to((const struct sockaddr *)&address, sizeof(address), end_ms);
}

static int connect_by_name(const struct config_listen *listen, int64_t end_ms)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char port[8];
    int fd = -EADDRNOTAVAIL;
    (void)snprintf(port, sizeof(port), "%u", (unsigned)listen->port);
    if (getaddrinfo(local_check_host(listen), port, &hints, &found) != 0)
        return fd;
    for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next)
        fd = connect_to(at->ai_addr, at->ai_addrlen, end_ms);
    freeaddrinfo(found);
    return fd;
}

static int send_all(int fd, struct text bytes, int64_t end_ms)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);
        if (n >= 0)
            bytes = text_skip(bytes, (size_t)n);
        else if (errno != EAGAIN && errno != EINTR)
            return -errno;
        else if (wait_for(fd, POLLOUT, end_ms) < 0)
            return -ETIMEDOUT;
    }
    return 0;
}

/* Until its end, or as much of it as is looked at. What came before a fault is an answer, too. */
static int read_all(int fd, struct buf *answer, int64_t end_ms)
{
    char bytes[1024];
    int r = 0;
    while (r == 0) {
        ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
        if (n > 0)
            r = buf_append(answer, bytes, (size_t)n);
        else if (n == 0)
            return 0;
        else
            r = errno == EAGAIN || errno == EINTR ? wait_for(fd, POLLIN, end_ms) : -errno;
    }
    return answer->len ? 0 : r;
}

/* 0 when something came back. */
static int exchange(int fd, const struct config_server *server, const struct config_listen *listen,
                    int64_t end_ms, struct local_daemon *ret)
{
    struct buf request, answer;
    buf_init(&request, REQUEST_MAX);
    buf_init(&answer, LOCAL_ANSWER_MAX);
    int r = local_check_request(server, listen, &request);
    if (r == 0)
        r = send_all(fd, buf_text(&request), end_ms);
    if (r == 0)
        r = read_all(fd, &answer, end_ms);
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
    int fd = listen->path ? connect_by_path(listen->path, end_ms) : connect_by_name(listen, end_ms);
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
