/* The header fields of a request to a provider, made from those of the app's request. */
#ifndef UNDERSTUDY_FORWARD_H
#define UNDERSTUDY_FORWARD_H

#include "serve/inbound.h"
#include "settings/config.h"
#include "text/buf.h"

/*
 * The app's fields that may travel, as "Name: value" strings ended by NUL, kept for the exchange's
 * life: what the library holds is gone when the client is. Authorization and x-api-key are among
 * them unless they are our own tokens; forward_headers decides for whom they are.
 */
void forward_collect(const struct inbound *inbound, struct buf *out);

/* The body is decoded: takes its Content-Encoding, and digests of the coded bytes, out. */
void forward_without_coding(struct buf *collected);

/* Is there an Authorization among the collected fields? */
bool forward_has_authorization(const struct buf *collected);

/* The headers for one provider. json: the body is JSON whatever the app called it. */
void forward_headers(const struct buf *collected, const struct config_provider *provider, bool json,
                     struct buf *out);

/* Has the request been through this very process (our Via entry is in it)? */
bool forward_is_loop(const struct inbound *inbound);

#endif
