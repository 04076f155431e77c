/* Responses: the same head, body and verdict at every split of their bytes. */
#include <stdio.h>

#include "http/http1.h"
#include "unit.h"

#define HEAD_MAX 160

/* How a response ends. */
enum ending {
    WHOLE,     /* before the connection does; bytes may be left */
    UNTIL_END, /* when the connection is closed */
    CUT,       /* the connection was closed inside */
    NOTHING,   /* the connection was closed before */
    MALFORMED,
};

#define OK "HTTP/1.1 200 OK\r\n"

static const struct row {
    const char *name;
    const char *bytes;
    size_t len; /* of bytes with a NUL; 0 = up to their end */
    enum ending ending;
    int status;
    const char *lines; /* NULL = as bytes have them, up to the blank line */
    const char *body;
    const char *left; /* behind the response */
    bool keeps;
    bool bodiless;
    const char *why; /* a word of it */
} rows[] = {
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

/* What came of one run. */
struct seen {
    struct buf lines, body;
    enum http1_event last;
    int heads;
    size_t left;
    struct http1 http1;
};

/* Feeds bytes, and tells whether more may follow. */
static bool feed(struct seen *seen, struct text bytes)
{
    struct text piece = text_of("");
    for (;;) {
        const char *before = bytes.at;
        size_t len = bytes.len;
        seen->last = http1_read(&seen->http1, &bytes, &piece);
        switch (seen->last) {
        case HTTP1_MORE:
            ck_assert_uint_eq(bytes.len, 0);
            return true;
        case HTTP1_HEAD:
            seen->heads++;
            break;
        case HTTP1_BODY:
            ck_assert_uint_gt(piece.len, 0);
            ck_assert(piece.at >= before && piece.at + piece.len <= before + len);
            ck_assert_int_eq(buf_append_text(&seen->body, piece), 0);
            break;
        case HTTP1_END:
            seen->left = bytes.len;
            return false;
        case HTTP1_BAD:
            return false;
        }
    }
}

static void expect(const struct row *row, const struct seen *seen, const char *how, size_t at)
{
    static const enum http1_fault faults[] = {
        [CUT] = HTTP1_CUT, [NOTHING] = HTTP1_NOTHING, [MALFORMED] = HTTP1_MALFORMED};
    enum http1_fault fault = row->ending < CUT ? HTTP1_SOUND : faults[row->ending];
    ck_assert_msg(seen->http1.fault == fault, "%s, %s %zu: fault %d, %s", row->name, how, at,
                  (int)seen->http1.fault, seen->http1.why);
    ck_assert_msg(seen->last == (fault == HTTP1_SOUND ? HTTP1_END : HTTP1_BAD), "%s, %s %zu: %d",
                  row->name, how, at, (int)seen->last);
    ck_assert_msg((fault == HTTP1_SOUND) == (seen->http1.why == NULL), "%s: why", row->name);
    ck_assert_msg(!row->why || (seen->http1.why && strstr(seen->http1.why, row->why)), "%s: %s",
                  row->name, seen->http1.why);
    ck_assert_msg(seen->http1.status == row->status, "%s, %s %zu: status %d", row->name, how, at,
                  seen->http1.status);
    ck_assert_msg(seen->heads == (row->status != 0), "%s: %d heads", row->name, seen->heads);
    const char *end = strstr(row->bytes, "\r\n\r\n");
    struct text lines = row->lines    ? text_of(row->lines)
                        : row->status ? text_make(row->bytes, (size_t)(end - row->bytes) + 2)
                                      : text_of("");
    if (row->status || fault == HTTP1_MALFORMED)
        ck_assert_msg(text_same(buf_text(&seen->lines), lines), "%s, %s %zu: lines '%s'", row->name,
                      how, at, seen->lines.data);
    ck_assert_msg(text_equals(buf_text(&seen->body), row->body ? row->body : ""),
                  "%s, %s %zu: body '%s'", row->name, how, at, seen->body.data);
    ck_assert_msg(http1_keeps(&seen->http1) == row->keeps, "%s, %s %zu: keeps", row->name, how, at);
    ck_assert_msg(http1_begun(&seen->http1) == (row->bytes[0] != '\0'), "%s: begun", row->name);
}

static void begin(struct seen *seen, bool bodiless)
{
    *seen = (struct seen){.last = HTTP1_MORE};
    buf_init(&seen->lines, HEAD_MAX);
    buf_init(&seen->body, HEAD_MAX);
    http1_init(&seen->http1, &seen->lines, bodiless);
}

static void done(struct seen *seen)
{
    buf_done(&seen->lines);
    buf_done(&seen->body);
}

/* One piece of `first` bytes, then pieces of `step` bytes. */
static void run(const struct row *row, size_t first, size_t step, const char *how)
{
    struct text bytes = text_make(row->bytes, row->len ? row->len : strlen(row->bytes));
    struct text left = bytes;
    struct seen seen;
    bool more = true;
    begin(&seen, row->bodiless);
    for (size_t n = first; more && left.len > 0; n = step) {
        struct text piece = text_cut(left, n);
        ck_assert_uint_gt(piece.len, 0);
        char *copy = malloc(piece.len); /* so that a look behind its end is seen */
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, piece.at, piece.len);
        left = text_skip(left, piece.len);
        more = feed(&seen, text_make(copy, piece.len));
        free(copy);
    }
    if (more) {
        ck_assert_msg(row->ending != WHOLE && row->ending != MALFORMED, "%s: goes on", row->name);
        seen.last = http1_close(&seen.http1);
    }
    expect(row, &seen, how, first);
    if (row->ending == WHOLE)
        ck_assert_uint_eq(seen.left + left.len, row->left ? strlen(row->left) : 0);
    struct text nothing = text_of("");
    ck_assert_int_eq(http1_read(&seen.http1, &nothing, &nothing), seen.last);
    ck_assert_int_eq(http1_close(&seen.http1), seen.last);
    done(&seen);
}

START_TEST(test_row)
{
    const struct row *row = &rows[_i];
    size_t len = row->len ? row->len : strlen(row->bytes);
    run(row, SIZE_MAX, 1, "whole");
    for (size_t step = 1; step < 8; step++)
        run(row, step, step, "in pieces of");
    for (size_t first = 1; first < len; first++)
        run(row, first, SIZE_MAX, "cut at");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("http1");
    TCase *tc = tcase_create("responses");
    tcase_add_loop_test(tc, test_row, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
