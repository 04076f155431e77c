/* See ollama_host.h. Scheme, authority and path are cut apart and put together as a URL. */
#include "http/ollama_host.h"

#include <errno.h>

#include "http/host.h"

static struct text trim_quotes(struct text text)
{
    text = text_trim(text);
    while (text.len > 0 && strchr("\"' ", text.at[0]))
        text = text_skip(text, 1);
    while (text.len > 0 && strchr("\"' ", text.at[text.len - 1]))
        text.len--;
    return text;
}

/* host, port and whether host is an IPv6 literal; no port when authority names none. */
static void cut_authority(struct text authority, struct text *ret_host, struct text *ret_port)
{
    const char *bracket = authority.len > 0 ? memrchr(authority.at, ']', authority.len) : NULL;
    const char *colon = authority.len > 0 ? memrchr(authority.at, ':', authority.len) : NULL;
    bool bare_v6 = !bracket && colon && memchr(authority.at, ':', (size_t)(colon - authority.at));
    *ret_host = authority;
    *ret_port = text_make("", 0);
    if (colon && !bare_v6 && (!bracket || colon > bracket)) {
        ret_host->len = (size_t)(colon - authority.at);
        *ret_port = text_skip(authority, ret_host->len + 1);
    }
    if (ret_host->len >= 2 && ret_host->at[0] == '[' && ret_host->at[ret_host->len - 1] == ']')
        *ret_host = text_make(ret_host->at + 1, ret_host->len - 2);
}

static struct text connectable(struct text host)
{
    if (host.len == 0)
        return text_of("127.0.0.1");
    if (host_is_any(host))
        return text_of(memchr(host.at, ':', host.len) ? "::1" : "127.0.0.1");
    return host;
}

int ollama_host_url(struct text value, struct buf *out, struct error *reterr)
{
    struct text scheme = text_of("http"), port = text_of("11434");
    struct text rest = trim_quotes(value);
    if (text_starts_nocase(rest, "http://")) {
        port = text_of("80");
        rest = text_skip(rest, 7);
    } else if (text_starts_nocase(rest, "https://") || text_equals(rest, "ollama.com")) {
        scheme = text_of("https");
        port = text_of("443");
        rest = text_skip(rest, text_starts_nocase(rest, "https://") ? 8 : 0);
    }
    if (rest.len > 0 && memmem(rest.at, rest.len, "://", 3)) {
        error_set(reterr, "an address that begins with neither http:// nor https://");
        return -EINVAL;
    }
    const char *slash = rest.len > 0 ? memchr(rest.at, '/', rest.len) : NULL;
    struct text authority = text_make(rest.at, slash ? (size_t)(slash - rest.at) : rest.len);
    struct text host, given_port;
    cut_authority(authority, &host, &given_port);
    host = connectable(host);
    if (given_port.len > 0)
        port = given_port;
    if (!host_valid(host)) {
        error_set(reterr, "no valid host");
        return -EINVAL;
    }
    bool v6 = memchr(host.at, ':', host.len);
    struct text path = text_skip(rest, authority.len);
    return buf_printf(out, "%.*s://%s%.*s%s:%.*s%.*s", TEXT_ARG(scheme), v6 ? "[" : "",
                      TEXT_ARG(host), v6 ? "]" : "", TEXT_ARG(port), TEXT_ARG(path));
}
