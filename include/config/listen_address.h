/* The addresses of [server] listen. */
#ifndef UNDERSTUDY_LISTEN_ADDRESS_H
#define UNDERSTUDY_LISTEN_ADDRESS_H

#include <stdbool.h>

#include "config/config.h"
#include "http/url.h"
#include "text/error.h"
#include "text/text.h"

/*
 * Reads `address:port`, `[v6]:port` or `unix:/path`; port 0 lets the system choose one. 0 and *ret,
 * which the caller frees with listen_address_done, or -EINVAL and *reterr, or -ENOMEM.
 */
int listen_address_parse(struct text text, struct config_listen *ret, struct error *reterr)
    __attribute__((warn_unused_result));

void listen_address_done(struct config_listen *listen);

/* Can only this machine connect (loopback, unix socket)? */
bool listen_address_is_loopback(const struct config_listen *listen);

bool listen_address_equals(const struct config_listen *a, const struct config_listen *b);

/* Would a request to that address reach the listener, as far as it can be told from the names? */
bool listen_address_answers(const struct config_listen *listen, const struct url *url);

#endif
