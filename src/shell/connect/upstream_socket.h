/*
 * libcurl's sockets in our loop. Not for anybody but upstream.c. A socket is let go of as soon as
 * no transfer wants it: libcurl closes some without a word, and their numbers are used again.
 */
#ifndef UNDERSTUDY_UPSTREAM_SOCKET_H
#define UNDERSTUDY_UPSTREAM_SOCKET_H

#include <curl/curl.h>

#include "base/loop.h"

struct upstream_socket;

struct upstream_sockets {
    struct loop *loop;
    CURLM *multi;
    /* Something can be done; what is CURL_CSELECT_*. */
    void (*ready)(struct upstream_sockets *sockets, curl_socket_t fd, int what);
    /* From inside libcurl: easy has that socket; it does not want one any more. */
    void (*wanted)(struct upstream_sockets *sockets, CURL *easy, curl_socket_t fd);
    void (*dropped)(struct upstream_sockets *sockets, CURL *easy);
    struct upstream_socket *spare;
};

/* Makes multi tell of its sockets. The functions in sockets are set by the caller. */
void upstream_sockets_init(struct upstream_sockets *sockets, struct loop *loop, CURLM *multi);

/* After the multi handle is cleaned up. */
void upstream_sockets_done(struct upstream_sockets *sockets);

#endif
