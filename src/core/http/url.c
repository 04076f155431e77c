/* See url.h. Cut in the order of RFC 3986, appendix B: scheme, authority, path, query. */
#include "http/url.h"

#include <errno.h>

#include "http/host.h"

static int refuse(struct error *reterr, const char *why)
{
    error_set(reterr, "%s", why);
    return -EINVAL;
}

/* Cuts text at the first of the bytes in at; the rest begins with that byte. */
static struct text cut_before(struct text *text, const char *at)
{
    size_t n = 0;
    while (n < text->len && !strchr(at, text->at[n]))
        n++;
    struct text head = text_make(text->at, n);
    *text = text_skip(*text, n);
    return head;
}

static bool bytes_allowed(struct text text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c))
            return false;
    }
    return true;
}

static int read_port(struct text digits, uint16_t *ret, struct error *reterr)
{
    int64_t port;
    if (text_digits(digits, &port) < digits.len)
        return refuse(reterr, "the port is not a number");
    if (port < 1 || port > UINT16_MAX)
        return refuse(reterr, "the port is not a number from 1 to 65535");
    *ret = (uint16_t)port;
    return 0;
}

static int read_authority(struct text authority, struct url *ret, struct error *reterr)
{
    if (authority.len > 0 && memchr(authority.at, '@', authority.len))
        return refuse(reterr, "a user name or password in the address");
    bool brackets = authority.len > 0 && authority.at[0] == '[';
    if (brackets)
        authority = text_skip(authority, 1);
    ret->host = cut_before(&authority, brackets ? "]" : ":");
    if (brackets && authority.len == 0)
        return refuse(reterr, "the bracket of the host is not closed");
    if (brackets)
        authority = text_skip(authority, 1);
    bool colons = ret->host.len > 0 && memchr(ret->host.at, ':', ret->host.len);
    if (brackets != colons || !host_valid(ret->host))
        return refuse(reterr, "no valid host in the address");
    if (authority.len == 0)
        return 0;
    if (authority.at[0] != ':')
        return refuse(reterr, "something between host and port");
    return read_port(text_skip(authority, 1), &ret->port, reterr);
}

int url_parse(struct text text, struct url *ret, struct error *reterr)
{
    *ret = (struct url){.port = 80, .origin = text};
    struct text rest = text;
    if (!bytes_allowed(text))
        return refuse(reterr, "a byte that no address can hold");
    if (text_starts_nocase(text, "https://")) {
        ret->tls = true;
        ret->port = 443;
    } else if (!text_starts_nocase(text, "http://")) {
        return refuse(reterr, "an address that begins with neither http:// nor https://");
    }
    rest = text_skip(rest, ret->tls ? 8 : 7);
    struct text authority = cut_before(&rest, "/?#");
    ret->origin.len = text.len - rest.len;
    ret->path = cut_before(&rest, "?#");
    ret->query = cut_before(&rest, "#");
    if (rest.len > 0)
        return refuse(reterr, "a fragment (#) in the address");
    return read_authority(authority, ret, reterr);
}

/* A password may hold anything but '/', '?' and '#', so the last '@' counts, as it does for
 * libcurl. */
struct text url_host(struct text address)
{
    const char *scheme = address.len ? memmem(address.at, address.len, "://", 3) : NULL;
    if (!scheme)
        return (struct text){0};
    struct text rest = text_skip(address, (size_t)(scheme - address.at) + 3);
    struct text authority = cut_before(&rest, "/?#");
    const char *user = authority.len ? memrchr(authority.at, '@', authority.len) : NULL;
    if (user)
        authority = text_skip(authority, (size_t)(user - authority.at) + 1);
    bool brackets = text_starts(authority, "[");
    authority = text_skip(authority, brackets);
    return cut_before(&authority, brackets ? "]" : ":");
}
