/*
 * A byte buffer that cannot be made without a maximum. Whatever a peer can make grow lives in one.
 *
 *     consumed        len                    cap     max
 *     |...............|#######################|.......|
 *                     data .. data+len
 *
 * Bytes taken from the front cost no copy until the gap is as large as what is left; while there is
 * a gap, the memory may be up to twice max.
 */
#ifndef UNDERSTUDY_BUF_H
#define UNDERSTUDY_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "text/text.h"

struct buf {
    char *data;     /* first byte not yet consumed; NULL while nothing was ever added */
    size_t len;     /* bytes from data on; data[len] is always NUL once data is set */
    size_t max;     /* len never exceeds it */
    char *memory;   /* start of the allocation */
    size_t cap;     /* bytes allocated, one more than can be used (the NUL) */
    bool secret;    /* what was written is wiped before it is given back, */
    size_t written; /* and so many bytes of memory were, if it is secret */
};

/* An empty buffer that holds at most max bytes. Allocates nothing. */
void buf_init(struct buf *buf, size_t max);

/* The same for what holds a key. Bytes that were taken, stolen or overwritten are the owner's. */
void buf_init_secret(struct buf *buf, size_t max);

/* Frees the memory; the buffer is empty then and may be used again. NULL is fine. */
void buf_done(struct buf *buf);

/* Empties the buffer and keeps its memory. */
void buf_reset(struct buf *buf);

/* Makes room at once for len more bytes, 64 MB at most, where memory and max allow it: what is
 * announced is then not moved while it comes. Who announces more than it sends costs nothing: what
 * is not written to is never touched. */
void buf_reserve(struct buf *buf, size_t len);

/* Adds len bytes. -EMSGSIZE when the maximum would be passed, -ENOMEM; nothing is added then. */
int buf_append(struct buf *buf, const void *bytes, size_t len) __attribute__((warn_unused_result));

int buf_append_text(struct buf *buf, struct text text) __attribute__((warn_unused_result));

int buf_append_string(struct buf *buf, const char *nul_terminated)
    __attribute__((warn_unused_result));

/* Adds words of others for a terminal's eyes: each hidden character (utf8_is_hidden), and each byte
 * that is none, becomes `instead`. On an error, as buf_append has it, what fits is added. */
int buf_append_shown(struct buf *buf, struct text text, char instead)
    __attribute__((warn_unused_result));

/* Adds formatted text, errors as buf_append. */
int buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3), warn_unused_result));

/* Takes n (<= len) bytes from the front. */
void buf_consume(struct buf *buf, size_t n);

/* The same; once all is taken its memory is given back. For what thousands of streams have, each of
 * which waits with nothing in it. */
void buf_drain(struct buf *buf, size_t n);

/* Takes away what is behind the first n (<= len) bytes. */
void buf_cut(struct buf *buf, size_t n);

/*
 * Gives the bytes away: a malloc'ed, NUL-terminated block that the caller frees, its length in
 * *ret_len (may be NULL). The buffer is empty then. NULL when memory is out (the buffer keeps its
 * bytes).
 */
char *buf_steal(struct buf *buf, size_t *ret_len) __attribute__((warn_unused_result));

static inline struct text buf_text(const struct buf *buf)
{
    return text_make(buf->data ? buf->data : "", buf->len);
}

#endif
