/* See dial.h. */
#include "base/dial.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* Between two tries with one whose queue is full: the kernel does not tell when there is room. */
#define FULL_MS 10

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

int dial_unix_address(const char *path, struct sockaddr_un *ret)
{
    size_t len = strlen(path);
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (len == 0 || len >= sizeof(ret->sun_path))
        return -ENAMETOOLONG;
    memcpy(ret->sun_path, path, len);
    return 0;
}

int dial_unix(const char *path, int64_t end_ms)
{
    struct sockaddr_un address;
    int r = dial_unix_address(path, &address);
    if (r < 0)
        return r;
    while ((r = connect_to((const struct sockaddr *)&address, sizeof(address), end_ms)) ==
           -EAGAIN) {
        if (clock_monotonic_ms() >= end_ms)
            return -ETIMEDOUT;
        (void)poll(NULL, 0, FULL_MS);
    }
    return r;
}

int dial_tcp(const char *host, uint16_t port, int64_t end_ms)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char service[8];
    int fd = -EADDRNOTAVAIL;
    (void)snprintf(service, sizeof(service), "%" PRIu16, port);
    if (getaddrinfo(host, service, &hints, &found) != 0)
        return fd;
    for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next)
        fd = connect_to(at->ai_addr, at->ai_addrlen, end_ms);
    freeaddrinfo(found);
    return fd;
}

int dial_send(int fd, struct text bytes, int64_t end_ms)
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

int dial_read(int fd, struct buf *answer, int64_t end_ms)
{
    char bytes[1024];
    int r = 0;
    while (r == 0 && answer->len < answer->max) {
        size_t room = answer->max - answer->len;
        ssize_t n = recv(fd, bytes, room < sizeof(bytes) ? room : sizeof(bytes), 0);
        if (n > 0)
            r = buf_append(answer, bytes, (size_t)n);
        else if (n == 0)
            return 0;
        else
            r = errno == EAGAIN || errno == EINTR ? wait_for(fd, POLLIN, end_ms) : -errno;
    }
    return answer->len ? 0 : r;
}
