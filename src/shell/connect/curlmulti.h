/*
 * libcurl's multi handle on a worker's loop, and what is done with it: an easy handle makes one
 * connection, or carries out one transfer. Names are looked up beside it (upstream_name.h), and no
 * environment proxy is read, no redirect followed, no certificate taken on trust.
 */
#ifndef UNDERSTUDY_CURLMULTI_H
#define UNDERSTUDY_CURLMULTI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "base/loop.h"
#include "connect/lookup.h"
#include "connect/upstream_certificates.h"
#include "connect/upstream_connection.h"
#include "connect/upstream_name.h"
#include "connect/upstream_socket.h"
#include "connect/upstream_way.h"
#include "failure/failure.h"

struct curleasy;

struct curlmulti {
    struct loop *loop;
    CURLM *handle;
    struct loop_timer timer;
    struct curleasy *pool; /* for the next ones */
    size_t pooled;
    unsigned era; /* of keys: easy handles of an earlier one are not used again */
    struct upstream_sockets sockets;
    struct lookups *lookups;
    struct upstream_connections connections;
    struct upstream_certificates certificates;
    int64_t names_from_ms; /* addresses that were found before are not used any more */
    bool inside;           /* libcurl is on the stack: nothing is begun or ended */
};

/* What one is for. The texts are borrowed until it is given back. */
struct curleasy_plan {
    const char *url;
    const struct upstream_way *way; /* for curleasy_new only */
    bool connects;                  /* a connection is all that is wanted */
    /* It is over, from the loop, once for each curleasy_start that was not stopped. A connection
     * that was wanted, and is made, is there until curleasy_stop. */
    void (*over)(void *arg, enum transport transport);
    void *arg;
};

struct curleasy {
    struct curlmulti *multi;
    CURL *handle;
    struct curleasy *next; /* in the pool */
    struct curleasy_plan plan;
    struct upstream_name name;
    struct loop_task ended; /* tells the owner */
    struct loop_task prod;  /* makes libcurl look at it */
    unsigned era;
    curl_socket_t fd; /* of the connection that it has; CURL_SOCKET_BAD = none */
    enum transport transport;
    int sends;    /* times libcurl was about to put the request on a connection; the owner counts */
    bool unfit;   /* its address is none */
    bool running; /* in the multi handle */
    bool answered;                /* a whole response head has come; the owner says so, */
    bool head_refused;            /* and that it refused it */
    bool no_descriptor;           /* was left when a socket was asked for */
    char detail[CURL_ERROR_SIZE]; /* what libcurl says of a failure, "" if nothing */
};

/* False: libcurl cannot be set up. */
bool curlmulti_init(struct curlmulti *multi, struct loop *loop) __attribute__((warn_unused_result));

/* All easy handles must have been given back. */
void curlmulti_done(struct curlmulti *multi);

/* The machine slept or moved: idle connections and known addresses are not used any more. */
void curlmulti_woke(struct curlmulti *multi);

/* Keys have changed: handles that were used with the old ones are given back, now or when they are
 * freed, as libcurl keeps what it sent in them. */
void curlmulti_forget(struct curlmulti *multi);

/* One with all options set that do not depend on what is asked for. Aborts when memory is out. */
struct curleasy *curleasy_new(struct curlmulti *multi, const struct curleasy_plan *plan);

/* Never fails at once: what goes wrong is told by over. */
void curleasy_start(struct curleasy *easy);

/* Has it told, as any end, that it ended so. */
void curleasy_fail(struct curleasy *easy, enum transport transport);

/* Ends it without a word, with the connection that it made. One that is over: fine. */
void curleasy_stop(struct curleasy *easy);

/* Goes on with a transfer whose body was not taken. */
void curleasy_unpause(struct curleasy *easy);

/* Stopped, and given back. again: it may be used again for another one. NULL is fine. */
void curleasy_free(struct curleasy *easy, bool again);

/* What a proxy answered that was asked for a tunnel; 0 = nothing, or none was. */
int curleasy_proxy_status(const struct curleasy *easy);

#endif
