/* The http and https addresses (RFC 3986) that settings hold, taken apart. */
#ifndef UNDERSTUDY_URL_H
#define UNDERSTUDY_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "text/error.h"
#include "text/text.h"

struct url {
    bool tls;           /* https */
    struct text host;   /* without brackets */
    uint16_t port;      /* as written, else 80 or 443 */
    struct text origin; /* scheme://host[:port] as written */
    struct text path;   /* from its '/' on; empty when there is none */
    struct text query;  /* from its '?' on; empty when there is none */
};

/*
 * 0 and *ret, whose texts point into text, or -EINVAL and *reterr: another scheme, no host, a bad
 * host or port, a user name or password, a fragment, a byte that no address may hold (blank,
 * control byte, quote, backslash). The error does not repeat the address: it might hold a password.
 */
int url_parse(struct text text, struct url *ret, struct error *reterr)
    __attribute__((warn_unused_result));

/* The host, without brackets, of any SCHEME://[USER[:PASSWORD]@]HOST[:PORT][/...], as a proxy's
 * address may be; empty where there is none. Nothing of it is judged. */
struct text url_host(struct text address);

#endif
