/* See not_running.h. Of an address on loopback a failed connect is a refused one. */
#include "rules/not_running.h"

#include "http/host.h"
#include "http/url.h"

bool not_running(const struct config_provider *provider, enum transport transport,
                 struct error *ret)
{
    struct url url;
    if (transport != TRANSPORT_CONNECT || provider->proxy || !provider->base_url ||
        url_parse(text_of(provider->base_url), &url, NULL) < 0 || !host_is_loopback(url.host))
        return false;
    bool v6 = memchr(url.host.at, ':', url.host.len);
    const char *open = v6 ? "[" : "", *end = v6 ? "]" : "";
    const struct kind *kind = provider->kind;
    if (kind->server)
        error_set(ret, "%s is not running at %s%.*s%s:%u; start it with `%s`", kind->server, open,
                  TEXT_ARG(url.host), end, url.port, kind->start_with);
    else
        error_set(ret, "no server is running at %s%.*s%s:%u; start it", open, TEXT_ARG(url.host),
                  end, url.port);
    return true;
}
