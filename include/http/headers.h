/*
 * Which header fields travel: all but those listed in headers.c. RFC 9110, 7.6.1: hop-by-hop fields
 * end here, with every name that Connection lists; so do fields about the way to us (Host,
 * Content-Length, Accept-Encoding, Expect), about the sender (Cookie, Origin, Referer, Sec-*,
 * Forwarded, X-Forwarded-*, X-Real-IP), and x-understudy-*, which are between the app and us.
 */
#ifndef UNDERSTUDY_HEADERS_H
#define UNDERSTUDY_HEADERS_H

#include <stdbool.h>
#include <stdint.h>

#include "text/error.h"
#include "text/text.h"

/* Of the app's: which tools it asks for (tools/tool_wish.h); of ours: which were called. Two rooms
 * of the core and the shell know it. */
#define HEADER_TOOLS "x-understudy-tools"

/* One field as it came; both parts are borrowed. */
struct header_field {
    struct text name;
    struct text value;
};

static inline bool header_name_is(struct text name, const char *lower_case)
{
    return text_equals_nocase(name, lower_case);
}

/*
 * Is name listed in a Connection header's value (or values, called once for each), so that it ends
 * here? Never for a field that is meant for every recipient (Authorization, Content-Type ...): the
 * RFC forbids to list one, and doing so is a known way to have a proxy drop what matters.
 */
bool header_listed(struct text connection, struct text name);

/*
 * May a request header go to a provider as it is? True for Authorization and x-api-key: whether
 * they go (the client's own) or stay (one of our tokens, a provider with a key) is for the caller
 * to decide. False for Via, which the caller writes, with ours appended.
 */
bool header_request_travels(struct text name);

/*
 * May a provider's response header go to the client as it is? False also for those that the caller
 * writes itself: Retry-After (at most 30) and retry-after-ms, x-should-retry. A provider cannot
 * forge x-understudy-* nor say which origins may read our answers (Access-Control-*).
 */
bool header_response_travels(struct text name);

/* Is it one of the fields in which a provider is sent its key? */
bool header_is_credential(struct text name);

/* Does it tell only which request that is, to whoever follows it through several programs: W3C's
 * Trace Context, https://www.w3.org/TR/trace-context/, and x-request-id? */
bool header_is_trace(struct text name);

/* Is it untrue once the body's codings are undone: Content-Encoding, and digests of the coded bytes
 * (RFC 9530; RFC 3230 and RFC 1864 before it)? */
bool header_tells_of_coding(struct text name);

/*
 * Can a client not do without this response header? What tells how to read the body, what to do
 * next, and who answered; ours and the provider's. The others may be left out where there is no
 * room for all.
 */
bool header_response_needed(struct text name);

/* Does a field of that name carry a secret (authorization, key, token, cookie, secret in it)? */
bool header_is_secret(struct text name);

/* May a token have that byte? Asked of each byte of each name that comes, hence a table. */
extern const bool header_token_bytes[256];

static inline bool header_token_byte(char c)
{
    return header_token_bytes[(unsigned char)c];
}

/* With how many bytes of a token (RFC 9110, 5.6.2) line begins: the length of its name, if a colon
 * follows. */
size_t header_name_length(struct text line);

/* A token, and a field value (5.5: visible, blank, TAB, obs-text; no CR, LF, NUL). */
bool header_name_valid(struct text name);
bool header_value_valid(struct text value);

/* The steering headers of one exchange; all zero before the first is taken. */
struct steering {
    bool no_fallback;
    int attempts;        /* 0 = not given, else 1..10 */
    int64_t deadline_ms; /* 0 = not given, else up to 1 h */
    struct text route;   /* at NULL = not given; borrowed from the header */
    unsigned seen;       /* which of them have been taken: each may come once */
};

/*
 * Takes one request header. 0 (also for one that steers nothing), or -EINVAL and *reterr, which
 * names the header and what is allowed; given twice is an error too. Whether the names in a route
 * are providers is for route_plan to say.
 */
int steering_read(struct steering *steering, struct text name, struct text value,
                  struct error *reterr) __attribute__((warn_unused_result));

/* Does a request header look like one of ours and steers nothing, here or elsewhere? Then
 * *ret_nearest is the one that may have been meant, NULL = none is near. */
bool steering_is_unknown(struct text name, const char **ret_nearest);

#endif
