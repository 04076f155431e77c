/*
 * A server in a thread: one connection at a time, and to each whole request the bytes of the next
 * answer.
 */
#ifndef UNDERSTUDY_PRETEND_SERVER_H
#define UNDERSTUDY_PRETEND_SERVER_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

enum then { KEEPS, CLOSES, RESETS, CLOSES_WHEN_TOLD, CLOSES_UNREAD, RESETS_UNREAD };

struct answer {
    const char *bytes;
    size_t len; /* 0 = of the string */
    enum then then;
};

static struct {
    int listener, asked, port;
    atomic_int connections, requests, closed;
    atomic_bool told;         /* for CLOSES_WHEN_TOLD */
    atomic_size_t body_bytes; /* of all requests */
    struct answer answers[4];
    pthread_t thread;
} pretended;

static void reset(int fd)
{
    const struct linger now = {.l_onoff = 1};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* False: the client has closed. */
static bool read_request(int fd, bool with_body)
{
    static char bytes[1 << 16];
    size_t len = 0;
    char *end = NULL;
    while (!end) {
        ssize_t n = recv(fd, bytes + len, sizeof(bytes) - 1 - len, 0);
        if (n <= 0)
            return false;
        len += (size_t)n;
        bytes[len] = '\0';
        end = strstr(bytes, "\r\n\r\n");
    }
    const char *field = strstr(bytes, "Content-Length: ");
    size_t body = field ? strtoul(field + 16, NULL, 10) : 0;
    size_t here = len - (size_t)(end + 4 - bytes);
    while (with_body && here < body) {
        ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
        if (n <= 0)
            return false;
        here += (size_t)n;
    }
    pretended.requests++;
    pretended.body_bytes += here;
    return true;
}

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* What comes behind an answer; the connection is closed then. */
static void end_as(enum then then, int fd)
{
    if (then == CLOSES_WHEN_TOLD)
        while (!pretended.told)
            (void)usleep(100);
    if (then == CLOSES_UNREAD) {
        (void)shutdown(fd, SHUT_WR);
        while (recv(fd, (char[4096]){0}, 4096, 0) > 0)
            ;
    }
    if (then == RESETS || then == RESETS_UNREAD)
        reset(fd);
}

static void serve_one(int fd)
{
    const struct answer *answer;
    do {
        answer = &pretended.answers[pretended.asked];
        if (!read_request(fd, answer->then < CLOSES_UNREAD))
            return;
        pretended.asked++;
        size_t len = answer->len ? answer->len : strlen(answer->bytes);
        if (!send_all(fd, answer->bytes, len))
            return;
    } while (answer->then == KEEPS);
    end_as(answer->then, fd);
}

static void *serve(void *arg)
{
    int fd;
    (void)arg;
    while ((fd = accept(pretended.listener, NULL, NULL)) >= 0) {
        pretended.connections++;
        serve_one(fd);
        close(fd);
        pretended.closed++;
    }
    return NULL;
}

static void server_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    memset(&pretended, 0, sizeof(pretended));
    pretended.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(pretended.listener, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(pretended.listener, 8), 0);
    ck_assert_int_eq(getsockname(pretended.listener, (struct sockaddr *)&address, &len), 0);
    pretended.port = ntohs(address.sin_port);
}

static void server_answers(struct answer first, struct answer second)
{
    pretended.answers[0] = first;
    pretended.answers[1] = second;
    ck_assert_int_eq(pthread_create(&pretended.thread, NULL, serve, NULL), 0);
}

#endif
