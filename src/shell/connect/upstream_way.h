/* The way to a server: its timeout, certificates, proxy, and the HTTP that is spoken there. */
#ifndef UNDERSTUDY_UPSTREAM_WAY_H
#define UNDERSTUDY_UPSTREAM_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "text/text.h"

/* How long a connection is used again: idle, as providers close theirs after 30 s and more; and in
 * all, so that another address of a name is seen. */
#define UPSTREAM_IDLE_MAX_S 25
#define UPSTREAM_LIFE_MAX_S 300
/* Idle ones that are kept, to all servers together. */
#define UPSTREAM_KEPT_MAX 256

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

static inline bool upstream_is_tls(const char *url)
{
    return text_starts_nocase(text_of(url), "https:");
}

/* Is it the proxy that is asked, for the whole address? Else it makes a tunnel, or there is none.
 */
static inline bool upstream_way_asks_proxy(const struct upstream_way *way, const char *url)
{
    return way->proxy && way->proxy[0] && !text_starts_nocase(text_of(way->proxy), "socks") &&
           !upstream_is_tls(url);
}

#endif
