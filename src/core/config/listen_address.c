/* Reading addresses to listen on, and comparing them with others. */
#include "config/listen_address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "http/host.h"
#include "text/string_list.h"

/* sun_path of unix(7) has 108 bytes, its NUL among them. */
#define UNIX_PATH_MAX 107

static int refuse(struct error *reterr, struct text text, const char *why)
{
    error_set(reterr, "\"%.*s\" %s", TEXT_ARG(text), why);
    return -EINVAL;
}

static int read_unix(struct text text, struct config_listen *ret, struct error *reterr)
{
    struct text path = text_skip(text, 5);
    if (path.len < 2 || path.at[0] != '/')
        return refuse(reterr, text, "does not name a socket by its whole path");
    if (path.len > UNIX_PATH_MAX)
        return refuse(reterr, text, "is longer than the 107 bytes of a socket's path");
    ret->path = strndup(path.at, path.len);
    return ret->path ? 0 : -ENOMEM;
}

/* The colon before the port: the one behind the bracket, or the only one. */
static const char *find_colon(struct text text, bool brackets)
{
    const char *from = brackets ? memchr(text.at, ']', text.len) : text.at;
    if (!from)
        return NULL;
    const char *colon = memchr(from, ':', text.len - (size_t)(from - text.at));
    if (brackets)
        return colon == from + 1 ? colon : NULL;
    size_t before = colon ? (size_t)(colon - text.at) + 1 : 0;
    return colon && !memchr(colon + 1, ':', text.len - before) ? colon : NULL;
}

int listen_address_parse(struct text text, struct config_listen *ret, struct error *reterr)
{
    *ret = (struct config_listen){0};
    if (text_starts_nocase(text, "unix:"))
        return read_unix(text, ret, reterr);
    bool brackets = text.len > 0 && text.at[0] == '[';
    const char *colon = text.len > 0 ? find_colon(text, brackets) : NULL;
    if (!colon)
        return refuse(reterr, text, "has no port, or an IPv6 address without [ ]");
    struct text host = text_make(text.at, (size_t)(colon - text.at));
    if (brackets)
        host = text_make(host.at + 1, host.len - 2);
    struct text digits = text_skip(text, (size_t)(colon - text.at) + 1);
    int64_t port;
    if (digits.len == 0 || text_digits(digits, &port) < digits.len || port < 0 || port > UINT16_MAX)
        return refuse(reterr, text, "has no port from 0 to 65535");
    ret->port = (uint16_t)port;
    bool colons = host.len > 0 && memchr(host.at, ':', host.len);
    if (brackets != colons || !host_valid(host))
        return refuse(reterr, text, "has no valid address (all of them: 0.0.0.0 or [::])");
    ret->host = strndup(host.at, host.len);
    return ret->host ? 0 : -ENOMEM;
}

void listen_address_done(struct config_listen *listen)
{
    free(listen->host);
    free(listen->path);
    *listen = (struct config_listen){0};
}

bool listen_address_is_loopback(const struct config_listen *listen)
{
    return listen->path || host_is_loopback(text_of(listen->host));
}

bool listen_address_equals(const struct config_listen *a, const struct config_listen *b)
{
    if (a->path || b->path)
        return a->path && b->path && strcmp(a->path, b->path) == 0;
    return a->port != 0 && a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

bool listen_address_answers(const struct config_listen *listen, const struct url *url)
{
    if (listen->path || url->tls || listen->port != url->port)
        return false;
    struct text own = text_of(listen->host);
    if (own.len == url->host.len && strncasecmp(own.at, url->host.at, own.len) == 0)
        return true;
    bool here = host_is_loopback(url->host) || host_is_any(url->host);
    return here && (host_is_loopback(own) || host_is_any(own));
}
