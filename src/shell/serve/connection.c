/* See connection.h. A deadline that passes gets a last word, then a shutdown. */
#include "serve/connection.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/owner.h"

/* While draining, what is on its way arrives within this; and after the last word: to read it. */
#define HURRY_MS 1000
#define ENDED_MS 500
/* While draining: who sends nothing for so long between two requests is not at work. */
#define QUIET_MS 250

#define INACTIVITY_MS ((int64_t)CONNECTION_INACTIVITY_S * 1000)

/* Each time that it is asked for anew, what is there already is told of. */
#define WATCHED (EPOLLIN | EPOLLRDHUP | EPOLLET)

static int unread_bytes(const struct connection *connection)
{
    int unread = 0;
    return ioctl(connection->fd, FIONREAD, &unread) == 0 ? unread : 0;
}

/*
 * A kept connection's next request begins with its first byte. Asked of the socket, because the
 * library may have read the bytes that this edge was for.
 */
static void note_bytes(struct connection *connection)
{
    if (connection->inbound && !connection->whole)
        return;
    if (unread_bytes(connection) == 0)
        return;
    if (connection->inbound)
        connection->early = true;
    else
        connection_expect_head(connection);
}

static int unsent_bytes(const struct connection *connection)
{
    int unsent = 0;
    return ioctl(connection->fd, SIOCOUTQ, &unsent) == 0 ? unsent : 0;
}

void connection_lost(struct connection *connection)
{
    if (connection->gone)
        return;
    connection->gone = true;
    loop_watch_remove(connection->loop, &connection->watch);
    connection->hung_up(connection->arg, connection);
}

static void on_event(struct loop_watch *watch, uint32_t events)
{
    struct connection *connection = OWNER(watch, struct connection, watch);
    if (!(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) {
        if (events & EPOLLIN)
            note_bytes(connection);
        if ((events & EPOLLOUT) && connection->full) {
            connection_expect_nothing(connection);
            (void)!loop_watch_modify(connection->loop, watch, WATCHED);
            connection->has_room(connection->arg, connection);
        }
        return;
    }
    connection_lost(connection);
}

/* When it is full: has the client taken some, though too little for has_room? */
static void look_what_it_takes(struct connection *connection)
{
    struct loop *loop = connection->loop;
    int64_t now_ms = loop_now_ms(loop);
    int unsent = unsent_bytes(connection);
    if (!connection->full || unsent < connection->unsent)
        connection->took_at_ms = now_ms;
    connection->full = true;
    connection->unsent = unsent;
    if (now_ms - connection->took_at_ms < INACTIVITY_MS)
        loop_timer_set(loop, &connection->deadline, now_ms + INACTIVITY_MS / 4);
    else
        connection_lost(connection);
}

int connection_await_room(struct connection *connection)
{
    int r = loop_watch_modify(connection->loop, &connection->watch, WATCHED | EPOLLOUT);
    if (r == 0)
        look_what_it_takes(connection);
    return r;
}

static void on_deadline(struct loop_timer *timer)
{
    struct connection *connection = OWNER(timer, struct connection, deadline);
    if (connection->full)
        look_what_it_takes(connection);
    else if (connection->ended)
        connection_shut(connection);
    else
        connection_end(connection,
                       connection->limits->draining ? LASTWORD_STOPPING : LASTWORD_TOO_SLOW);
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

struct connection *connection_new(struct loop *loop, const struct limits *limits, int fd)
{
    struct connection *connection = xcalloc(1, sizeof(*connection));
    connection->loop = loop;
    connection->limits = limits;
    connection->fd = fd;
    connection->watch = (struct loop_watch){.fd = -1, .ready = on_event};
    connection->deadline.due = on_deadline;
    read_local_address(connection);
    if (loop_watch_add(loop, &connection->watch, fd, WATCHED) < 0)
        connection_shut(connection);
    connection_expect_head(connection);
    return connection;
}

void connection_free(struct connection *connection)
{
    if (!connection)
        return;
    if (connection->in_gone.prev)
        LIST_TAKE(connection, in_gone);
    loop_watch_remove(connection->loop, &connection->watch);
    loop_timer_cancel(connection->loop, &connection->deadline);
    free(connection);
}

static void expect(struct connection *connection, int64_t within_ms)
{
    struct loop *loop = connection->loop;
    loop_timer_set(loop, &connection->deadline, loop_now_ms(loop) + within_ms);
    if (connection->limits->draining)
        connection_hurry(connection);
}

void connection_hurry(struct connection *connection)
{
    struct loop *loop = connection->loop;
    int64_t most_ms = limits_server(connection->limits)->drain_timeout_ms;
    int64_t at_ms = loop_now_ms(loop) + (most_ms < HURRY_MS ? most_ms : HURRY_MS);
    if (connection->full) /* it owes nothing: it reads slowly */
        return;
    if (loop_timer_is_set(&connection->deadline) && connection->deadline.at_ms > at_ms)
        loop_timer_set(loop, &connection->deadline, at_ms);
}

void connection_expect_head(struct connection *connection)
{
    if (!loop_timer_is_set(&connection->deadline))
        expect(connection, limits_server(connection->limits)->header_timeout_ms);
}

void connection_expect_body(struct connection *connection)
{
    expect(connection, limits_server(connection->limits)->body_timeout_ms);
}

void connection_expect_nothing(struct connection *connection)
{
    connection->full = false;
    loop_timer_cancel(connection->loop, &connection->deadline);
}

void connection_request_begins(struct connection *connection, struct inbound *inbound)
{
    connection->inbound = inbound;
    connection->whole = false;
    connection_expect_head(connection);
}

void connection_request_over(struct connection *connection)
{
    connection->inbound = NULL;
    connection->rests_at_ms = loop_now_ms(connection->loop);
    connection_expect_nothing(connection);
    if (connection->early)
        connection_expect_head(connection);
    connection->early = false;
}

bool connection_is_idle(const struct connection *connection)
{
    return !connection->inbound && !loop_timer_is_set(&connection->deadline) &&
           unread_bytes(connection) == 0;
}

bool connection_is_quiet(const struct connection *connection, int64_t drain_at_ms)
{
    int64_t most_ms = limits_server(connection->limits)->drain_timeout_ms;
    int64_t since_ms =
        connection->rests_at_ms > drain_at_ms ? connection->rests_at_ms : drain_at_ms;
    int64_t quiet_ms = loop_now_ms(connection->loop) - since_ms;
    return connection_is_idle(connection) && quiet_ms >= (most_ms < QUIET_MS ? most_ms : QUIET_MS);
}

void connection_end(struct connection *connection, enum lastword why)
{
    struct loop *loop = connection->loop;
    connection->ended = true;
    lastword_send(connection->fd, why);
    /* Not the other direction: bytes that are refused would make a reset, which takes the answer.
     */
    (void)shutdown(connection->fd, SHUT_WR);
    loop_timer_set(loop, &connection->deadline, loop_now_ms(loop) + ENDED_MS);
}

void connection_shut(struct connection *connection)
{
    (void)shutdown(connection->fd, SHUT_RDWR);
}
