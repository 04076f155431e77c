/* Where lines are broken, and a buffer that is full. */
#include <errno.h>

#include "text/page.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *text;
    size_t width, among;
    const char *lines; /* each with a | behind it */
} rows[] = {
    {"what fits is one line", "a bc", 4, 4, "a bc|"},
    {"a longer one is broken at a blank", "a bc def", 5, 6, "a bc|def|"},
    {"at the last of them", "a b c d e f", 6, 6, "a b c|d e f|"},
    {"which may stand behind the width", "a bc def", 4, 5, "a bc|def|"},
    {"where that is looked at", "a bc def", 4, 4, "a|bc|def|"},
    {"without a blank at the width", "abcdefgh ij", 3, 4, "abc|def|gh|ij|"},
    {"blanks behind a line go", "ab cd  ", 4, 5, "ab|cd|"},
    {"nothing is no line", "", 4, 5, ""},
};

START_TEST(lines_are_broken_at_blanks)
{
    struct buf out;
    struct text rest = text_of(rows[_i].text);
    buf_init(&out, 256);
    struct page page = {.out = &out};
    while (rest.len > 0) {
        struct text line = page_take_line(&rest, rows[_i].width, rows[_i].among);
        ck_assert_uint_le(line.len, rows[_i].width);
        PAGE_PUT(&page, "%.*s|", TEXT_ARG(line));
    }
    ck_assert_int_eq(page.r, 0);
    ck_assert_msg(text_equals(buf_text(&out), rows[_i].lines), "%s: %.*s", rows[_i].name,
                  TEXT_ARG(buf_text(&out)));
    buf_done(&out);
}
END_TEST

START_TEST(the_first_error_sticks)
{
    struct buf out;
    buf_init(&out, 3);
    struct page page = {.out = &out};
    PAGE_PUT(&page, "%s", "ab");
    PAGE_PUT(&page, "%s", "cd");
    PAGE_PUT(&page, "%s", "e");
    ck_assert_int_eq(page.r, -EMSGSIZE);
    ck_assert_str_eq(out.data, "ab");
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("page");
    TCase *tc = tcase_create("page");
    tcase_add_loop_test(tc, lines_are_broken_at_blanks, 0, ROWS(rows));
    tcase_add_test(tc, the_first_error_sticks);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
