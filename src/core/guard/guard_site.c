/*
 * Is the request meant for us, and does it come from where it may? A web page can make a browser
 * send requests to 127.0.0.1: by a name of its own that resolves to it (DNS rebinding: Host is the
 * page's), or openly across sites (Origin, Sec-Fetch-Site are the page's). Programs send no Origin.
 */
#include "guard/guard_rule.h"
#include "http/host.h"

/* Host = name [":" port]; a name in brackets is an IPv6 literal, and keeps them here. */
struct host_port {
    struct text name; /* without a trailing dot */
    struct text port;
    bool has_port;
};

static struct host_port split_host(struct text value)
{
    struct host_port host = {.name = value};
    const char *bracket = value.len ? memchr(value.at, ']', value.len) : NULL;
    size_t from = bracket ? (size_t)(bracket - value.at) : 0;
    struct text tail = text_skip(value, from);
    const char *colon = tail.len ? memchr(tail.at, ':', tail.len) : NULL;
    if (colon) {
        host.has_port = true;
        host.name.len = (size_t)(colon - value.at);
        host.port = text_skip(value, host.name.len + 1);
    }
    if (!bracket && host.name.len > 1 && host.name.at[host.name.len - 1] == '.')
        host.name.len--;
    return host;
}

static bool same_name(struct text a, struct text b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (text_lower(a.at[i]) != text_lower(b.at[i]))
            return false;
    return true;
}

/* None, or a number that is a port, written in one way. */
static bool has_plain_port(const struct host_port *host)
{
    int64_t port;
    if (!host->has_port)
        return true;
    return host->port.len > 0 && host->port.at[0] != '0' &&
           text_digits(host->port, &port) == host->port.len && port > 0 && port <= UINT16_MAX;
}

/* "::1" is "[::1]" in a Host. */
static bool matches_literal(struct text name, const char *literal)
{
    if (!strchr(literal, ':'))
        return same_name(name, text_of(literal));
    return name.len > 2 && name.at[0] == '[' && name.at[name.len - 1] == ']' &&
           same_name(text_make(name.at + 1, name.len - 2), text_of(literal));
}

static bool is_bare_ipv6(const char *entry)
{
    const char *colon = strchr(entry, ':');
    return entry[0] != '[' && colon && strchr(colon + 1, ':');
}

/* An entry with a port of its own stands for exactly that port. */
static bool matches_entry(const struct host_port *host, const char *entry)
{
    if (is_bare_ipv6(entry))
        return matches_literal(host->name, entry);
    struct host_port allowed = split_host(text_of(entry));
    if (!same_name(host->name, allowed.name))
        return false;
    return !allowed.has_port || (host->has_port && same_name(host->port, allowed.port));
}

/* 0.0.0.0 and :: name every machine, so a page that uses them as a name is not meant for us. */
static bool matches_listen(const struct host_port *host, const struct config_listen *listen)
{
    return listen->host && !host_is_any(text_of(listen->host)) &&
           matches_literal(host->name, listen->host);
}

/*
 * It is the name that a rebinding page cannot choose. The port is that of whatever forwards to us
 * (ssh -L, docker -p, a proxy), and says nothing.
 */
static bool host_is_allowed(const struct config_server *server, const struct host_port *host)
{
    if (!has_plain_port(host))
        return false;
    for (size_t i = 0; i < server->allowed_hosts.count; i++)
        if (matches_entry(host, server->allowed_hosts.at[i]))
            return true;
    for (size_t i = 0; i < server->listen_count; i++)
        if (matches_listen(host, &server->listen[i]))
            return true;
    return false;
}

/* What to write: the Host as it came, and the name alone where it has a port. */
static bool refuse_host(struct text value, const struct host_port *host, struct guard_verdict *ret)
{
    if (!host->has_port)
        return guard_refuse(ret, 403, "host_not_allowed",
                            "the Host %.*s is not served here: use the address that understudy "
                            "listens on, or add %.*s to server.allowed_hosts",
                            GUARD_SHOWN(value), GUARD_SHOWN(value));
    return guard_refuse(ret, 403, "host_not_allowed",
                        "the Host %.*s is not served here: use the address that understudy listens "
                        "on, or add %.*s to server.allowed_hosts (or %.*s, for any port)",
                        GUARD_SHOWN(value), GUARD_SHOWN(value), GUARD_SHOWN(host->name));
}

static bool check_host(const struct config_server *server, const struct guard_request *request,
                       struct guard_verdict *ret)
{
    struct text host;
    size_t count = guard_find(request, "host", &host);
    if (request->unix_socket)
        return true;
    if (count == 0 || host.len == 0)
        return guard_refuse(ret, 400, "missing_host",
                            "the request has no Host: send one, such as localhost:%u",
                            (unsigned)request->port);
    struct host_port split = split_host(host);
    return host_is_allowed(server, &split) || refuse_host(host, &split, ret);
}

/* A pattern's trailing '*' stands for any rest. `null` is every sandboxed page: only by its name.
 */
static bool matches_origin(struct text origin, const char *pattern)
{
    size_t len = strlen(pattern);
    if (len == 0 || pattern[len - 1] != '*')
        return text_equals(origin, pattern);
    return !text_equals_nocase(origin, "null") &&
           text_same(text_cut(origin, len - 1), text_make(pattern, len - 1));
}

static bool origin_is_listed(const struct config_server *server, struct text origin)
{
    for (size_t i = 0; i < server->allowed_origins.count; i++)
        if (matches_origin(origin, server->allowed_origins.at[i]))
            return true;
    return false;
}

static bool check_origin(const struct config_server *server, const struct guard_request *request,
                         struct guard_verdict *ret)
{
    struct text origin;
    if (guard_find(request, "origin", &origin) == 0)
        return true;
    if (!origin_is_listed(server, origin))
        return guard_refuse(ret, 403, "origin_not_allowed",
                            "the Origin %.*s may not call: to allow it, add it to "
                            "server.allowed_origins",
                            GUARD_SHOWN(origin));
    ret->origin = origin;
    return true;
}

/*
 * Browsers say where a request comes from (Fetch Metadata, W3C 2024). same-site is another port of
 * this machine, too: a page there is none of ours. Only our own pages and the user's typing remain.
 */
static bool is_from_elsewhere(const struct guard_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (!text_equals_nocase(request->headers[i].name, "sec-fetch-site"))
            continue;
        struct text site = text_trim(request->headers[i].value);
        if (!text_equals_nocase(site, "same-origin") && !text_equals_nocase(site, "none"))
            return true;
    }
    return false;
}

/* Without Origin: a page's image, script, link or form by GET. */
static bool check_fetch_site(const struct guard_request *request, struct guard_verdict *ret)
{
    if (ret->origin.at || !is_from_elsewhere(request))
        return true;
    return guard_refuse(ret, 403, "origin_not_allowed",
                        "a request from another web site, or from another port of this machine, "
                        "may not call: to allow its origin, add it to server.allowed_origins");
}

bool guard_rule_site(const struct config_server *server, const struct guard_request *request,
                     struct guard_verdict *ret)
{
    return check_host(server, request, ret) && check_origin(server, request, ret) &&
           check_fetch_site(request, ret);
}
