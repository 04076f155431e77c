/*
 * Which header fields go to a provider, and which credential: the app's own, the provider's key, or
 * none. Our own tokens go to nobody.
 */
#ifndef UNDERSTUDY_FORWARD_H
#define UNDERSTUDY_FORWARD_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "http/headers.h"
#include "http/traceparent.h"
#include "text/buf.h"

/* The app's request, and in which of the fields for a credential a token of ours came. */
struct forward_app {
    const struct header_field *fields; /* borrowed */
    size_t count;
    bool authorization_is_token;
    bool x_api_key_is_token;
    bool api_key_is_token;
};

/*
 * The app's fields that may travel, as "Name: value" strings ended by NUL, added to *collected:
 * they are kept for the exchange's life, what the library holds is gone when the client is. The
 * app's own credential is among them; forward_headers decides for whom it is. 0, -EMSGSIZE or
 * -ENOMEM.
 */
int forward_collect(const struct forward_app *app, struct buf *collected)
    __attribute__((warn_unused_result));

/* The body is decoded: takes its Content-Encoding, and digests of the coded bytes, out. 0 or
 * -errno.
 */
int forward_without_coding(struct buf *collected) __attribute__((warn_unused_result));

/* The kind that the app was made for: that of the path; where anything may be asked, that whose own
 * fields it sends. */
const struct kind *forward_app_kind(const struct buf *collected, enum api_path path);

/* Is there a credential of the app's among the collected fields that a provider of that kind takes:
 * an Authorization, or the kind's own field? */
bool forward_has_credential(const struct buf *collected, const struct kind *kind);

/* The value of the app's first field of that name, among the collected; at NULL: it sent none. */
struct text forward_field(const struct buf *collected, const char *lower_case);

/* The trace that the app's request belongs to; false: to none, to several, or to one that cannot be
 * told (traceparent.h). */
bool forward_trace(const struct buf *collected, struct traceparent *ret)
    __attribute__((warn_unused_result));

/* For one provider. */
struct forward_target {
    const struct config_provider *provider;
    size_t key;          /* which of its own it is asked with, if it has any: 0 = the first */
    bool json;           /* the body is JSON, whatever the app called it */
    bool foreign;        /* the app was made for another kind: its fields mean nothing there, but
                            for those of a trace */
    bool credential;     /* the app's own is for this one (route.h) */
    const char *process; /* our name in Via */
    const char *traceparent; /* in place of the app's; NULL = the trace's fields as they came */
    bool own_trace;          /* with it: the app's tracestate is of no trace, and stays here */
};

/*
 * The header fields of the request, in the same form, added to *out; "Name:" is one that the client
 * library must not make up, "Name;" one without a value. 0, -EMSGSIZE or -ENOMEM.
 */
int forward_headers(const struct buf *collected, const struct forward_target *target,
                    struct buf *out) __attribute__((warn_unused_result));

/* Has the request been through the process of that name (its Via entry is in it)? */
bool forward_is_loop(const struct forward_app *app, const char *process);

#endif
