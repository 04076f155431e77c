/* See upstream_connection.h. */
#include "connect/upstream_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "text/count.h"

/* TCP_USER_TIMEOUT (RFC 5482, tcp(7)) is for what was sent, and for probes that get no answer. */
#define ACKNOWLEDGED_WITHIN_MS 15000
#define PROBE_AFTER_S          10
#define PROBE_EACH_S           5

struct upstream_connection {
    char *origin;
    const void *user; /* NULL = idle */
    bool given_away;
    ino_t socket; /* which no other has while this one is open (stat(2), st_ino) */
};

/*
 * Has a TCP socket fail within 15 s where nothing is acknowledged, be it what was sent or a probe
 * into a silence of 10 s. A slow peer acknowledges both. Best effort.
 */
static void connection_tune(curl_socket_t fd)
{
    static const struct {
        int level, name, value;
    } options[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, PROBE_AFTER_S},
        {IPPROTO_TCP, TCP_KEEPINTVL, PROBE_EACH_S},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, ACKNOWLEDGED_WITHIN_MS},
    };
    for (size_t i = 0; i < COUNT(options); i++)
        (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                         sizeof(options[i].value));
}

static ino_t socket_of(curl_socket_t fd)
{
    struct stat status = {0};
    return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

struct text upstream_origin(const char *url)
{
    const char *authority = strstr(url, "://");
    authority = authority ? authority + 3 : url;
    return text_make(url, (size_t)(authority - url) + strcspn(authority, "/?#"));
}

static void make_room(struct upstream_connections *connections, size_t count)
{
    size_t room = connections->room ? connections->room : 64;
    while (room < count)
        room *= 2;
    if (room == connections->room)
        return;
    connections->by_fd =
        xreallocarray(connections->by_fd, room, sizeof(struct upstream_connection *));
    for (size_t i = connections->room; i < room; i++)
        connections->by_fd[i] = NULL;
    connections->room = room;
}

static struct upstream_connection **place_of(struct upstream_connections *connections,
                                             curl_socket_t fd)
{
    return fd >= 0 && (size_t)fd < connections->room ? &connections->by_fd[fd] : NULL;
}

static void forget(struct upstream_connection **place)
{
    if (!place || !*place)
        return;
    free((*place)->origin);
    free(*place);
    *place = NULL;
}

void upstream_connections_done(struct upstream_connections *connections)
{
    for (size_t i = 0; i < connections->room; i++)
        forget(&connections->by_fd[i]);
    free(connections->by_fd);
    *connections = (struct upstream_connections){0};
}

curl_socket_t upstream_connections_open(struct upstream_connections *connections,
                                        struct text origin, const struct curl_sockaddr *address)
{
    curl_socket_t fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    connection_tune(fd);
    make_room(connections, (size_t)fd + 1);
    forget(place_of(connections, fd));
    struct upstream_connection *connection = xcalloc(1, sizeof(*connection));
    connection->origin = xasprintf("%.*s", (int)origin.len, origin.at);
    connection->user = connections; /* whoever it was opened for */
    connection->socket = socket_of(fd);
    connections->by_fd[fd] = connection;
    return fd;
}

int upstream_connections_close(struct upstream_connections *connections, curl_socket_t fd)
{
    struct upstream_connection **place = place_of(connections, fd);
    bool given_away = place && *place && (*place)->given_away;
    forget(place);
    return given_away ? 0 : close(fd);
}

void upstream_connections_give_away(struct upstream_connections *connections, curl_socket_t fd)
{
    struct upstream_connection **place = place_of(connections, fd);
    if (place && *place)
        (*place)->given_away = true;
}

void upstream_connections_use(struct upstream_connections *connections, curl_socket_t fd,
                              const void *user)
{
    struct upstream_connection **place = place_of(connections, fd);
    if (place && *place)
        (*place)->user = user;
}

void upstream_connections_leave(struct upstream_connections *connections, curl_socket_t fd,
                                const void *user)
{
    struct upstream_connection **place = place_of(connections, fd);
    if (place && *place && (*place)->user == user)
        (*place)->user = NULL;
}

/*
 * libcurl 7.88 closes a socket that was still connecting without telling us
 * (cf-socket.c, cf_socket_close): its number may be a client's by now.
 */
void upstream_connections_drop(struct upstream_connections *connections, struct text origin)
{
    for (size_t fd = 0; fd < connections->room; fd++) {
        const struct upstream_connection *connection = connections->by_fd[fd];
        if (!connection || connection->user ||
            (origin.at && !text_equals(origin, connection->origin)))
            continue;
        if (connection->socket == socket_of((curl_socket_t)fd))
            (void)shutdown((curl_socket_t)fd, SHUT_RDWR);
        else
            forget(&connections->by_fd[fd]);
    }
}
