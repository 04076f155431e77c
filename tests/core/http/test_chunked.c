/* RFC 9112, 7.1: the same pieces and the same verdict at every split. */
#include "http/chunked.h"
#include "text/buf.h"
#include "unit.h"

static const struct row {
    const char *name;
    const char *bytes;
    size_t len; /* of bytes with a NUL; 0 = up to their end */
    enum chunked_event end;
    const char *body;
    const char *left; /* behind the end */
} rows[] = {
    {"no chunk", "0\r\n\r\n", 0, CHUNKED_END, "", ""},
    {"one chunk", "5\r\nhello\r\n0\r\n\r\n", 0, CHUNKED_END, "hello", ""},
    {"what is behind is left", "5\r\nhello\r\n0\r\n\r\n0\r\n\r\n", 0, CHUNKED_END, "hello",
     "0\r\n\r\n"},
    {"several chunks", "1\r\nh\r\n3\r\nell\r\n1\r\no\r\n0\r\n\r\n", 0, CHUNKED_END, "hello", ""},
    {"line ends in data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", 0, CHUNKED_END, "\r\n\r\n", ""},
    {"hexadecimal digits", "a\r\n0123456789\r\nF\r\n0123456789abcde\r\n0\r\n\r\n", 0, CHUNKED_END,
     "01234567890123456789abcde", ""},
    {"leading zeros", "0000000000000002\r\nhi\r\n0000\r\n\r\n", 0, CHUNKED_END, "hi", ""},
    {"more of them than a number has", "00000000000000002\r\nhi\r\n", 0, CHUNKED_BAD, "", ""},
    {"the largest size", "7fffffffffffffff\r\nhi", 0, CHUNKED_MORE, "hi", ""},
    {"one more", "8000000000000000\r\nhi", 0, CHUNKED_BAD, "", ""},
    {"all digits", "ffffffffffffffff\r\nhi", 0, CHUNKED_BAD, "", ""},
    {"no size", "\r\n", 0, CHUNKED_BAD, "", ""},
    {"no size before an extension", ";x\r\n", 0, CHUNKED_BAD, "", ""},
    {"a blank before a size", " 2\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"0x", "0x2\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a minus", "-2\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a letter", "2g\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"two sizes", "2 2\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"blanks behind a size", "2 \t\r\nhi\r\n0  \r\n\r\n", 0, CHUNKED_END, "hi", ""},
    {"extensions", "2;a=b ; c=\"d;e\"\r\nhi\r\n0;\r\n\r\n", 0, CHUNKED_END, "hi", ""},
    {"blanks before an extension", "2 ;a\r\nhi\r\n0 \t; b\r\n\r\n", 0, CHUNKED_END, "hi", ""},
    {"LF in an extension", "2;a\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"CR in an extension", "2;a\rb\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"LF alone behind a size", "2\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"CR alone behind a size", "2\rhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"LF alone behind data", "2\r\nhi\n0\r\n\r\n", 0, CHUNKED_BAD, "hi", ""},
    {"CR alone behind data", "2\r\nhi\r0\r\n\r\n", 0, CHUNKED_BAD, "hi", ""},
    {"data longer than its size", "2\r\nhiho\r\n0\r\n\r\n", 0, CHUNKED_BAD, "hi", ""},
    {"data shorter than its size", "4\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "hi\r\n", ""},
    {"no last chunk", "2\r\nhi\r\n", 0, CHUNKED_MORE, "hi", ""},
    {"half a last chunk", "2\r\nhi\r\n0\r\n\r", 0, CHUNKED_MORE, "hi", ""},
    {"a trailer section", "0\r\nX: y\r\nZ:\r\n\r\nleft", 0, CHUNKED_END, "", "left"},
    {"a field that goes on", "0\r\nX: y\r\n z\r\n\t\r\n\r\n", 0, CHUNKED_END, "", ""},
    {"blanks before a colon", "0\r\nX \t: y\r\n\r\n", 0, CHUNKED_END, "", ""},
    {"LF alone in a trailer section", "0\r\nX: y\nZ: z\n\nleft", 0, CHUNKED_END, "", "left"},
    {"LF alone without any trailer", "0\r\n\nleft", 0, CHUNKED_END, "", "left"},
    {"no first field that goes on", "0\r\n X: y\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"no name", "0\r\n: y\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"no colon", "0\r\nX\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a name of two words", "0\r\nX Y: z\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a name with a quote", "0\r\nX\": z\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a CR in a value", "0\r\nX: y\rz\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a NUL in a value", "0\r\nX: \0\r\n\r\n", 11, CHUNKED_BAD, "", ""},
    {"a NUL in a name", "0\r\nX\0: \r\n\r\n", 11, CHUNKED_BAD, "", ""},
    {"a CR in the last line end", "0\r\nX: y\r\n\rZ: z\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a chunk behind the last one", "0\r\n2\r\nhi\r\n", 0, CHUNKED_BAD, "", ""},
};

struct seen {
    struct chunked chunked;
    struct buf body;
    enum chunked_event last;
};

/* Feeds bytes; what is left of them. */
static struct text feed(struct seen *seen, struct text bytes)
{
    struct text piece;
    while ((seen->last = chunked_read(&seen->chunked, &bytes, &piece)) == CHUNKED_BODY) {
        ck_assert_uint_gt(piece.len, 0);
        ck_assert_int_eq(buf_append_text(&seen->body, piece), 0);
    }
    return bytes;
}

/* One piece of `first` bytes, then pieces of `step` bytes. */
static void run(const struct row *row, size_t first, size_t step)
{
    struct text bytes = text_make(row->bytes, row->len ? row->len : strlen(row->bytes));
    struct seen seen = {.last = CHUNKED_MORE};
    chunked_init(&seen.chunked);
    buf_init(&seen.body, SIZE_MAX);
    for (size_t n = first; bytes.len > 0 && seen.last == CHUNKED_MORE; n = step) {
        struct text piece = text_cut(bytes, n);
        size_t left = feed(&seen, piece).len;
        bytes = text_skip(bytes, piece.len - left);
    }
    ck_assert_msg(seen.last == row->end, "%s, %zu then %zu: %d", row->name, first, step,
                  (int)seen.last);
    ck_assert_msg(text_equals(buf_text(&seen.body), row->body), "%s, %zu then %zu: '%s'", row->name,
                  first, step, seen.body.data);
    ck_assert_msg((seen.chunked.why != NULL) == (row->end == CHUNKED_BAD), "%s", row->name);
    if (row->end == CHUNKED_END)
        ck_assert_msg(text_equals(bytes, row->left), "%s: left '%.*s'", row->name, TEXT_ARG(bytes));
    buf_done(&seen.body);
}

START_TEST(test_row)
{
    size_t len = rows[_i].len ? rows[_i].len : strlen(rows[_i].bytes);
    for (size_t step = 1; step <= len; step++)
        run(&rows[_i], step, step);
    for (size_t first = 1; first < len; first++)
        run(&rows[_i], first, SIZE_MAX);
}
END_TEST

/* begin, then n times `more`, then end. */
static enum chunked_event read_long(const char *begin, const char *more, size_t n, const char *end)
{
    struct seen seen = {.last = CHUNKED_MORE};
    chunked_init(&seen.chunked);
    buf_init(&seen.body, SIZE_MAX);
    (void)feed(&seen, text_of(begin));
    for (size_t i = 0; i < n && seen.last == CHUNKED_MORE; i++)
        (void)feed(&seen, text_of(more));
    if (seen.last == CHUNKED_MORE)
        (void)feed(&seen, text_of(end));
    buf_done(&seen.body);
    return seen.last;
}

START_TEST(test_limits)
{
    /* The line has a digit, a semicolon, CR and LF beside its extension. */
    ck_assert_int_eq(read_long("0;", "x", CHUNKED_LINE_MAX - 4, "\r\n\r\n"), CHUNKED_END);
    ck_assert_int_eq(read_long("0;", "x", CHUNKED_LINE_MAX - 3, "\r\n\r\n"), CHUNKED_BAD);
    ck_assert_int_eq(read_long("0;", "x", CHUNKED_LINE_MAX, ""), CHUNKED_BAD);
    /* The trailer section: the rest of its first field is 8 bytes, and the last line end. */
    ck_assert_int_eq(read_long("0\r\nX:", "y", CHUNKED_TRAILER_MAX - 6, "\r\n\r\n"), CHUNKED_END);
    ck_assert_int_eq(read_long("0\r\nX:", "y", CHUNKED_TRAILER_MAX - 5, "\r\n\r\n"), CHUNKED_BAD);
    ck_assert_int_eq(read_long("0\r\n", "X:\r\n", CHUNKED_TRAILER_MAX / 4 + 1, ""), CHUNKED_BAD);
    /* Each chunk has a line of its own. */
    ck_assert_int_eq(read_long("", "1;xxxxxxxx\r\ny\r\n", 10000, "0\r\n\r\n"), CHUNKED_END);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("chunked");
    TCase *tc = tcase_create("bodies");
    tcase_add_loop_test(tc, test_row, 0, ROWS(rows));
    tcase_add_test(tc, test_limits);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
