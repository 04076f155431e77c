/* Heads: the same lines and the same verdict at every split of their bytes. */
#include <errno.h>
#include <stdio.h>

#include "http/http1_head.h"
#include "http/http1_head_rows.h"
#include "short_memory.h"
#include "unit.h"

#define HEAD_MAX 300

#define OK "HTTP/1.1 200 OK\r\n"

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

static void run(const struct http1_head_row *row, size_t first, size_t step)
{
    static const int ends[] = {
        [HTTP1_ROW_WHOLE] = 1, [HTTP1_ROW_MORE] = 0, [HTTP1_ROW_BAD] = -EBADMSG};
    struct text bytes = text_make(row->bytes, row->len ? row->len : strlen(row->bytes));
    struct http1_head head;
    struct buf lines;
    begin(&head, &lines, HEAD_MAX);
    int r = feed(&head, &bytes, first, step);
    ck_assert_msg(r == ends[row->end], "%s, %zu then %zu: %d", row->name, first, step, r);
    ck_assert_msg((head.why != NULL) == (row->end == HTTP1_ROW_BAD), "%s", row->name);
    ck_assert_msg(!row->why || (head.why && strstr(head.why, row->why)), "%s: %s", row->name,
                  head.why);
    if (row->end == HTTP1_ROW_WHOLE) {
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
    const struct http1_head_row *row = &http1_head_rows[_i];
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
    for (size_t step = 5; step < 2 * bytes.len; step *= 7) {
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
    static const size_t steps[] = {100, 1000, HTTP1_LINE_MAX, SIZE_MAX};
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

/* A head that comes whole and needs no change is copied at once: one allocation is enough for it.
 */
START_TEST(test_one_copy)
{
    char bytes[2000] = OK;
    struct http1_head head;
    struct buf lines;
    bool whole;
    for (int i = 0; i < 20; i++)
        (void)snprintf(bytes + strlen(bytes), 60, "Name-%02d: a value of some bytes, and more\r\n",
                       i);
    struct text left = text_make(bytes, strlen(bytes));
    begin(&head, &lines, sizeof bytes);
    memcpy(bytes + left.len, "\r\nhi", 4);
    left.len += 4;
    short_memory_at(1);
    int r = http1_head_read(&head, &left, &whole);
    ck_assert(!short_memory_failed());
    ck_assert_int_eq(r, 0);
    ck_assert(whole && text_equals(left, "hi"));
    ck_assert_uint_eq(lines.len, (size_t)(left.at - bytes) - 2);
    ck_assert_mem_eq(lines.data, bytes, lines.len);
    buf_done(&lines);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("http1_head");
    TCase *tc = tcase_create("heads");
    tcase_add_loop_test(tc, test_row, 0, ROWS(http1_head_rows));
    tcase_add_test(tc, test_interim);
    tcase_add_loop_test(tc, test_head_max, 0, 4);
    tcase_add_loop_test(tc, test_line_max, 0, 4);
    tcase_add_loop_test(tc, test_endless, 0, 5);
    tcase_add_test(tc, test_many_long_fields);
    tcase_add_test(tc, test_no_memory);
    tcase_add_test(tc, test_one_copy);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
