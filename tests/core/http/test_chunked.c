/* RFC 9112, 7.1: the same pieces and the same verdict at every split. */
#include "http/chunked.h"
#include "http/chunked_rows.h"
#include "text/buf.h"
#include "unit.h"

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
static void run(const struct chunked_row *row, size_t first, size_t step)
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
    size_t len = chunked_rows[_i].len ? chunked_rows[_i].len : strlen(chunked_rows[_i].bytes);
    for (size_t step = 1; step <= len; step++)
        run(&chunked_rows[_i], step, step);
    for (size_t first = 1; first < len; first++)
        run(&chunked_rows[_i], first, SIZE_MAX);
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
    tcase_add_loop_test(tc, test_row, 0, ROWS(chunked_rows));
    tcase_add_test(tc, test_limits);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
