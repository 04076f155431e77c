/*
 * A connection to a provider's server that we speak over ourselves. libcurl makes it: names, the
 * way through a proxy, TLS and certificates are its business. What is not TLS is a bare socket from
 * then on; TLS stays with libcurl, which is handed each piece to send and asked for what came.
 *
 *     wires_get --> CONNECTING --opened--> OPEN --wire_keep--> IDLE --wires_get--> OPEN ...
 *                        \----------------- wire_close --------/
 *
 * An idle one is watched: whoever says something unasked, or closes, has it closed here. It is used
 * again for 25 s at most, and for 300 s since it was made.
 */
#ifndef UNDERSTUDY_WIRE_H
#define UNDERSTUDY_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "connect/curlmulti.h"
#include "connect/upstream_way.h"
#include "failure/failure.h"
#include "text/text.h"

struct wire;
struct wires;

/* What its owner is told, from the loop. The wire may be closed or kept inside of either. */
struct wire_owner {
    /* Whether there is a connection now: once, where wire_is_open was false. */
    void (*opened)(void *arg, enum transport transport);
    /* What was waited for (wire_wait) may be there; something broke: then to be received, too. */
    void (*ready)(void *arg, bool can_receive, bool can_send);
};

struct wire_plan {
    const char *url;                /* of what is asked for; borrowed until it is open */
    const struct upstream_way *way; /* for wires_get only; its texts as long as url */
    bool fresh;                     /* not one that was used before */
    const struct wire_owner *owner;
    void *arg;
};

struct wires *wires_new(struct curlmulti *multi);

/* All wires that are not idle must have been closed. NULL is fine. */
void wires_free(struct wires *wires);

/* Can a wire take it there? Over HTTP/2, and to a proxy that is asked for http:, only libcurl can.
 */
bool wires_can(const char *url, const struct upstream_way *way);

/* One to the server of that address. */
struct wire *wires_get(struct wires *wires, const struct wire_plan *plan);

/* Closes the idle ones to that origin (upstream_origin); origin.at NULL: all. */
void wires_drop(struct wires *wires, struct text origin);

bool wire_is_open(const struct wire *wire);

/* Has a request been sent over it before it was got? */
bool wire_was_kept(const struct wire *wire);

/* Bytes that were taken, -EAGAIN, or another -errno: it is broken. What was not taken is to be
 * given again from its first byte, at the same address (SSL_write(3)). */
ssize_t wire_send(struct wire *wire, const struct iovec *pieces, int count);

/* Bytes that came, 0: it has ended, -EAGAIN: none now, or another -errno: it is broken. */
ssize_t wire_receive(struct wire *wire, char *bytes, size_t room);

/* May it hold more than ready is called for? Then it is received from until -EAGAIN. */
bool wire_hides(const struct wire *wire);

/* What ready is called for from now on; neither: not even for a break. */
void wire_wait(struct wire *wire, bool receive, bool send);

/* Another request may go over it: it is nobody's now, and closed when nobody wants it. */
void wire_keep(struct wire *wire);

void wire_close(struct wire *wire);

/* Of one that could not be opened or is broken, for people; "" if nothing is known. */
const char *wire_detail(const struct wire *wire);

/* What a proxy answered that was asked for a tunnel; 0 = nothing, or none was. */
int wire_proxy_status(const struct wire *wire);

/* For upstream_doubt: scheme and authority. */
struct text wire_origin(const struct wire *wire);

#endif
