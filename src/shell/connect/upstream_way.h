/* The way to a server: its timeout, certificates, proxy, and the HTTP that is spoken there. */
#ifndef UNDERSTUDY_UPSTREAM_WAY_H
#define UNDERSTUDY_UPSTREAM_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

/* Borrowed, as whoever gets one says. */
struct upstream_way {
    int64_t connect_timeout_ms;
    const char *proxy;   /* NULL = none */
    const char *ca_file; /* NULL = the system's */
    bool http2;
    const char *unix_socket; /* its path, in place of the URL's host; NULL = over the network */
};

static inline struct upstream_way upstream_way_of(const struct config_provider *provider)
{
    return (struct upstream_way){.connect_timeout_ms = provider->connect_timeout_ms,
                                 .proxy = provider->proxy,
                                 .ca_file = provider->ca_file,
                                 .http2 = provider->http2};
}

#endif
