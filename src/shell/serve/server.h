/*
 * The clients' side of one worker: listening sockets, libmicrohttpd in external epoll mode inside
 * our loop, limits, drain. What a request is for is decided in routes.h.
 */
#ifndef UNDERSTUDY_SERVER_H
#define UNDERSTUDY_SERVER_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/loop.h"
#include "serve/inbound.h"
#include "serve/listen.h"
#include "settings/config.h"

struct connection;
struct server;
struct worker;

/* Takes part in accepting on sockets (borrowed, shared with other workers). NULL and *reterr on
 * failure. */
struct server *server_new(struct worker *worker, const struct listen_set *sockets,
                          struct error *reterr);

/* Every connection must be closed (server_idle). NULL is fine. */
void server_free(struct server *server);

struct loop *server_loop(const struct server *server);
struct worker *server_worker(const struct server *server);

/* The settings for new requests. */
const struct config *server_config(const struct server *server);

/* No new connections, and idle ones are closed. A reply that begins now ends its connection. */
void server_drain(struct server *server);
bool server_draining(const struct server *server);

/*
 * Closes the connections that became idle since: their replies had begun before the drain. Those of
 * probers stay while others are busy.
 */
void server_shut_idle(struct server *server);

/* Closes every connection that is left, whatever it is doing. */
void server_shut(struct server *server);

/* Is no connection left? */
bool server_idle(const struct server *server);

/* For doors.c: takes over a connected, non-blocking socket. */
void server_admit(struct server *server, int fd, const struct sockaddr *address, socklen_t len);

/* For connection.c: the client has hung up, and what it had begun will not be completed. */
void server_note_gone(struct server *server, struct connection *connection);

/* For inbound.c: the connection will be resumed at the end of the turn. */
void server_wake(struct server *server, struct inbound *inbound);
void server_suspended(struct server *server, int change);

#endif
