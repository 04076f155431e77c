/*
 * The connections that libcurl keeps, known by their sockets: libcurl itself has no way to give up
 * those that are idle. Not for anybody but upstream.
 *
 * A path that went away (the machine slept, a NAT forgot) leaves them looking alive. What is asked
 * over one of them gets no answer, nor does the next try over the next one.
 */
#ifndef UNDERSTUDY_UPSTREAM_CONNECTION_H
#define UNDERSTUDY_UPSTREAM_CONNECTION_H

#include <curl/curl.h>

#include "text/text.h"

struct upstream_connection;

struct upstream_connections {
    struct upstream_connection **by_fd;
    size_t room;
};

void upstream_connections_done(struct upstream_connections *connections);

/* A socket to a host of that origin (upstream_origin). CURL_SOCKET_BAD: there is none. */
curl_socket_t upstream_connections_open(struct upstream_connections *connections,
                                        struct text origin, const struct curl_sockaddr *address);

/* 0, as close(2). */
int upstream_connections_close(struct upstream_connections *connections, curl_socket_t fd);

/* It is not libcurl's any more, which shall forget it: closing it is for who takes it. */
void upstream_connections_give_away(struct upstream_connections *connections, curl_socket_t fd);

/* A call has it. One that is not ours: fine, here and below. */
void upstream_connections_use(struct upstream_connections *connections, curl_socket_t fd,
                              const void *user);

/* That call has it no more. Its number may be another connection's by now, which stays in use. */
void upstream_connections_leave(struct upstream_connections *connections, curl_socket_t fd,
                                const void *user);

/* Shuts those to that origin that nobody uses; origin.at NULL: all. libcurl finds them dead. */
void upstream_connections_drop(struct upstream_connections *connections, struct text origin);

/* Scheme and authority of an address: "https://api.openai.com". Borrowed from url. */
struct text upstream_origin(const char *url);

#endif
