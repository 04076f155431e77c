/* See upstream_name.h. */
#include "connect/upstream_name.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "http/host.h"
#include "machine/process.h"

/* What libcurl takes where a proxy's address names none. */
#define PROXY_PORT       1080
#define HTTPS_PROXY_PORT 443

/* Whom to connect to, by libcurl's own reading of addresses. */
struct peer {
    char *host; /* NULL = it cannot be read; libcurl will say so */
    long port;
};

static long port_of(CURLU *parts, bool is_proxy)
{
    char *port = NULL, *scheme = NULL;
    (void)curl_url_get(parts, CURLUPART_PORT, &port, is_proxy ? 0 : CURLU_DEFAULT_PORT);
    (void)curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0);
    bool https = scheme && strcmp(scheme, "https") == 0;
    long number = port ? strtol(port, NULL, 10) : https ? HTTPS_PROXY_PORT : PROXY_PORT;
    curl_free(port);
    curl_free(scheme);
    return number;
}

static struct peer peer_of(const struct upstream_name *name)
{
    struct peer peer = {0};
    CURLU *parts = curl_url();
    if (parts && curl_url_set(parts, CURLUPART_URL, name->proxy ? name->proxy : name->url,
                              CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK) {
        (void)curl_url_get(parts, CURLUPART_HOST, &peer.host, 0);
        peer.port = port_of(parts, name->proxy != NULL);
    }
    curl_url_cleanup(parts);
    return peer;
}

/* Addresses and localhost are known to libcurl without asking anybody. */
static bool is_name(const char *host)
{
    struct in_addr address;
    return host && host[0] != '[' && inet_pton(AF_INET, host, &address) != 1 &&
           !host_is_loopback(text_of(host));
}

bool upstream_name_want(struct upstream_name *name)
{
    /* Known: it is another name, of the provider behind a SOCKS proxy; that one is libcurl's. */
    if (name->state == NAME_KNOWN)
        return false;
    struct peer peer = peer_of(name);
    if (is_name(peer.host))
        name->state = NAME_WANTED;
    curl_free(peer.host);
    return name->state == NAME_WANTED;
}

static void finish(struct upstream_name *name, enum transport transport)
{
    upstream_name_leave(name);
    name->state = NAME_KNOWN;
    name->over(name, transport);
}

/* The '+' lets the addresses age as those that libcurl finds itself. */
static bool hand_over(struct upstream_name *name, const char *addresses)
{
    struct peer peer = peer_of(name);
    char *entry = xasprintf("+%s:%ld:%s", peer.host, peer.port, addresses);
    name->addresses = curl_slist_append(NULL, entry);
    free(entry);
    curl_free(peer.host);
    int64_t left_ms = name->limit.at_ms - loop_now_ms(name->loop);
    (void)curl_easy_setopt(name->easy, CURLOPT_CONNECTTIMEOUT_MS, left_ms > 0 ? (long)left_ms : 1L);
    (void)curl_easy_setopt(name->easy, CURLOPT_DNS_CACHE_TIMEOUT, NAMES_KEPT_S);
    return name->addresses &&
           curl_easy_setopt(name->easy, CURLOPT_RESOLVE, name->addresses) == CURLE_OK;
}

static void on_ready(struct lookup_waiter *waiter, const char *addresses, const char *why)
{
    struct upstream_name *name = OWNER(waiter, struct upstream_name, waiter);
    if (addresses) {
        finish(name, hand_over(name, addresses) ? TRANSPORT_OK : TRANSPORT_INTERNAL);
        return;
    }
    struct peer peer = peer_of(name);
    (void)snprintf(name->detail, CURL_ERROR_SIZE, "%s: %s", peer.host, why);
    curl_free(peer.host);
    finish(name, waiter->no_descriptor ? TRANSPORT_NO_DESCRIPTOR : TRANSPORT_DNS);
}

static void on_limit(struct loop_timer *timer)
{
    struct upstream_name *name = OWNER(timer, struct upstream_name, limit);
    (void)snprintf(name->detail, CURL_ERROR_SIZE,
                   "Resolving timed out after %" PRId64 " milliseconds", name->connect_timeout_ms);
    finish(name, TRANSPORT_CONNECT_TIMEOUT);
}

void upstream_name_look_up(struct upstream_name *name)
{
    struct peer peer = peer_of(name);
    name->waiter.ready = on_ready;
    name->limit.due = on_limit;
    loop_timer_set(name->loop, &name->limit, name->begun_at_ms + name->connect_timeout_ms);
    int r = lookup_join(name->lookups, peer.host, &name->waiter);
    curl_free(peer.host);
    if (r < 0) {
        (void)snprintf(name->detail, CURL_ERROR_SIZE, "No thread to resolve it: %s", strerror(-r));
        finish(name, process_wants_descriptors(-r) ? TRANSPORT_NO_DESCRIPTOR : TRANSPORT_INTERNAL);
    }
}

void upstream_name_leave(struct upstream_name *name)
{
    lookup_leave(&name->waiter);
    loop_timer_cancel(name->loop, &name->limit);
}

void upstream_name_done(struct upstream_name *name)
{
    curl_slist_free_all(name->addresses);
    name->addresses = NULL;
    name->state = NAME_UNKNOWN;
}
