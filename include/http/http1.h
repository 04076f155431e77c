/*
 * A response of HTTP/1.1 or 1.0 as it comes from the network (RFC 9112): bytes in, its head and the
 * pieces of its body out, the same at any split of the bytes. Strict: what two readers could take
 * for two different things is malformed; HTTP/0.9 never passes. Interim responses (1xx; RFC 9110,
 * 15.2) are read and dropped, any number of them; 101 is malformed, since nobody here asks for it.
 *
 *     http1_init(&http1, &lines, false);
 *     each time that bytes have come:
 *         while ((event = http1_read(&http1, &bytes, &piece)) == HTTP1_HEAD || event == HTTP1_BODY)
 *             ...
 *     when the peer has closed: http1_close(&http1)
 *
 * Owns nothing and allocates nothing, but that it adds to the caller's lines.
 */
#ifndef UNDERSTUDY_HTTP1_H
#define UNDERSTUDY_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/chunked.h"
#include "http/http1_head.h"
#include "text/buf.h"
#include "text/text.h"

enum http1_event {
    HTTP1_MORE, /* all of bytes was taken, more is needed */
    HTTP1_HEAD, /* the final head is whole: status is set, lines filled and not touched again */
    HTTP1_BODY, /* *ret_body is a piece of the body, never an empty one, inside of bytes */
    HTTP1_END,  /* the response is whole; what is left in bytes is no part of it */
    HTTP1_BAD,  /* fault says what kind, why says it to people; nothing more may be fed */
};

enum http1_fault {
    HTTP1_SOUND,
    HTTP1_NOTHING,   /* closed before the first byte */
    HTTP1_CUT,       /* closed inside of the response, or inside of interim ones before it */
    HTTP1_MALFORMED, /* no response, an ambiguous one, or one beyond the limits */
    HTTP1_NO_MEMORY, /* for the head; the peer has done nothing wrong */
};

/* What the next byte belongs to. */
enum http1_state {
    HTTP1_IN_HEAD,
    HTTP1_IN_LENGTH, /* a body of Content-Length */
    HTTP1_IN_CHUNKS,
    HTTP1_IN_REST, /* a body that lasts until the connection is closed */
    HTTP1_ENDED,
    HTTP1_FAILED,
};

struct http1 {
    int status; /* 200..999 from HTTP1_HEAD on; 0 before, and where the head is bad */
    enum http1_fault fault;
    const char *why; /* static text, a sentence without its full stop about "the answer"; NULL
                        while fault is HTTP1_SOUND */
    /* what follows is its own */
    enum http1_state state;
    bool bodiless;
    bool begun;
    struct http1_head head;
    struct chunked chunks;
    int64_t left; /* bytes of a body with Content-Length that are still to come */
};

/*
 * lines is borrowed until the final head is whole, and gets it: the status line and the fields,
 * each with CR LF and without the blank line; a field that went on in further lines is one, and
 * there is no blank before its colon. Its max (plain bytes) bounds each head, blank line included.
 * It is emptied here; its content before HTTP1_HEAD means nothing, and there is none where the head
 * is bad. bodiless: the request was HEAD.
 */
void http1_init(struct http1 *http1, struct buf *lines, bool bodiless);

/* Call again until it tells MORE, END or BAD, even when bytes is empty. What was taken is cut off
 * the front of *bytes (with BAD it is not said how much). */
enum http1_event http1_read(struct http1 *http1, struct text *bytes, struct text *ret_body);

/* The connection has ended, all bytes were read: END where the response lasts until then or is
 * whole, else BAD. A connection that broke (a reset) is for the caller to tell from one that was
 * closed: a body that lasts until then is not whole. */
enum http1_event http1_close(struct http1 *http1);

/* After END: may the connection be used for a next request (RFC 9112, 9.3)? The caller must still
 * see that no byte was left. False before END. */
bool http1_keeps(const struct http1 *http1);

/* Has any byte of the response, or of interim ones, come? */
static inline bool http1_begun(const struct http1 *http1)
{
    return http1->begun;
}

#endif
