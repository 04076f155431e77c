/*
 * The body of a streamed answer as chunks (RFC 9112, 7.1) on a socket, past libmicrohttpd: it would
 * have to be resumed and suspended again for each event. It sends the head before, and the last
 * chunk after that.
 */
#ifndef UNDERSTUDY_CHUNKS_H
#define UNDERSTUDY_CHUNKS_H

#include "text/buf.h"
#include "text/text.h"

/* The most of a source that is sent as one chunk; and so of what is kept while a reader is slow. */
#define CHUNK_MAX ((size_t)64 << 10)

struct chunks {
    struct buf rest; /* of the last chunk: for which the socket had no room */
};

void chunks_init(struct chunks *chunks);
void chunks_done(struct chunks *chunks);

/*
 * Sends bytes (1 to CHUNK_MAX) as one chunk, by one call and without a copy; what the socket has no
 * room for is copied and kept. 0: all is out. -EAGAIN: a rest is kept, chunks_flush it when there
 * is room. Else nothing more can be sent: the -errno of send (-EPIPE, -ECONNRESET), or -ENOMEM. Not
 * to be called while a rest is kept.
 */
int chunks_send(struct chunks *chunks, int fd, struct text bytes)
    __attribute__((warn_unused_result));

/* Sends the rest, with the same errors; 0 also where there is none. */
int chunks_flush(struct chunks *chunks, int fd) __attribute__((warn_unused_result));

#endif
