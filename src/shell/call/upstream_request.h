/* What is asked of upstream, over which way, and what the owner of the call is told. */
#ifndef UNDERSTUDY_UPSTREAM_REQUEST_H
#define UNDERSTUDY_UPSTREAM_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "connect/upstream_way.h"
#include "failure/failure.h"
#include "text/buf.h"
#include "text/text.h"

/* What the owner of a call is told. arg is the owner's. */
struct upstream_events {
    /* The head has come whole. */
    void (*head)(void *arg);
    /* Bytes of the body. What is not taken now comes again after upstream_unpause. */
    enum upstream_take {
        UPSTREAM_TAKEN,
        UPSTREAM_PAUSE, /* nothing was taken */
        UPSTREAM_STOP,  /* no more is wanted: the call ends with TRANSPORT_TOO_LARGE */
    } (*body)(void *arg, struct text bytes);
    /* The call is over; it must be given back by upstream_release in this call or later. */
    void (*end)(void *arg, enum transport transport);
};

/* A new request; everything is borrowed until the call is released. */
struct upstream_request {
    const char *method;
    const char *url;
    struct text body;    /* at NULL: no body */
    bool own_connection; /* a new one, closed at its end: nothing old is in its way */
    struct buf *headers; /* as http1_request.h has them */
    struct upstream_way way;
    const struct upstream_events *events;
    void *arg;
};

#endif
