/*
 * libcurl's sockets in our loop. Not for anybody but upstream.c.
 *
 * A socket that we opened stays watched while its connection is kept idle: the next transfer finds
 * it in place, which saves two system calls for each. libcurl tells when it is closed, so a
 * descriptor that is used again is never taken for the old one.
 */
#ifndef UNDERSTUDY_UPSTREAM_SOCKET_H
#define UNDERSTUDY_UPSTREAM_SOCKET_H

#include <curl/curl.h>

#include "loop.h"

struct upstream_socket;

struct upstream_sockets {
    struct loop *loop;
    CURLM *multi;
    /* Something can be done; what is CURL_CSELECT_*. */
    void (*ready)(struct upstream_sockets *sockets, curl_socket_t fd, int what);
    struct upstream_socket *spare;
    struct upstream_socket **kept; /* by descriptor: those that we opened */
    size_t kept_count;
};

/* Makes multi tell of its sockets. sockets->ready is set by the caller. */
void upstream_sockets_init(struct upstream_sockets *sockets, struct loop *loop, CURLM *multi);

/* After the multi handle is cleaned up. */
void upstream_sockets_done(struct upstream_sockets *sockets);

/* Has a transfer open and close its sockets through us. */
void upstream_sockets_use(struct upstream_sockets *sockets, CURL *easy);

#endif
