/* A response head in pieces. */
#include <string.h>

#include <check.h>

#include "call/upstream.h"
#include "unit.h"

#define HEAD_MAX 4096u

struct row {
    const char *name;
    const char *bytes;
    const long *status; /* for each line: what is known of the status then */
    enum upstream_head_state end;
    const char *lines; /* when whole */
};

static const long one[] = {200, 200, 200, 200, 200};
static const long interim[] = {103, 103, 103, 200, 200, 200};
static const long bare_interim[] = {100, 100, 200, 200, 200};

static const struct row rows[] = {
    {"a head is whole with its blank line", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", one,
     UPSTREAM_HEAD_WHOLE, "HTTP/1.1 200 OK\r\nA: b\r\n"},
    {"it may have no field", "HTTP/1.1 200 OK\r\n\r\n", one, UPSTREAM_HEAD_WHOLE,
     "HTTP/1.1 200 OK\r\n"},
    {"lines may end with LF alone", "HTTP/1.1 200 OK\nA: b\n\n", one, UPSTREAM_HEAD_WHOLE,
     "HTTP/1.1 200 OK\nA: b\n"},
    {"without its blank line it is not", "HTTP/1.1 200 OK\r\nA: b\r\n", one, UPSTREAM_HEAD_MORE,
     NULL},
    {"a field may be folded", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", one, UPSTREAM_HEAD_WHOLE,
     "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n"},
    {"the first line of fields is no folded one", "HTTP/1.1 200 OK\r\n A: b\r\n\r\n", one,
     UPSTREAM_HEAD_REFUSED, NULL},
    {"nor by a tab", "HTTP/1.1 200 OK\r\n\tA: b\r\n\r\n", one, UPSTREAM_HEAD_REFUSED, NULL},
    {"nor are there fields before the status line", " A: b\r\n\r\n", one, UPSTREAM_HEAD_REFUSED,
     NULL},
    {"an interim head is left out",
     "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n", interim,
     UPSTREAM_HEAD_WHOLE, "HTTP/1.1 200 OK\r\nA: b\r\n"},
    {"its fields are none of the final one's",
     "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n A: b\r\n\r\n", interim,
     UPSTREAM_HEAD_REFUSED, NULL},
    {"nor where it has none", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n A: b\r\n\r\n",
     bare_interim, UPSTREAM_HEAD_REFUSED, NULL},
};

/* Line by line, as libcurl does; each in two pieces, cut behind so many bytes. 0: in one. */
static enum upstream_head_state add_all(struct upstream_head *head, const struct row *row,
                                        size_t cut)
{
    enum upstream_head_state state = UPSTREAM_HEAD_MORE;
    const char *at = row->bytes;
    for (size_t n = 0; *at && state == UPSTREAM_HEAD_MORE; n++) {
        size_t len = (size_t)(strchr(at, '\n') - at) + 1, first = cut < len ? cut : 0;
        bool blank = len <= 2;
        if (first > 0 && !blank)
            state = upstream_head_add(head, text_make(at, first), row->status[n]);
        else
            first = 0;
        if (state == UPSTREAM_HEAD_MORE)
            state = upstream_head_add(head, text_make(at + first, len - first), row->status[n]);
        at += len;
    }
    return state;
}

START_TEST(each_row_at_every_cut)
{
    const struct row *row = &rows[_i];
    /* "HTTP/" is not cut: a piece is 16 KB, and a status line is not. */
    for (size_t cut = 5; cut < 32; cut++) {
        struct upstream_head head = {0};
        buf_init(&head.lines, HEAD_MAX);
        enum upstream_head_state state = add_all(&head, row, cut == 5 ? 0 : cut);
        ck_assert_msg(state == row->end, "%s: cut at %zu: %d", row->name, cut, (int)state);
        ck_assert_int_eq(head.status, row->lines ? 200 : 0);
        if (row->lines)
            ck_assert_str_eq(head.lines.data, row->lines);
        buf_done(&head.lines);
    }
}
END_TEST

START_TEST(too_large_a_head_is_refused)
{
    struct upstream_head head = {0};
    char field[HEAD_MAX];
    memset(field, 'x', sizeof(field));
    buf_init(&head.lines, HEAD_MAX);
    ck_assert_int_eq(upstream_head_add(&head, text_of("HTTP/1.1 200 OK\r\n"), 200),
                     UPSTREAM_HEAD_MORE);
    ck_assert_int_eq(upstream_head_add(&head, text_make(field, sizeof(field)), 200),
                     UPSTREAM_HEAD_REFUSED);
    ck_assert_int_eq(head.status, 0);
    buf_done(&head.lines);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("upstream_head");
    TCase *t = tcase_create("upstream_head");
    tcase_add_loop_test(t, each_row_at_every_cut, 0, ROWS(rows));
    tcase_add_test(t, too_large_a_head_is_refused);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
