/*
 * The first look at a request, before its body: is it framed in exactly one way (RFC 9112), is it
 * meant for us (DNS rebinding, cross-site requests), may it come in (tokens). Pure: gets the raw
 * head of a request, says what to answer. Used in the first call of the HTTP library's handler.
 *
 * The rules are asked in this order, and the first that objects decides: framing (400, 417 for an
 * unknown Expect), TRACE and CONNECT (405), Host (400, 403), Origin and Sec-Fetch-Site (403), token
 * (401), path and method (404, 405, 426), content type of a browser's POST (415), size (413).
 */
#ifndef UNDERSTUDY_GUARD_H
#define UNDERSTUDY_GUARD_H

#include "config/config.h"
#include "guard/guard_request.h"

/* What follows /v1 in a path of the API, whether that is there once, twice or not at all; the path
 * itself when it is none. */
struct text guard_api_path(struct text path);

/* Is it there for whoever watches us? */
bool guard_endpoint_is_probe(enum guard_endpoint endpoint);

/*
 * DELETE of /v1/models/ID, GET of /v1/responses and the like are wrong methods on an exact path:
 * 405, never passed on; 426 where GET of /v1/responses asks for a websocket. message: the place for
 * that of a refusal, borrowed by *ret.
 */
void guard_check(const struct config_server *server, const struct guard_request *request,
                 char message[static GUARD_MESSAGE_MAX], struct guard_verdict *ret);

#endif
