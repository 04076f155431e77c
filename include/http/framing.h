/*
 * What the fields of a final response's head say about its body and its connection: Content-Length
 * (RFC 9110, 8.6), Transfer-Encoding (RFC 9112, 6.1) and Connection (RFC 9110, 7.6.1), put together
 * by RFC 9112, 6.3 (how long is the body?) and 9.3 (does the connection stay?). Owns nothing.
 */
#ifndef UNDERSTUDY_FRAMING_H
#define UNDERSTUDY_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "text/text.h"

struct framing {
    int64_t length; /* of Content-Length; -1 = not given, or spoilt */
    bool has_length;
    bool spoilt_length; /* no number of bytes, or two different ones */
    bool has_encoding;  /* there is a Transfer-Encoding */
    bool chunked;       /* it names chunked, */
    bool other_coding;  /* and something else, or chunked twice */
    bool close;         /* Connection has that token */
    bool keep_alive;
};

enum framing_body {
    FRAMING_NONE,    /* ends with the head */
    FRAMING_LENGTH,  /* framing.length bytes */
    FRAMING_CHUNKED, /* as chunked.h has it */
    FRAMING_CLOSE,   /* lasts until the connection is closed */
    FRAMING_BAD,     /* cannot be told */
};

/* What must be known beside the fields. */
struct framing_case {
    int status;
    bool bodiless; /* the request was HEAD */
    bool http10;   /* the response is of HTTP/1.0 */
};

void framing_init(struct framing *framing);

/* Can a field of that name say anything here? By its length alone: most are passed over so. */
static inline bool framing_reads(struct text name)
{
    return name.len == sizeof "connection" - 1 || name.len == sizeof "content-length" - 1 ||
           name.len == sizeof "transfer-encoding" - 1;
}

/* Takes one field of the head; its value may have blanks around it. */
void framing_take(struct framing *framing, struct text name, struct text value);

/* All fields were taken. FRAMING_BAD: *ret_why is a static text for people. */
enum framing_body framing_body(const struct framing *framing, const struct framing_case *of,
                               const char **ret_why);

/* May the connection be used again behind this response, once it is whole? */
bool framing_keeps(const struct framing *framing, const struct framing_case *of);

#endif
