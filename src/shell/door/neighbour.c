/* The page for browsers says who serves; its first bytes will do. */
#include "door/neighbour.h"

#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tell/front.h"

#define ANSWER_MAX 4096

static int connect_to(const struct config_listen *listen)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    const struct timeval patience = {.tv_sec = 1};
    struct addrinfo *list = NULL;
    char port[8];
    int fd = -1;
    (void)snprintf(port, sizeof(port), "%" PRIu16, listen->port);
    if (getaddrinfo(listen->host, port, &hints, &list) != 0)
        return -1;
    for (const struct addrinfo *info = list; info && fd < 0; info = info->ai_next) {
        fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
            continue;
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        if (connect(fd, info->ai_addr, info->ai_addrlen) < 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

bool neighbour_is_understudy(const struct config_listen *listen)
{
    static const char question[] = "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
                                   "Connection: close\r\n\r\n";
    char answer[ANSWER_MAX];
    size_t len = 0;
    int fd = listen->host ? connect_to(listen) : -1;
    if (fd < 0)
        return false;
    bool is_sent = send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) > 0;
    for (ssize_t n = 1; is_sent && n > 0 && len<sizeof(answer) - 1; len += n> 0 ? (size_t)n : 0)
        n = recv(fd, answer + len, sizeof(answer) - 1 - len, 0);
    close(fd);
    answer[len] = '\0';
    return strstr(answer, FRONT_TITLE) != NULL;
}
