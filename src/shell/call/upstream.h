/*
 * Requests to providers: one libcurl multi handle on a worker's loop. One call is one delivery on
 * the wire: libcurl's own resend of a request on a fresh connection is stopped, redirects are not
 * followed, no environment proxy is read.
 *
 * The owner's callbacks head and body run inside libcurl: they only note and queue. end runs from
 * the loop, once for every call that was not stopped.
 */
#ifndef UNDERSTUDY_UPSTREAM_H
#define UNDERSTUDY_UPSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "call/upstream_head.h"
#include "call/upstream_request.h"

struct upstream;
struct upstream_call;

/* NULL when libcurl cannot be set up. */
struct upstream *upstream_new(struct loop *loop);

struct loop *upstream_loop(const struct upstream *upstream);

/* All calls must have been released; those that were left are ended. NULL is fine. */
void upstream_free(struct upstream *upstream);

/* Starts a call. Never fails at once: what goes wrong is told by end. */
struct upstream_call *upstream_start(struct upstream *upstream,
                                     const struct upstream_request *request);

/* The machine slept or moved: idle connections and known addresses are not used any more. */
void upstream_woke(struct upstream *upstream);

/* Files with certificates to trust are read once; from now on they are read anew. */
void upstream_read_certificates_anew(struct upstream *upstream);

/* Keys have changed: memory in which the old ones may stand is wiped, now or when the calls that
 * were begun with them end. */
void upstream_forget(struct upstream *upstream);

/*
 * The owner has all that it wants: it hears no more, and may release the call at once. The provider
 * is given within_ms to end the body, which keeps the connection for a next call.
 */
void upstream_leave(struct upstream_call *call, int64_t within_ms);

/*
 * Takes a call off the wire at once, without a word to its owner; one that has ended or was left
 * stays as it is. Its head can still be read until it is released. Not from inside head or body.
 */
void upstream_stop(struct upstream_call *call);

/*
 * The call under way was waited for in vain. If its connection had been used before, the path may
 * be what is gone: idle connections to the same host are given up, so that the next call opens one.
 * A connection that breaks does so by itself.
 */
void upstream_doubt(struct upstream_call *call);

/* Gives back a call that has ended, was left or was stopped. */
void upstream_release(struct upstream_call *call);

/* Goes on after UPSTREAM_PAUSE; body may be called from inside. Not from inside head or body. */
void upstream_unpause(struct upstream_call *call);

const struct upstream_head *upstream_call_head(const struct upstream_call *call);

/* What libcurl says about a failure ("Connection refused ..."), "" if nothing. */
const char *upstream_call_detail(const struct upstream_call *call);

/* What a proxy answered that was asked for a tunnel; 0 = nothing, or none was. */
int upstream_call_proxy_status(const struct upstream_call *call);

/* Has the request been handed to a connection (so that the provider may have seen it)? */
bool upstream_call_sent(const struct upstream_call *call);

#endif
