/* Responses: the same head, body and verdict at every split of their bytes. */
#include <stdio.h>

#include "http/http1.h"
#include "http/http1_rows.h"
#include "unit.h"

#define HEAD_MAX 160

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

static void expect(const struct http1_row *row, const struct seen *seen, const char *how, size_t at)
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
static void run(const struct http1_row *row, size_t first, size_t step, const char *how)
{
    struct text bytes = text_make(row->bytes, row->len ? row->len : strlen(row->bytes));
    struct text left = bytes;
    struct seen seen;
    bool more = true;
    begin(&seen, row->bodiless);
    ck_assert(feed(&seen, text_of(""))); /* nothing begins with it */
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
    const struct http1_row *row = &http1_rows[_i];
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
    tcase_add_loop_test(tc, test_row, 0, ROWS(http1_rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
