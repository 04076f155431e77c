/* Responses, whole and odd, for the tests of http1.c and of what libcurl makes of the same bytes.
 */
#ifndef UNDERSTUDY_HTTP1_ROWS_H
#define UNDERSTUDY_HTTP1_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/* How a response ends. */
enum http1_ending {
    WHOLE,     /* before the connection does; bytes may be left */
    UNTIL_END, /* when the connection is closed */
    CUT,       /* the connection was closed inside */
    NOTHING,   /* the connection was closed before */
    MALFORMED,
};

#define OK "HTTP/1.1 200 OK\r\n"

static const struct http1_row {
    const char *name;
    const char *bytes;
    size_t len; /* of bytes with a NUL; 0 = up to their end */
    enum http1_ending ending;
    int status;
    const char *lines; /* NULL = as bytes have them, up to the blank line */
    const char *body;
    const char *left; /* behind the response */
    bool keeps;
    bool bodiless;
    const char *why; /* a word of it */
} http1_rows[] = {
    /* heads, which test_http1_head.c has */
    {.name = "HTTP/0.9", .bytes = "<html>hello</html>", .ending = MALFORMED, .why = "status line"},
    {.name = "the first byte tells", .bytes = "x", .ending = MALFORMED, .why = "status line"},
    {.name = "a field that is none", .bytes = OK "X\r\n\r\n", .ending = MALFORMED},
    {.name = "nothing behind an interim response",
     .bytes = "HTTP/1.1 100 Continue\r\n\r\n",
     .ending = CUT},
    {.name = "junk behind an interim response",
     .bytes = "HTTP/1.1 100 Continue\r\n\r\njunk",
     .ending = MALFORMED},
    {.name = "an interim response has no body",
     .bytes = "HTTP/1.1 103 x\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n"
              "Connection: close\r\n\r\n" OK "Content-Length: 2\r\n\r\nhi",
     .status = 200,
     .lines = OK "Content-Length: 2\r\n",
     .body = "hi",
     .keeps = true},
    /* RFC 9112, 6.3: where the body ends */
    {.name = "204 has no body",
     .bytes = "HTTP/1.1 204 No Content\r\n\r\nHTTP",
     .status = 204,
     .left = "HTTP",
     .keeps = true},
    {.name = "204 with a length",
     .bytes = "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
     .status = 204},
    {.name = "304 has none, whatever its length says",
     .bytes = "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
     .status = 304,
     .keeps = true},
    {.name = "HEAD has none",
     .bytes = OK "Content-Length: 5\r\n\r\n",
     .status = 200,
     .bodiless = true,
     .keeps = true},
    {.name = "HEAD has none in chunks",
     .bytes = OK "Transfer-Encoding: chunked\r\n\r\n",
     .status = 200,
     .bodiless = true,
     .keeps = true},
    {.name = "an interim response before that to HEAD",
     .bytes = "HTTP/1.1 100 x\r\n\r\n" OK "Content-Length: 5\r\n\r\n",
     .status = 200,
     .lines = OK "Content-Length: 5\r\n",
     .bodiless = true,
     .keeps = true},
    {.name = "a body with Content-Length",
     .bytes = OK "Content-Length: 5\r\n\r\nhello",
     .status = 200,
     .body = "hello",
     .keeps = true},
    {.name = "what is behind the body is left",
     .bytes = OK "Content-Length: 5\r\n\r\nhello" OK,
     .status = 200,
     .body = "hello",
     .left = OK,
     .keeps = true},
    {.name = "an empty body",
     .bytes = OK "Content-Length: 0\r\n\r\n",
     .status = 200,
     .keeps = true},
    {.name = "a body until the connection ends",
     .bytes = OK "X: y\r\n\r\nhello",
     .ending = UNTIL_END,
     .status = 200,
     .body = "hello"},
    {.name = "an empty one", .bytes = OK "\r\n", .ending = UNTIL_END, .status = 200},
    {.name = "a body short of its length",
     .bytes = OK "Content-Length: 6\r\n\r\nhello",
     .ending = CUT,
     .status = 200,
     .body = "hello"},
    {.name = "chunks",
     .bytes = OK "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=\"y\"\r\nlo\r\n0\r\n\r\nmore",
     .status = 200,
     .body = "hello",
     .left = "more",
     .keeps = true},
    {.name = "chunks with trailers",
     .bytes = OK "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n z\nA : b\r\n\r\n",
     .status = 200,
     .body = "hello",
     .keeps = true},
    {.name = "no last chunk",
     .bytes = OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
     .ending = CUT,
     .status = 200,
     .body = "hello"},
    {.name = "a last chunk without its blank line",
     .bytes = OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
     .ending = CUT,
     .status = 200,
     .body = "hello"},
    {.name = "a bad chunk",
     .bytes = OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n",
     .ending = MALFORMED,
     .status = 200,
     .body = "hello",
     .why = "chunk"},
    {.name = "chunks and a length: chunks count, the connection ends",
     .bytes = OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
     .status = 200,
     .body = "hello"},
    {.name = "chunks in HTTP/1.0 are read",
     .bytes = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
              "5\r\nhello\r\n0\r\n\r\n",
     .status = 200,
     .body = "hello"},
    {.name = "another coding",
     .bytes = OK "Transfer-Encoding: gzip, chunked\r\n\r\n",
     .ending = MALFORMED,
     .why = "Transfer-Encoding"},
    {.name = "two lengths",
     .bytes = OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
     .ending = MALFORMED,
     .why = "Content-Length"},
    {.name = "the same length twice",
     .bytes = OK "Content-Length: 5\r\nContent-Length: 5, 5\r\n\r\nhello",
     .status = 200,
     .body = "hello",
     .keeps = true},
    {.name = "a length that goes on in the next line",
     .bytes = OK "Content-Length: 1\r\n 2\r\n\r\nhi",
     .ending = MALFORMED,
     .why = "Content-Length"},
    {.name = "a length that begins there",
     .bytes = OK "Content-Length:\n\t2\r\n\r\nhi",
     .status = 200,
     .lines = OK "Content-Length: 2\r\n",
     .body = "hi",
     .keeps = true},
    {.name = "a length with a blank before its colon",
     .bytes = OK "Content-Length : 2\r\n\r\nhi, and more",
     .status = 200,
     .lines = OK "Content-Length: 2\r\n",
     .body = "hi",
     .left = ", and more",
     .keeps = true},
    /* RFC 9112, 9.3: does the connection stay? */
    {.name = "HTTP/1.0 does not keep",
     .bytes = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
     .status = 200},
    {.name = "HTTP/1.0 keeps if it says so",
     .bytes = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n",
     .status = 200,
     .keeps = true},
    {.name = "HTTP/1.1 keeps but where it says so",
     .bytes = OK "Content-Length: 0\r\nConnection: x, Close\r\n\r\n",
     .status = 200},
    {.name = "Connection is one list in all its fields",
     .bytes = OK "Connection: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
     .status = 200},
    /* closed */
    {.name = "nothing at all", .bytes = "", .ending = NOTHING, .why = "before"},
    {.name = "one byte", .bytes = "H", .ending = CUT, .why = "inside"},
    {.name = "cut inside of the status line", .bytes = "HTTP/1.1 2x", .ending = CUT},
    {.name = "cut inside of a field", .bytes = OK "X", .ending = CUT},
    {.name = "cut behind a field", .bytes = OK "X: y\n", .ending = CUT},
    {.name = "cut inside of the blank line", .bytes = OK "X: y\r\n\r", .ending = CUT},
    /* a limit */
    {.name = "a head over its maximum",
     .bytes =
         OK "X: 012345678901234567890123456789012345678901234567890123456789\r\n"
            "Y: 012345678901234567890123456789012345678901234567890123456789012345678901\r\n\r\n",
     .ending = MALFORMED,
     .why = "too long"},
};

#undef OK

#endif
