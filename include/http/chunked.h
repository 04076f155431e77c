/*
 * The chunked transfer coding (RFC 9112, 7.1), undone at any split and without a copy: bytes in,
 * pieces of the body out, which are parts of these bytes. Owns nothing.
 *
 *     3c;note=x CR LF  sixty bytes CR LF   0 CR LF   Trailer: x CR LF   CR LF
 *     size line        data                last      trailer section    end
 */
#ifndef UNDERSTUDY_CHUNKED_H
#define UNDERSTUDY_CHUNKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/text.h"

/* Of a line with the size of a chunk. Its extensions are the long part, and nobody reads them. */
#define CHUNKED_LINE_MAX ((size_t)16 << 10)
/* Of the trailer section, which is read and thrown away. */
#define CHUNKED_TRAILER_MAX ((size_t)64 << 10)
/* Of a size, leading zeros among them: those of a number of 64 bits. It is INT64_MAX at most. */
#define CHUNKED_DIGITS_MAX 16

enum chunked_event {
    CHUNKED_MORE, /* all of bytes was taken, more is needed */
    CHUNKED_BODY, /* *ret_piece is a piece of the body, inside of bytes */
    CHUNKED_END,  /* the body is whole; what is left in bytes is no part of it */
    CHUNKED_BAD,  /* why says what is wrong; nothing more may be fed */
};

/* What the next byte belongs to. */
enum chunked_state {
    CHUNKED_SIZE,      /* the digits of a size */
    CHUNKED_BLANK,     /* behind them: blanks, then an extension or the end of the line */
    CHUNKED_EXTENSION, /* passed over up to the end of the line */
    CHUNKED_SIZE_LF,   /* the LF behind the CR of a size line */
    CHUNKED_DATA,
    CHUNKED_DATA_CR, /* the CR LF behind the data */
    CHUNKED_DATA_LF,
    CHUNKED_LINE,  /* the first byte of a line of the trailer section */
    CHUNKED_NAME,  /* of a field there, from its second byte on */
    CHUNKED_COLON, /* behind a name and a blank */
    CHUNKED_VALUE,
    CHUNKED_VALUE_LF, /* the LF behind a CR there */
    CHUNKED_LAST_LF,  /* that of the blank line */
    CHUNKED_ENDED,
    CHUNKED_FAILED,
};

struct chunked {
    const char *why; /* static text for people, once CHUNKED_BAD was told */
    /* what follows is its own */
    enum chunked_state state;
    bool has_field; /* the trailer section has a field, so a line may go on with it */
    size_t digits;  /* of the size under way */
    size_t taken;   /* bytes of the size line or of the trailer section under way */
    int64_t size;   /* of the chunk; while its data comes, what is left of it */
};

void chunked_init(struct chunked *chunked);

/* Call again until it tells MORE, END or BAD. What was taken is cut off the front of *bytes. */
enum chunked_event chunked_read(struct chunked *chunked, struct text *bytes,
                                struct text *ret_piece);

#endif
