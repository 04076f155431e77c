/*
 * What the files of upstream share. Not for anybody else. A call goes by one of two ways:
 *
 *     upstream_wire.c      HTTP/1.1 as we speak it, over a connection that libcurl made
 *     upstream_transfer.c  libcurl's own transfer: HTTP/2, and a proxy that is asked for http:
 */
#ifndef UNDERSTUDY_UPSTREAM_IMPL_H
#define UNDERSTUDY_UPSTREAM_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/loop.h"
#include "call/upstream_head.h"
#include "call/upstream_request.h"
#include "connect/curlmulti.h"
#include "connect/wire.h"
#include "http/http1.h"

/* A response head larger than this is broken. */
#define UPSTREAM_HEAD_MAX (256u << 10)
/* A request's head with a small body: what came in bounds its fields. */
#define UPSTREAM_OUT_MAX (1u << 20)
/* So much is received at a time, of all calls in the same place. */
#define UPSTREAM_RECEIVE ((size_t)64 << 10)

struct upstream_call {
    struct upstream *upstream;
    struct upstream_call *next;              /* in the pool */
    LIST_LINK(struct upstream_call) in_left; /* among those that were left */
    struct upstream_events events;
    void *arg;
    struct upstream_head head;
    struct loop_task over;   /* tells the owner of the end */
    struct loop_timer limit; /* of one that was left */
    unsigned era;            /* of keys, in which it was begun */
    int64_t begun_at_ms;
    enum transport transport;
    int proxy_status;
    bool running;
    bool sent; /* the request has been handed to a connection */
    bool left; /* nobody is told of it any more */
    bool released;
    bool own_connection;
    char *detail;          /* what is known of a failure, for people; NULL = nothing */
    struct curleasy *easy; /* of a transfer; NULL: it goes over a wire */
    struct curl_slist *headers;
    size_t body_bytes; /* of the request */
    struct upstream_speech {
        struct wire *wire; /* NULL before it is got and after it was given back */
        struct http1 http1;
        struct buf out;   /* the request's head, with a small body behind it */
        struct text body; /* what is not in out */
        size_t total;     /* bytes, of both */
        size_t sent;      /* of these; out is given back when it is all */
        struct buf rest;  /* came while paused; */
        size_t owed;      /* so much of it is body that was not taken */
        bool paused;
        bool broken;             /* no more of it can be sent */
        struct loop_task begin;  /* gets a wire and sends it */
        struct loop_timer again; /* TLS holds more than was received in one turn */
    } speech;
    /* The request, until it is on its way. */
    const char *url;
    struct upstream_way way;
};

struct upstream {
    struct loop *loop;
    struct curlmulti multi;
    struct wires *wires;
    struct upstream_call *pool;
    size_t pooled;
    struct upstream_call *left;
    bool heads_first; /* see upstream_transfer.c */
    bool inside;      /* a callback of an owner is on the stack, that may only note */
    char received[UPSTREAM_RECEIVE];
};

/* Tells the owner from the loop that it ended so; detail: for people, "" if nothing is known. */
void upstream_call_end(struct upstream_call *call, enum transport transport, const char *detail);

/* upstream_transfer.c and upstream_wire.c: begins it; takes it off the wire without a word; the
 * connection is doubted if it had been used before; has all of the request left?; goes on after a
 * pause; what is left of it is freed. */
void upstream_transfer_start(struct upstream_call *call, const struct upstream_request *request);
void upstream_transfer_stop(struct upstream_call *call);
void upstream_transfer_doubt(struct upstream_call *call);
bool upstream_transfer_is_sent(const struct upstream_call *call);
void upstream_transfer_done(struct upstream_call *call);

void upstream_wire_start(struct upstream_call *call, const struct upstream_request *request);
void upstream_wire_stop(struct upstream_call *call);
void upstream_wire_doubt(struct upstream_call *call);
bool upstream_wire_is_sent(const struct upstream_call *call);
void upstream_wire_unpause(struct upstream_call *call);

/* Must a head's lines be seen before libcurl looks at them? */
bool upstream_transfer_heads_first(void);

#endif
