/*
 * Which header fields travel. RFC 9110, 7.6.1: hop-by-hop fields end here, with every name that
 * Connection lists; so do the fields that CONTRACT names (Host, Content-Length, Accept-Encoding,
 * Cookie, Origin, x-understudy-*, our own tokens).
 */
#ifndef UNDERSTUDY_HEADERS_H
#define UNDERSTUDY_HEADERS_H

#include "error.h"
#include "text.h"

#include <stdbool.h>
#include <stdint.h>

bool header_name_is(struct text name, const char *lower_case);

/* Is name listed in a Connection header's value (or values, called once for each)? */
bool header_listed(struct text connection, struct text name);

/* May a request header go to a provider? (Authorization and x-api-key are decided by the caller.) */
bool header_request_travels(struct text name);

/* May a provider's response header go to the client? */
bool header_response_travels(struct text name);

/* A token (RFC 9110, 5.6.2) and a field value (5.5: visible, blank, TAB, obs-text; no CR, LF, NUL). */
bool header_name_valid(struct text name);
bool header_value_valid(struct text value);

/* The steering headers of one exchange. */
struct steering {
    bool no_fallback;
    int attempts;          /* 0 = not given, else 1..10 */
    int64_t deadline_ms;   /* 0 = not given, else up to 1 h */
    struct text route;     /* at NULL = not given; borrowed from the header */
};

/*
 * Takes one x-understudy-* request header. 0 (also for one that steers nothing), or -EINVAL and
 * *reterr, which names the header and what is allowed.
 */
int steering_read(struct steering *steering, struct text name, struct text value,
                  struct error *reterr) __attribute__((warn_unused_result));

#endif
