/* What the daemon answers to a client: status, fields, and a body that is whole or a source of
 * bytes. */
#ifndef UNDERSTUDY_REPLY_H
#define UNDERSTUDY_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "dialect/dialect.h"
#include "http/headers.h"
#include "text/buf.h"
#include "text/text.h"

/* Our own header fields (HEADER_TOOLS is in http/headers.h), and all of them as a web page may read
 * them. */
#define HEADER_ID       "x-understudy-id"
#define HEADER_PROVIDER "x-understudy-provider"
#define HEADER_MODEL    "x-understudy-model"
#define HEADER_ATTEMPTS "x-understudy-attempts"
#define HEADER_FALLBACK "x-understudy-fallback"
#define HEADER_DROPPED  "x-understudy-dropped"
#define HEADERS_OWN                                                                                \
    HEADER_ID ", " HEADER_PROVIDER ", " HEADER_MODEL ", " HEADER_ATTEMPTS ", " HEADER_FALLBACK     \
              ", " HEADER_DROPPED ", " HEADER_TOOLS

/* Where a streamed body comes from. */
enum reply_more {
    REPLY_BYTES = 0, /* there are some, more may follow */
    REPLY_WAIT,      /* none now: inbound_wake tells when */
    REPLY_END,       /* the body is whole */
    REPLY_BROKEN,    /* it is not: the connection ends so that the client sees it */
};

/* It lends its bytes, so that they go from where they lie into the socket. */
struct reply_source {
    /* *ret_bytes with REPLY_BYTES; borrowed until take, within the same call of the reader's. */
    enum reply_more (*look)(void *arg, struct text *ret_bytes);
    /* The reader has the first n (<= len) of the bytes that look has told of. */
    void (*take)(void *arg, size_t n);
};

struct reply {
    int status;
    struct buf headers; /* "Name: value" strings, each ended by NUL */
    struct buf body;    /* when source is NULL */
    const struct reply_source *source;
    void *arg;
    bool close;       /* the connection ends after this reply */
    bool lacks_field; /* there was no memory for a field of its head: it is not sent */
};

/* Takes up to max bytes of its source into out. */
enum reply_more reply_read(const struct reply *reply, char *out, size_t max, size_t *ret_len);

/* An error, in OpenAI's words; it is told in those of the app's dialect. Borrowed. */
struct reply_error {
    int status;
    const char *type;
    const char *code; /* may be NULL */
    const char *message;
    const struct dialect *app; /* NULL = OpenAI's */
    const char *request_id;    /* NULL = there is none */
};

void reply_init(struct reply *reply, int status);
void reply_done(struct reply *reply);

/* Adds a field. A name or value that cannot be sent (RFC 9110, 5.5) is left out, and so is one that
 * there is no room for; where memory is out the reply lacks_field. */
void reply_header(struct reply *reply, const char *name, const char *value);
void reply_header_text(struct reply *reply, struct text name, struct text value);

/* A reply that we make, of that type whatever a browser makes of its bytes (nosniff). */
void reply_own(struct reply *reply, int status, const char *content_type);

/* Such a reply with that JSON text as its body. */
void reply_json(struct reply *reply, int status, struct text json);

/* A reply with an error, x-should-retry: false included, so that SDKs do not retry on top of us. */
void reply_from_error(struct reply *reply, const struct reply_error *error);

/* Such a one, 403: a provider that this client may not be answered by; why says which. */
void reply_not_allowed(struct reply *reply, const struct dialect *app, const char *request_id,
                       const char *why);

/* Such a one, 503: what there is too much of now is over in a second (Retry-After). */
void reply_overloaded(struct reply *reply, const struct dialect *app, const char *code,
                      const char *message);

/* Such a one, 503: the daemon is about to end. */
#define REPLY_STOPPING "the daemon is stopping; try again in a moment"
void reply_stopping(struct reply *reply, const struct dialect *app, const char *request_id);

/* Such a one in place of a reply whose body could not be made, as its memory was out. */
void reply_unmade(struct reply *reply, const struct dialect *app);

/* reply_from_error with attempts beside the message; takes them over. NULL: there are none. */
void reply_from_error_of_all(struct reply *reply, const struct reply_error *error,
                             json_t *attempts);

#endif
