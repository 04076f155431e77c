/* See connection.h. A deadline that passes gets a 408 written past the library, then a shutdown. */
#include "connection.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "alloc.h"
#include "inbound.h"
#include "server.h"

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static const char too_slow[] =
    "HTTP/1.1 408 Request Timeout\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 145\r\n"
    "Connection: close\r\n"
    "x-should-retry: false\r\n"
    "\r\n"
    "{\"error\":{\"message\":\"the request did not come in time (see server.header_timeout, "
    "body_timeout)\",\"type\":\"timeout\",\"param\":null,\"code\":\"timeout\"}}";

static void on_hangup(struct loop_watch *watch, uint32_t events)
{
    struct connection *connection = OWNER(watch, struct connection, watch);
    (void)events;
    connection->gone = true;
    loop_watch_remove(server_loop(connection->server), watch);
    if (connection->inbound)
        inbound_gone(connection->inbound);
}

static void on_deadline(struct loop_timer *timer)
{
    struct connection *connection = OWNER(timer, struct connection, deadline);
    (void)send(connection->fd, too_slow, sizeof(too_slow) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    connection_shut(connection);
}

static void read_local_address(struct connection *connection)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);
    if (getsockname(connection->fd, (struct sockaddr *)&address, &len) < 0)
        return;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
    if (address.ss_family == AF_INET)
        connection->port = ntohs(v4->sin_port);
    else if (address.ss_family == AF_INET6)
        connection->port = ntohs(v6->sin6_port);
    else
        connection->unix_socket = true;
}

struct connection *connection_new(struct server *server, int fd)
{
    struct connection *connection = xcalloc(1, sizeof(*connection));
    connection->server = server;
    connection->fd = fd;
    connection->watch = (struct loop_watch){.fd = -1, .ready = on_hangup};
    connection->deadline.due = on_deadline;
    read_local_address(connection);
    if (loop_watch_add(server_loop(server), &connection->watch, fd, EPOLLRDHUP | EPOLLET) < 0)
        connection_shut(connection);
    connection_expect_head(connection);
    return connection;
}

void connection_free(struct connection *connection)
{
    if (!connection)
        return;
    loop_watch_remove(server_loop(connection->server), &connection->watch);
    loop_timer_cancel(server_loop(connection->server), &connection->deadline);
    free(connection);
}

static void expect(struct connection *connection, int64_t within_ms)
{
    struct loop *loop = server_loop(connection->server);
    loop_timer_set(loop, &connection->deadline, loop_now_ms(loop) + within_ms);
}

void connection_expect_head(struct connection *connection)
{
    if (!loop_timer_is_set(&connection->deadline))
        expect(connection, server_config(connection->server)->server.header_timeout_ms);
}

void connection_expect_body(struct connection *connection)
{
    expect(connection, server_config(connection->server)->server.body_timeout_ms);
}

void connection_expect_nothing(struct connection *connection)
{
    loop_timer_cancel(server_loop(connection->server), &connection->deadline);
}

void connection_shut(struct connection *connection)
{
    (void)shutdown(connection->fd, SHUT_RDWR);
}
