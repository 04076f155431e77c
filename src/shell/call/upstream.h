/*
 * Requests to providers: one libcurl multi handle on a worker's loop. One call is one delivery on
 * the wire: libcurl's own resend of a request on a fresh connection is stopped, redirects are not
 * followed, no environment proxy is read.
 *
 * The owner's callbacks head and body run inside libcurl: they only note and queue. end runs from
 * the loop, once for every call that was not stopped.
 */
#ifndef UNDERSTUDY_UPSTREAM_H
#define UNDERSTUDY_UPSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "failure/failure.h"
#include "settings/config.h"
#include "text/buf.h"
#include "text/text.h"

struct upstream;
struct upstream_call;

/* A response's head, as it came: status line and fields, every line with its CRLF. */
struct upstream_head {
    int status;       /* 0 while no head has come whole */
    struct buf lines; /* of the final response; interim ones (1xx) are left out */
};

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

/* The way to a server: its timeout, certificates, proxy. */
struct upstream_way {
    int64_t connect_timeout_ms;
    const char *proxy;   /* NULL = none */
    const char *ca_file; /* NULL = the system's */
    bool http2;
};

static inline struct upstream_way upstream_way_of(const struct config_provider *provider)
{
    return (struct upstream_way){provider->connect_timeout_ms, provider->proxy, provider->ca_file,
                                 provider->http2};
}

/* A new request; everything is borrowed until the call is released. */
struct upstream_request {
    const char *method;
    const char *url;
    struct text body;    /* at NULL: no body */
    bool own_connection; /* a new one, closed at its end: nothing old is in its way */
    struct buf *headers; /* "Name: value" strings, each ended by NUL; validated by the maker */
    struct upstream_way way;
    const struct upstream_events *events;
    void *arg;
};

/* NULL when libcurl cannot be set up. */
struct upstream *upstream_new(struct loop *loop);

struct loop *upstream_loop(const struct upstream *upstream);

/* All calls must have been released; those that were left are ended. NULL is fine. */
void upstream_free(struct upstream *upstream);

/* Starts a call. Never fails at once: what goes wrong is told by end. */
struct upstream_call *upstream_start(struct upstream *upstream,
                                     const struct upstream_request *request);

/* The machine slept or moved: idle connections and known addresses are not used any more. */
void upstream_woke(struct upstream *upstream);

/* Files with certificates to trust are read once; from now on they are read anew. */
void upstream_read_certificates_anew(struct upstream *upstream);

/* Keys have changed: handles that were used with the old ones are given back, now or when their
 * call ends, as libcurl keeps what it sent in them. */
void upstream_forget(struct upstream *upstream);

/*
 * The owner has all that it wants: it hears no more, and may release the call at once. The provider
 * is given within_ms to end the body, which keeps the connection for a next call.
 */
void upstream_leave(struct upstream_call *call, int64_t within_ms);

/*
 * Takes a call off the wire at once, without a word to its owner; one that has ended or was left
 * stays as it is. Its head can still be read until it is released. Not from inside head or body.
 */
void upstream_stop(struct upstream_call *call);

/*
 * The call under way was waited for in vain. If its connection had been used before, the path may
 * be what is gone: idle connections to the same host are given up, so that the next call opens one.
 * A connection that breaks does so by itself.
 */
void upstream_doubt(struct upstream_call *call);

/* Gives back a call that has ended, was left or was stopped. */
void upstream_release(struct upstream_call *call);

/* Goes on after UPSTREAM_PAUSE; body may be called from inside. Not from inside head or body. */
void upstream_unpause(struct upstream_call *call);

const struct upstream_head *upstream_call_head(const struct upstream_call *call);

/* What libcurl says about a failure ("Connection refused ..."), "" if nothing. */
const char *upstream_call_detail(const struct upstream_call *call);

/* What a proxy answered that was asked for a tunnel; 0 = nothing, or none was. */
int upstream_call_proxy_status(const struct upstream_call *call);

/* Has the request been handed to a connection (so that the provider may have seen it)? */
bool upstream_call_sent(const struct upstream_call *call);

/*
 * Adds a piece of a head, a line or a part of one, to head; status is what is known of it so far.
 * WHOLE: the blank line has come and head is filled. REFUSED: it is too large, or a line goes on
 * from a field before the first one (RFC 9112, 2.2), and nothing more may be added.
 */
enum upstream_head_state {
    UPSTREAM_HEAD_MORE,
    UPSTREAM_HEAD_WHOLE,
    UPSTREAM_HEAD_REFUSED
} upstream_head_add(struct upstream_head *head, struct text piece, long status);

/* The value of the first field of that lower-case name; false when there is none. */
bool upstream_head_get(const struct upstream_head *head, const char *lower_case,
                       struct text *ret_value);

/* Walks the fields: *position starts at 0. False at the end. */
bool upstream_head_next(const struct upstream_head *head, size_t *position, struct text *ret_name,
                        struct text *ret_value);

#endif
