/*
 * Content codings (RFC 9110, 8.4): bytes in, as they come; decoded bytes out, as soon as they can
 * be. gzip (RFC 1952, with several members) and deflate (RFC 1950, and the bare RFC 1951 that some
 * servers send) are undone. What comes out is bounded by the buffer that it goes into, whatever the
 * ratio; one decoder takes about 45 KB for each coding.
 */
#ifndef UNDERSTUDY_CODING_H
#define UNDERSTUDY_CODING_H

#include <stdbool.h>
#include <stddef.h>

#include "text/buf.h"
#include "text/text.h"

enum coding { CODING_GZIP, CODING_DEFLATE };

/* A body that was packed more often is nobody's honest work. */
#define CODINGS_MAX 2

/* What a message says of its body. Starts zeroed. */
struct codings {
    enum coding at[CODINGS_MAX]; /* in the order in which they were applied */
    size_t count;                /* 0, and not unknown: the body is as it is */
    bool unknown;                /* one that is not undone here, or one too many */
};

/* Adds one Content-Encoding field: a list. identity and empty elements mean nothing, x-gzip is
 * gzip, letters may be of either case. */
void codings_read(struct codings *codings, struct text value);

static inline bool codings_are_none(const struct codings *codings)
{
    return codings->count == 0 && !codings->unknown;
}

enum decoder_manner {
    DECODER_STRICT, /* whatever is not exactly the coding is an error */
    /* A body that is not gzip at all, whatever it claims, is taken as it is (a proxy that has
     * unpacked it and left the field), and what stands behind the end is passed over. */
    DECODER_LENIENT,
};

struct decoder; /* opaque, on the heap */

/* For codings that are not unknown. NULL when memory is out. */
struct decoder *decoder_new(const struct codings *codings, enum decoder_manner manner);
void decoder_free(struct decoder *decoder); /* NULL is fine */

/*
 * Decodes into out. -EBADMSG: this is not the coding, or it is broken; -EMSGSIZE when out, or what
 * lies between two codings, would pass out's maximum; -ENOMEM. After an error: give up.
 */
int decoder_feed(struct decoder *decoder, struct text bytes, struct buf *out)
    __attribute__((warn_unused_result));

/* The body has ended: -EBADMSG when more had to come. An empty body is whole. */
int decoder_end(const struct decoder *decoder) __attribute__((warn_unused_result));

#endif
