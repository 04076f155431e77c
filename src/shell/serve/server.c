/*
 * Accepting is ours (doors.c): the library takes one listening socket only, and counts connections
 * where we need to answer. It gets each new socket by MHD_add_connection, and its own epoll
 * descriptor is a watch in our loop. Which worker has it is dealing.c's business. Once a turn:
 * resume those that have something to say, then let it run.
 */
#include "serve/server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "door/dealing.h"
#include "door/doors.h"
#include "door/lastword.h"
#include "door/linger.h"
#include "door/lobby.h"
#include "httpd/headroom.h"
#include "record/log.h"
#include "record/metrics.h"
#include "serve/connection.h"
#include "serve/inbound.h"

/* Connections beyond max_connections that are still let in, to be told 503 in HTTP. */
#define SURPLUS 256
/* Of a query. */
#define ARGUMENTS_MAX 256

struct server {
    struct loop *loop;
    struct limits limits;
    struct inbound_shared shared;
    struct MHD_Daemon *mhd;
    struct loop_watch watch; /* the library's epoll descriptor */
    struct loop_hook hook;
    struct connection *connections;
    struct connection *gone; /* those whose clients have hung up */
    int connection_count;
    struct doors *doors;
    struct dealing *dealing; /* its part in that of connections */
    struct linger_set lingering;
    struct lobby lobby;
    int64_t drain_at_ms;
    bool run;        /* the library has something to do */
    bool unanswered; /* the library had no room for its own refusal */
};

bool server_draining(const struct server *server)
{
    return server->limits.draining;
}

bool server_idle(const struct server *server)
{
    return server->connection_count == 0;
}

/* The client has hung up: what it had begun will not be completed. */
static void on_hung_up(void *arg, struct connection *connection)
{
    struct server *server = arg;
    LIST_ADD(&server->gone, connection, in_gone);
    if (connection->inbound)
        inbound_gone(connection->inbound);
}

static void on_room(void *arg, struct connection *connection)
{
    (void)arg;
    if (connection->inbound)
        inbound_wake(connection->inbound);
}

/*
 * Where the end came together with the last bytes, the library has read these and waits for an edge
 * that was there already. When nothing is left to be read, whoever owes a request will never pay.
 */
static void shut_gone(struct server *server)
{
    struct connection *next;
    for (struct connection *c = server->gone; c; c = next) {
        int unread = 0;
        next = c->in_gone.next;
        if (c->inbound && c->whole)
            continue;
        if (ioctl(c->fd, FIONREAD, &unread) == 0 && unread > 0)
            continue;
        LIST_TAKE(c, in_gone);
        connection_shut(c);
        server->run = true;
    }
}

static int64_t on_turn(struct loop_hook *hook)
{
    struct server *server = OWNER(hook, struct server, hook);
    struct waking *waking = &server->shared.waking;
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    inbound_turn(waking);
    if (inbound_wake_all(waking))
        server->run = true;
    if (server->run || (MHD_get_timeout(server->mhd, &wait_ms) == MHD_YES && wait_ms == 0)) {
        server->run = false;
        (void)MHD_run(server->mhd);
        if (inbound_wake_all(waking)) /* whose heads are out now */
            server->run = true;
    }
    shut_gone(server);
    if (server->run || waking->first || waking->later)
        return 0;
    return MHD_get_timeout(server->mhd, &wait_ms) == MHD_YES ? (int64_t)wait_ms : -1;
}

static void on_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    OWNER(watch, struct server, watch)->run = true;
}

static void say_too_large(const struct connection *connection)
{
    if (connection->inbound->state == INBOUND_HEAD && !connection->gone && !connection->ended)
        lastword_send(connection->fd, LASTWORD_LARGE_HEAD);
}

static struct connection *connection_opened(struct server *server, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *connection = connection_new(server->loop, &server->limits, info->connect_fd);
    connection->hung_up = on_hung_up;
    connection->has_room = on_room;
    connection->arg = server;
    connection->surplus =
        server->connection_count >= limits_server(&server->limits)->max_connections;
    LIST_ADD(&server->connections, connection, in_server);
    dealing_note(server->dealing, ++server->connection_count);
    return connection;
}

static void connection_closed(struct server *server, struct connection *connection)
{
    char next;
    LIST_TAKE(connection, in_server);
    /* The library refuses a head whose cookies do not fit into its memory twice, and the second
     * time forgets both its answer and to tell that the request is over. */
    if (connection->inbound) {
        say_too_large(connection);
        inbound_completed(connection->inbound, MHD_REQUEST_TERMINATED_WITH_ERROR);
    }
    /* It may also have read the client's end before our watch told of it. */
    ssize_t n = recv(connection->fd, &next, sizeof(next), MSG_PEEK | MSG_DONTWAIT);
    bool gone = connection->gone || n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    /* It is about to close its descriptor: ours keeps the socket open. */
    int fd = gone ? -1 : fcntl(connection->fd, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0)
        linger_take(&server->lingering, fd);
    connection_free(connection);
    dealing_note(server->dealing, --server->connection_count);
}

static void on_connection(void *arg, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what != MHD_CONNECTION_NOTIFY_CLOSED)
        *context = connection_opened(arg, mhd);
    else if (*context)
        connection_closed(arg, *context);
}

/* Too many arguments are refused here: the library would run out of memory for them, and then wait
 * for ever. */
static void *on_request_line(void *arg, const char *target, struct MHD_Connection *mhd)
{
    struct server *server = arg;
    struct inbound *inbound = inbound_new(&server->shared, mhd, target);
    struct connection *connection = inbound->connection;
    size_t arguments = 0;
    for (const char *at = strchr(target, '?'); at; at = strchr(at + 1, '&'))
        arguments++;
    if (connection && arguments > ARGUMENTS_MAX)
        connection_end(connection, LASTWORD_LARGE_HEAD);
    return inbound;
}

/* NOLINTNEXTLINE(readability-function-size): the library's form */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *len, void **context)
{
    (void)arg, (void)mhd, (void)url;
    return inbound_step(*context, method, version, bytes, len);
}

static void on_completed(void *arg, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode how)
{
    struct server *server = arg;
    (void)mhd;
    if (*context) {
        struct inbound *inbound = *context;
        if (server->unanswered && inbound->connection)
            say_too_large(inbound->connection);
        /* 1.0.1 has forgotten what it was told while the connection was suspended, and nothing else
         * may set off the next turn. */
        if (how != MHD_REQUEST_TERMINATED_COMPLETED_OK) {
            inbound_be_looked_at(inbound);
            server->run = true;
        }
        inbound_completed(inbound, how);
    }
    server->unanswered = false;
    *context = NULL;
}

/* The library's own messages: only of interest when looking for trouble. */
__attribute__((format(printf, 2, 0))) static void on_library_log(void *arg, const char *format,
                                                                 va_list args)
{
    static const char no_room[] = "Closing connection (failed to create";
    struct server *server = arg;
    char text[256];
    (void)vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = '\0';
    if (strncmp(text, no_room, strlen(no_room)) == 0)
        server->unanswered = true;
    log_debug("http_library", LOG_STR("message", text));
}

static void on_admit(void *arg, int fd, const struct sockaddr *address, socklen_t len)
{
    struct server *server = arg;
    if (server->connection_count >= limits_server(&server->limits)->max_connections + SURPLUS) {
        lobby_take(&server->lobby, fd);
        return;
    }
    /* On failure the library closes the socket itself. */
    (void)MHD_add_connection(server->mhd, fd, address, len);
    server->run = true;
}

/* Accepted by this worker; dealing.c says whose it is. */
static void on_arrival(void *arg, int fd, const struct sockaddr *address, socklen_t len)
{
    struct server *server = arg;
    dealing_deal(server->dealing, fd, address, len);
}

static struct MHD_Daemon *start_library(struct server *server)
{
    /* We count connections; the library's own limit only must not be in the way. */
    unsigned most = (unsigned)limits_server(&server->limits)->max_connections + 2 * SURPLUS;
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0,
        NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_library_log, server,
        MHD_OPTION_URI_LOG_CALLBACK, on_request_line, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_CONNECTION_LIMIT, most, MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_INACTIVITY_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADROOM_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_END);
}

struct server *server_new(const struct server_plan *plan, const struct listeners *sockets,
                          struct error *reterr)
{
    struct server *server = xcalloc(1, sizeof(*server));
    server->loop = plan->loop;
    server->limits.shared = plan->shared;
    server->shared = (struct inbound_shared){
        .limits = &server->limits, .dispatch = plan->dispatch, .arg = plan->arg};
    server->watch = (struct loop_watch){.fd = -1, .ready = on_ready};
    server->hook.turn = on_turn;
    linger_set_init(&server->lingering, server->loop);
    lobby_init(&server->lobby, server->loop, &server->lingering);
    server->mhd = start_library(server);
    if (!server->mhd) {
        error_set(reterr, "the HTTP server could not be started");
        free(server);
        return NULL;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    int r = loop_watch_add(server->loop, &server->watch, info->epoll_fd, EPOLLIN);
    if (r == 0)
        r = dealing_new(server->loop, on_admit, server, &server->dealing);
    if (r < 0) {
        error_set(reterr, "the HTTP server could not be watched: %s", strerror(-r));
        loop_watch_remove(server->loop, &server->watch);
        MHD_stop_daemon(server->mhd);
        free(server);
        return NULL;
    }
    loop_add_hook(server->loop, &server->hook);
    server->doors = doors_new(server->loop, sockets, on_arrival, server);
    return server;
}

void server_free(struct server *server)
{
    if (!server)
        return;
    doors_free(server->doors);
    loop_watch_remove(server->loop, &server->watch);
    assert(server->shared.waking.suspended == 0);
    MHD_stop_daemon(server->mhd);
    dealing_free(server->dealing);
    lobby_done(&server->lobby);
    linger_set_done(&server->lingering);
    free(server);
}

void server_drain(struct server *server)
{
    server->limits.draining = true;
    server->drain_at_ms = loop_now_ms(server->loop);
    dealing_leave(server->dealing);
    doors_close(server->doors);
    for (struct connection *c = server->connections; c; c = c->in_server.next)
        connection_hurry(c);
    server_shut_idle(server);
}

size_t server_busy(const struct server *server)
{
    size_t count = 0;
    for (const struct connection *c = server->connections; c; c = c->in_server.next)
        count += !connection_is_idle(c);
    return count;
}

/* Who only watches us is to read that we drain, and holds nothing up. */
void server_shut_idle(struct server *server)
{
    bool busy = server_busy(server) > 0;
    for (struct connection *c = server->connections; c; c = c->in_server.next)
        if (connection_is_quiet(c, server->drain_at_ms) && !(busy && c->watcher)) {
            connection_shut(c);
            server->run = true;
        }
}

void server_shut(struct server *server)
{
    for (struct connection *c = server->connections; c; c = c->in_server.next) {
        if (c->inbound)
            inbound_gone(c->inbound);
        connection_shut(c);
    }
    server->run = true;
}
