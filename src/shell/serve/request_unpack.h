/* The codings of a request's body (Content-Encoding; RFC 9110, 8.4) are taken off. */
#ifndef UNDERSTUDY_REQUEST_UNPACK_H
#define UNDERSTUDY_REQUEST_UNPACK_H

#include "config/config.h"
#include "rules/forward.h"
#include "serve/hold.h"
#include "text/buf.h"

/*
 * 0: there were none; 1: the body is decoded in its place, and hold counts what it is now.
 * -ENOTSUP: one that is not read here. -EMSGSIZE: decoded it is larger than max_body; -ENOBUFS: all
 * bodies together would be more than max_body_total. -EBADMSG: it is not what the field says, or is
 * cut off. -ENOMEM.
 */
int request_unpack(const struct forward_app *app, struct buf *body, struct hold *hold,
                   const struct config_server *server) __attribute__((warn_unused_result));

#endif
