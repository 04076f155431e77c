/*
 * The clients' side of one worker: listening sockets, libmicrohttpd in external epoll mode inside
 * our loop, limits, drain. Who made it decides what a request is for.
 */
#ifndef UNDERSTUDY_SERVER_H
#define UNDERSTUDY_SERVER_H

#include <stdbool.h>

#include "base/loop.h"
#include "base/shared_config.h"
#include "door/listeners.h"
#include "serve/inbound.h"

struct server;

struct server_plan {
    struct loop *loop;
    struct shared_config *const *shared; /* where those in effect stand (shared_config.h) */
    /* A request is here whole: replies at once, or starts a job that will. */
    void (*dispatch)(void *arg, struct inbound *inbound);
    void *arg;
};

/* Takes part in accepting on sockets (borrowed, shared with other workers). NULL and *reterr on
 * failure. */
struct server *server_new(const struct server_plan *plan, const struct listeners *sockets,
                          struct error *reterr);

/* Every connection must be closed (server_idle). NULL is fine. */
void server_free(struct server *server);

/*
 * No new connections, and idle ones are closed soon (server_shut_idle). A reply that begins now
 * ends its connection.
 */
void server_drain(struct server *server);
bool server_draining(const struct server *server);

/*
 * Closes the connections that have been idle for a while since the drain began
 * (connection_is_quiet); to be called again and again. Those of probers stay while others are busy.
 */
void server_shut_idle(struct server *server);

/* On how many connections a request is under way, or one comes in. */
size_t server_busy(const struct server *server);

/* Closes every connection that is left, whatever it is doing. */
void server_shut(struct server *server);

/* Is no connection left? */
bool server_idle(const struct server *server);

#endif
