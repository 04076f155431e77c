/* The head of an HTTP/1.1 request to a server (RFC 9112, 3 and 5). */
#ifndef UNDERSTUDY_HTTP1_REQUEST_H
#define UNDERSTUDY_HTTP1_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "text/buf.h"

struct http1_request {
    const char *method;
    const char *url; /* http or https; what stands behind a '#' stays here */
    /* "Name: value" strings, each ended by NUL, validated by their maker. "Name;" is a field
     * without a value; "Name:" is none. A Host among them stands in place of the URL's. */
    const struct buf *headers;
    bool has_body;
    size_t body_bytes;
};

/* Adds the head to out, its blank line included. 0, -EINVAL: the URL is none; errors of out. */
int http1_request_write(const struct http1_request *request, struct buf *out)
    __attribute__((warn_unused_result));

#endif
