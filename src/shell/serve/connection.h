/*
 * One client connection, beside what libmicrohttpd keeps of it: its deadlines (the library's own
 * timeouts restart with every byte, and stop while a request is suspended) and a watch for the
 * client's going away (the library sees nothing while a request is suspended, nor an end that came
 * together with the last bytes: it asks for edges, and has had its edge). What is sent past the
 * library (chunks.h) waits here for room.
 */
#ifndef UNDERSTUDY_CONNECTION_H
#define UNDERSTUDY_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/loop.h"
#include "door/lastword.h"
#include "serve/limits.h"

struct inbound;

/*
 * Silence between two requests, or a reader that takes nothing of its answer. Longer than the 90 s
 * for which Go and hyper keep theirs, so that it is never us who closes under a request.
 */
#define CONNECTION_INACTIVITY_S 120u

struct connection {
    struct loop *loop;
    const struct limits *limits;
    void (*hung_up)(void *arg, struct connection *connection);  /* the client; once */
    void (*has_room)(void *arg, struct connection *connection); /* which was waited for */
    void *arg;
    LIST_LINK(struct connection) in_server;
    LIST_LINK(struct connection)
    in_gone;                 /* the server's list of those that hung up; prev is NULL: not in it */
    struct loop_watch watch; /* bytes and hang-ups, for the connection's whole life */
    struct loop_timer deadline; /* for the head, then for the body; or to take some of the answer */
    struct inbound *inbound;    /* the request under way, NULL between requests */
    bool whole;                 /* all of that request is here */
    int fd;                     /* libmicrohttpd closes it */
    int64_t rests_at_ms;        /* since then no request is under way; 0: none has been yet */
    uint16_t port;              /* ours; 0 on a unix socket */
    bool unix_socket;
    bool gone;          /* the client has hung up */
    bool ended;         /* it was told why it is ended; nothing of it is served any more */
    bool full;          /* what is to be sent waits for room, */
    int unsent;         /* and so many bytes before it were not received yet at the last look, */
    int64_t took_at_ms; /* and fewer than at the look before at this one */
    bool early;         /* bytes of the next request came before the answer was out */
    bool surplus;       /* beyond max_connections: gets 503 */
    bool watcher;       /* its last request was a probe, /healthz or /readyz */
};

/* limits are borrowed. The caller sets hung_up, has_room and arg before the loop turns. */
struct connection *connection_new(struct loop *loop, const struct limits *limits, int fd);
void connection_free(struct connection *connection);

/* The line of a request is here. */
void connection_request_begins(struct connection *connection, struct inbound *inbound);

/* The head of a request must be here by then; the first time counted from the connect. */
void connection_expect_head(struct connection *connection);

/* The body must be here by then. */
void connection_expect_body(struct connection *connection);

/* Nothing is owed by the client. */
void connection_expect_nothing(struct connection *connection);

/* Says why and ends it: no request is taken any more, and what still comes is thrown away. */
void connection_end(struct connection *connection, enum lastword why);

/* Between requests, and nothing of the next one has come. A new one is not idle: it owes a head. */
bool connection_is_idle(const struct connection *connection);

/*
 * Idle, and has been for a while since drain_at_ms, at most the drain's own time. Before that it is
 * kept: the next request of a client that is at work would meet a closing connection. Its answer
 * says that the connection ends.
 */
bool connection_is_quiet(const struct connection *connection, int64_t drain_at_ms);

/* The server drains: what the client owes has to be here soon. */
void connection_hurry(struct connection *connection);

/*
 * The socket takes no more of the answer: has_room tells, once, when it does again. A client that
 * takes nothing for CONNECTION_INACTIVITY_S is lost. -errno when it cannot be waited for.
 */
int connection_await_room(struct connection *connection) __attribute__((warn_unused_result));

/* The client is gone, as what is sent to it shows: hung_up, unless that was called before. */
void connection_lost(struct connection *connection);

/* Its request is out; whose next one has begun owes the rest of its head. */
void connection_request_over(struct connection *connection);

/* Shuts the socket down; the library closes it when it sees that. */
void connection_shut(struct connection *connection);

#endif
