/* Heads: the same lines and the same verdict at every split of their bytes. */
#include <errno.h>
#include <stdio.h>

#include "http/http1_head.h"
#include "short_memory.h"
#include "unit.h"

#define HEAD_MAX 300

enum end { WHOLE, MORE, BAD };

#define OK "HTTP/1.1 200 OK\r\n"

static const struct row {
    const char *name;
    const char *bytes;
    size_t len; /* of bytes with a NUL; 0 = up to their end */
    enum end end;
    int status;
    const char *lines; /* NULL = as bytes have them, up to the blank line */
    const char *left;  /* behind the head */
    const char *why;   /* a word of it */
} rows[] = {
    /* RFC 9112, 4: the status line */
    {.name = "a body with Content-Length",
     .bytes = OK "Content-Length: 5\r\n\r\nhello",
     .status = 200,
     .left = "hello"},
    {.name = "what is behind the body is left",
     .bytes = OK "Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n",
     .status = 200,
     .left = "hello" OK},
    {.name = "no reason", .bytes = "HTTP/1.1 429 \r\nContent-Length: 0\r\n\r\n", .status = 429},
    {.name = "no reason and no blank before it",
     .bytes = "HTTP/1.1 429\r\nContent-Length: 0\r\n\r\n",
     .status = 429},
    {.name = "a reason of several words, with bytes beyond ASCII",
     .bytes = "HTTP/1.1 404 Not \xc3\xa0 found  \r\nContent-Length: 0\r\n\r\n",
     .status = 404},
    {.name = "a status that nobody knows",
     .bytes = "HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n",
     .status = 999},
    {.name = "HTTP/0.9", .bytes = "<html>hello</html>", .end = BAD, .why = "status line"},
    {.name = "the first byte tells", .bytes = "x", .end = BAD, .why = "status line"},
    {.name = "the seventh byte tells", .bytes = "HTTP/1,", .end = BAD},
    {.name = "a blank line before the status line",
     .bytes = "\r\n" OK "Content-Length: 0\r\n\r\n",
     .end = BAD},
    {.name = "small letters", .bytes = "http/1.1 200 OK\r\n\r\n", .end = BAD},
    {.name = "HTTP/2", .bytes = "HTTP/2 200 OK\r\n\r\n", .end = BAD},
    {.name = "HTTP/1.2", .bytes = "HTTP/1.2 200 OK\r\n\r\n", .end = BAD},
    {.name = "HTTP/1.10", .bytes = "HTTP/1.10 200 OK\r\n\r\n", .end = BAD},
    {.name = "two blanks before the status", .bytes = "HTTP/1.1  200 OK\r\n\r\n", .end = BAD},
    {.name = "a TAB before the status", .bytes = "HTTP/1.1\t200 OK\r\n\r\n", .end = BAD},
    {.name = "a status of two digits", .bytes = "HTTP/1.1 20 OK\r\n\r\n", .end = BAD},
    {.name = "a status of four digits", .bytes = "HTTP/1.1 2000 OK\r\n\r\n", .end = BAD},
    {.name = "a status below 100", .bytes = "HTTP/1.1 099 OK\r\n\r\n", .end = BAD},
    {.name = "a status that is no number", .bytes = "HTTP/1.1 2x0 OK\r\n\r\n", .end = BAD},
    {.name = "a status with a sign", .bytes = "HTTP/1.1 -20 OK\r\n\r\n", .end = BAD},
    {.name = "no status", .bytes = "HTTP/1.1 \r\n\r\n", .end = BAD},
    {.name = "a status line of a TAB behind the status",
     .bytes = "HTTP/1.1 200\tOK\r\n\r\n",
     .end = BAD},
    {.name = "a NUL in the status line",
     .bytes = "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n",
     .len = 40,
     .end = BAD,
     .why = "NUL"},
    {.name = "a CR in the status line",
     .bytes = "HTTP/1.1 200 O\rK\r\n\r\n",
     .end = BAD,
     .why = "CR"},
    /* RFC 9112, 2.2 and 5: fields */
    {.name = "LF alone ends lines",
     .bytes = "HTTP/1.1 200 OK\nContent-Length: 2\nX: y\n\nhi",
     .status = 200,
     .lines = OK "Content-Length: 2\r\nX: y\r\n",
     .left = "hi"},
    {.name = "LF and CR LF, mixed",
     .bytes = "HTTP/1.1 200 OK\nContent-Length: 2\r\nX: y\n\r\nhi",
     .status = 200,
     .lines = OK "Content-Length: 2\r\nX: y\r\n",
     .left = "hi"},
    {.name = "blanks before a colon",
     .bytes = OK "Content-Length \t: 2\r\nX : y\r\nZ: z\r\n\r\nhi",
     .status = 200,
     .lines = OK "Content-Length: 2\r\nX: y\r\nZ: z\r\n",
     .left = "hi"},
    {.name = "blanks around a value",
     .bytes = OK "Content-Length:\t 2 \t\r\nX:\r\nY:y\r\n\r\nhi",
     .status = 200,
     .left = "hi"},
    {.name = "a field goes on in further lines",
     .bytes = OK "X: a \r\n \t b\r\n\tc\r\nContent-Length: 2\r\n\r\nhi",
     .status = 200,
     .lines = OK "X: a b c\r\nContent-Length: 2\r\n",
     .left = "hi"},
    {.name = "a length that is in the second line of its field",
     .bytes = OK "Content-Length:\r\n 2\r\n\r\nhi",
     .status = 200,
     .lines = OK "Content-Length: 2\r\n",
     .left = "hi"},
    {.name = "a field goes on in a blank line of blanks",
     .bytes = OK "X: a\n \nContent-Length : 2\r\n \r\n\r\nhi",
     .status = 200,
     .lines = OK "X: a \r\nContent-Length: 2 \r\n",
     .left = "hi"},
    {.name = "a line goes on before the first field",
     .bytes = OK " X: y\r\n\r\n",
     .end = BAD,
     .why = "no header field"},
    {.name = "a colon in a second line is none",
     .bytes = OK "X\r\n : y\r\n\r\n",
     .end = BAD,
     .why = "no header field"},
    {.name = "a line without a colon",
     .bytes = OK "Content-Length 5\r\n\r\n",
     .end = BAD,
     .why = "no header field"},
    {.name = "no name", .bytes = OK ": x\r\n\r\n", .end = BAD, .why = "no header field"},
    {.name = "a blank in a name", .bytes = OK "X Y: z\r\n\r\n", .end = BAD},
    {.name = "a quote in a name", .bytes = OK "X\"Y\": z\r\n\r\n", .end = BAD},
    {.name = "a byte beyond ASCII in a name", .bytes = OK "X\xc3\xa0: z\r\n\r\n", .end = BAD},
    {.name = "every byte that a name may have",
     .bytes = OK "!#$%&'*+-.^_`|~09azAZ: \x80\xff\x01\x7f\r\nContent-Length: 0\r\n\r\n",
     .status = 200},
    {.name = "a NUL in a value",
     .bytes = OK "X: a\0b\r\n\r\n",
     .len = 28,
     .end = BAD,
     .why = "NUL"},
    {.name = "a NUL in a name", .bytes = OK "X\0Y: a\r\n\r\n", .len = 27, .end = BAD},
    {.name = "a CR in a value", .bytes = OK "X: a\rb\r\n\r\n", .end = BAD, .why = "CR"},
    {.name = "two CR before a LF", .bytes = OK "X: a\r\r\n\r\n", .end = BAD, .why = "CR"},
    {.name = "a CR in a line that ends in LF",
     .bytes = OK "X: a\rb\nY: c\r\n\r\n",
     .end = BAD,
     .why = "CR"},
    {.name = "a blank line of CR CR LF", .bytes = OK "X: a\r\n\r\r\n", .end = BAD},
    /* RFC 9110, 15.2: interim responses */
    {.name = "an interim response",
     .bytes = "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 2\r\n\r\nhi",
     .status = 200,
     .lines = OK "Content-Length: 2\r\n",
     .left = "hi"},
    {.name = "several, with fields that count for nothing",
     .bytes = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 7\r\n"
              "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
              "HTTP/1.1 102 x\nA : b\n\n" OK "Content-Length: 2\r\n\r\nhi",
     .status = 200,
     .lines = OK "Content-Length: 2\r\n",
     .left = "hi"},
    {.name = "an interim response of HTTP/1.0",
     .bytes = "HTTP/1.0 100 x\r\n\r\n" OK "Content-Length: 0\r\n\r\n",
     .status = 200,
     .lines = OK "Content-Length: 0\r\n"},
    {.name = "nothing behind an interim response",
     .bytes = "HTTP/1.1 100 Continue\r\n\r\n",
     .end = MORE},
    {.name = "junk behind an interim response",
     .bytes = "HTTP/1.1 100 Continue\r\n\r\njunk",
     .end = BAD},
    {.name = "a fold behind an interim response",
     .bytes = "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" OK " a: b\r\n\r\n",
     .end = BAD},
    {.name = "another protocol",
     .bytes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
     .end = BAD,
     .why = "protocol"},
    /* the connection is closed somewhere */
    {.name = "nothing at all", .bytes = "", .end = MORE},
    {.name = "one byte", .bytes = "H", .end = MORE},
    {.name = "inside of the status line", .bytes = "HTTP/1.1 2x", .end = MORE},
    {.name = "behind a status line", .bytes = OK, .end = MORE},
    {.name = "inside of a field", .bytes = OK "X", .end = MORE},
    {.name = "behind a field", .bytes = OK "X: y\n", .end = MORE},
    {.name = "inside of the blank line", .bytes = OK "X: y\r\n\r", .end = MORE},
    /* what a head says of the body */
    {.name = "a head without fields", .bytes = OK "\r\nhi", .status = 200, .left = "hi"},
};

static void begin(struct http1_head *head, struct buf *lines, size_t max)
{
    buf_init(lines, max);
    http1_head_init(head, lines);
}

/* Feeds bytes in a first piece and then pieces of `step`; 0, an error, or 1: whole. What is left is
 * in *bytes. */
static int feed(struct http1_head *head, struct text *bytes, size_t first, size_t step)
{
    for (size_t n = first; bytes->len > 0; n = step) {
        bool whole;
        struct text piece = text_cut(*bytes, n), left;
        ck_assert_uint_gt(piece.len, 0);
        char *copy = malloc(piece.len); /* so that a look behind its end is seen */
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, piece.at, piece.len);
        left = text_make(copy, piece.len);
        int r = http1_head_read(head, &left, &whole);
        free(copy);
        *bytes = text_skip(*bytes, piece.len - left.len);
        if (r < 0 || whole)
            return r < 0 ? r : 1;
        ck_assert_uint_eq(left.len, 0);
    }
    return 0;
}

static void run(const struct row *row, size_t first, size_t step)
{
    static const int ends[] = {[WHOLE] = 1, [MORE] = 0, [BAD] = -EBADMSG};
    struct text bytes = text_make(row->bytes, row->len ? row->len : strlen(row->bytes));
    struct http1_head head;
    struct buf lines;
    begin(&head, &lines, HEAD_MAX);
    int r = feed(&head, &bytes, first, step);
    ck_assert_msg(r == ends[row->end], "%s, %zu then %zu: %d", row->name, first, step, r);
    ck_assert_msg((head.why != NULL) == (row->end == BAD), "%s", row->name);
    ck_assert_msg(!row->why || (head.why && strstr(head.why, row->why)), "%s: %s", row->name,
                  head.why);
    if (row->end == WHOLE) {
        const char *end = row->lines ? NULL : strstr(row->bytes, "\r\n\r\n");
        struct text want =
            end ? text_make(row->bytes, (size_t)(end - row->bytes) + 2) : text_of(row->lines);
        ck_assert_msg(text_same(buf_text(&lines), want), "%s, %zu then %zu: '%s'", row->name, first,
                      step, lines.data);
        ck_assert_msg(head.status == row->status, "%s: %d", row->name, head.status);
        ck_assert_msg(text_equals(bytes, row->left ? row->left : ""), "%s: left '%.*s'", row->name,
                      TEXT_ARG(bytes));
    }
    buf_done(&lines);
}

START_TEST(test_row)
{
    const struct row *row = &rows[_i];
    size_t len = row->len ? row->len : strlen(row->bytes);
    run(row, SIZE_MAX, 1);
    for (size_t step = 1; step < 8; step++)
        run(row, step, step);
    for (size_t first = 1; first < len; first++)
        run(row, first, SIZE_MAX);
}
END_TEST

/* Two thousand interim responses, in one read and in pieces. */
START_TEST(test_interim)
{
    struct http1_head head;
    struct buf lines, bytes;
    buf_init(&bytes, SIZE_MAX);
    for (int i = 0; i < 2000; i++)
        ck_assert_int_eq(
            buf_printf(&bytes, "HTTP/1.1 10%d x\r\nLink: </%d>\r\n\r\n", i % 4 == 1 ? 3 : i % 4, i),
            0);
    ck_assert_int_eq(buf_append_string(&bytes, OK "A: b\r\n\r\nhi"), 0);
    for (size_t step = 1; step < 2 * bytes.len; step *= 7) {
        struct text left = buf_text(&bytes);
        begin(&head, &lines, HEAD_MAX);
        ck_assert_int_eq(feed(&head, &left, step, step), 1);
        ck_assert(text_equals(left, "hi"));
        ck_assert_str_eq(lines.data, OK "A: b\r\n");
        buf_done(&lines);
    }
    buf_done(&bytes);
}
END_TEST

/* Where a head has exactly what it may have, and a byte more: by its lines, and by their ends. */
START_TEST(test_head_max)
{
    static const struct {
        const char *bytes;
        size_t need;
    } heads[] = {
        {OK "A: b\r\n\r\n", 25},
        {OK "A: b\r\n\n", 24},
        {"HTTP/1.1 200 OK\nA: b\n\n", 24},        /* as it is in lines, and its blank line */
        {OK "A: b\r\n\t\t\t\t\t\tc\r\n\r\n", 32}, /* as it came */
    };
    struct http1_head head;
    struct buf lines;
    const size_t len = strlen(heads[_i].bytes);
    for (size_t first = 1; first <= len; first++)
        for (size_t less = 0; less < 2; less++) {
            struct text left = text_make(heads[_i].bytes, len);
            begin(&head, &lines, heads[_i].need - less);
            int r = feed(&head, &left, first, first % 3 ? SIZE_MAX : 1);
            ck_assert_msg(r == (less ? -EBADMSG : 1), "%d, %zu, %zu: %d", _i, first, less, r);
            buf_done(&lines);
        }
}
END_TEST

/* A line of n bytes. */
static int read_line_of(size_t n, size_t step)
{
    struct http1_head head;
    struct buf lines, bytes;
    buf_init(&bytes, SIZE_MAX);
    ck_assert_int_eq(buf_append_string(&bytes, OK "A:"), 0);
    for (size_t i = 4; i < n; i++)
        ck_assert_int_eq(buf_append(&bytes, i % 2 ? "b" : " ", 1), 0);
    ck_assert_int_eq(buf_append_string(&bytes, "\r\n\r\n"), 0);
    struct text left = buf_text(&bytes);
    begin(&head, &lines, 4 * HTTP1_LINE_MAX);
    int r = feed(&head, &left, step, step);
    ck_assert(r == 1 || strstr(head.why, "line that is too long"));
    buf_done(&lines);
    buf_done(&bytes);
    return r;
}

START_TEST(test_line_max)
{
    static const size_t steps[] = {1, 1000, HTTP1_LINE_MAX, SIZE_MAX};
    ck_assert_int_eq(read_line_of(HTTP1_LINE_MAX, steps[_i]), 1);
    ck_assert_int_eq(read_line_of(HTTP1_LINE_MAX + 1, steps[_i]), -EBADMSG);
    ck_assert_int_eq(read_line_of(120 << 10, steps[_i]), -EBADMSG);
}
END_TEST

/* A line that never ends is refused at its maximum, not at its end. */
START_TEST(test_endless)
{
    static const char *const begins[] = {"HTTP/1.1 200 ", OK "A: ", OK "A", OK "A: b\r\n ", OK};
    char piece[1024];
    bool whole;
    int r = 0;
    struct http1_head head;
    struct buf lines;
    memset(piece, 'x', sizeof piece);
    begin(&head, &lines, 2 * HTTP1_LINE_MAX);
    struct text bytes = text_of(begins[_i]);
    ck_assert_int_eq(http1_head_read(&head, &bytes, &whole), 0);
    for (int i = 0; r == 0 && i < 101; i++) {
        bytes = text_make(piece, sizeof piece);
        r = http1_head_read(&head, &bytes, &whole);
    }
    ck_assert_int_eq(r, -EBADMSG);
    buf_done(&lines);
}
END_TEST

/* Forty fields of 50 KB are beyond the maximum of the head. */
START_TEST(test_many_long_fields)
{
    char field[50 << 10];
    bool whole;
    int r = 0, fields = 0;
    struct http1_head head;
    struct buf lines;
    memset(field, 'x', sizeof field);
    memcpy(field, "A: ", 3);
    memcpy(field + sizeof field - 2, "\r\n", 2);
    begin(&head, &lines, 300 << 10);
    struct text bytes = text_of(OK);
    ck_assert_int_eq(http1_head_read(&head, &bytes, &whole), 0);
    for (; r == 0 && fields < 40; fields++) {
        bytes = text_make(field, sizeof field);
        r = http1_head_read(&head, &bytes, &whole);
    }
    ck_assert_int_eq(r, -EBADMSG);
    ck_assert_int_eq(fields, 6);
    ck_assert_ptr_nonnull(strstr(head.why, "head is too long"));
    buf_done(&lines);
}
END_TEST

START_TEST(test_no_memory)
{
    struct text bytes = text_of(OK "A: b\r\n\r\n");
    struct http1_head head;
    struct buf lines;
    bool whole;
    begin(&head, &lines, HEAD_MAX);
    short_memory_at(0);
    int r = http1_head_read(&head, &bytes, &whole);
    if (short_memory_failed()) {
        ck_assert_int_eq(r, -ENOMEM);
        ck_assert_ptr_nonnull(strstr(head.why, "memory"));
    }
    buf_done(&lines);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("http1_head");
    TCase *tc = tcase_create("heads");
    tcase_add_loop_test(tc, test_row, 0, ROWS(rows));
    tcase_add_test(tc, test_interim);
    tcase_add_loop_test(tc, test_head_max, 0, 4);
    tcase_add_loop_test(tc, test_line_max, 0, 4);
    tcase_add_loop_test(tc, test_endless, 0, 5);
    tcase_add_test(tc, test_many_long_fields);
    tcase_add_test(tc, test_no_memory);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
