/* Which fields an answer loses where there is no room for all. */
#include "http/header_fit.h"
#include "unit.h"

/* Lines with LF, for people. */
static void read_lines(struct buf *ret, const char *text)
{
    buf_init(ret, 4096);
    ck_assert_int_eq(buf_append_string(ret, text), 0);
    for (size_t i = 0; i < ret->len; i++)
        if (ret->data[i] == '\n')
            ret->data[i] = '\0';
}

static const struct {
    const char *name;
    const char *lines;
    size_t room;
    const char *left;
    const char *out;
} rows[] = {
    {"none", "", 0, "", ""},
    {"all fit to the byte", "A: 1\nB: 22\n", 13, "A: 1\nB: 22\n", ""},
    {"a byte less: the longest goes", "A: 1\nB: 22\n", 12, "A: 1\n", "B"},
    {"the longest in the middle", "A: 1\nB: 4444\nC: 1\n", 13, "A: 1\nC: 1\n", "B"},
    {"of two that are as long the first goes", "A: 1\nB: 1\n", 11, "B: 1\n", "A"},
    {"as many as have to go", "A: 1\nB: 22\nC: 333\n", 6, "A: 1\n", "C, B"},
    {"what is needed stays, however long", "content-type: application/json\nSet: 1\n", 34,
     "content-type: application/json\n", "Set"},
    {"ours stays", "X-Understudy-Id: 1\nx: 1\n", 22, "X-Understudy-Id: 1\n", "x"},
    {"where there is no other way what is needed goes, the longest first",
     "Content-Type: application/json\nx-understudy-id: 1\nSet: 1\n", 25, "x-understudy-id: 1\n",
     "Set, Content-Type"},
    {"no room at all", "Content-Type: a\nB: 1\n", 0, "", "B, Content-Type"},
    {"a field without a value", "A: \nLong: 333\n", 6, "A: \n", "Long"},
};

START_TEST(the_longest_that_is_not_needed_goes_first)
{
    struct buf lines, left, out;
    read_lines(&lines, rows[_i].lines);
    read_lines(&left, rows[_i].left);
    buf_init(&out, 256);
    size_t count = header_fit(&lines, rows[_i].room, &out);
    ck_assert_msg(lines.len == left.len && memcmp(lines.data, left.data, left.len) == 0, "%s: %s",
                  rows[_i].name, lines.data);
    ck_assert_msg(text_equals(buf_text(&out), rows[_i].out), "%s: %s", rows[_i].name, out.data);
    size_t commas = 0;
    for (const char *c = rows[_i].out; *c; c++)
        commas += *c == ',';
    ck_assert_uint_eq(count, rows[_i].out[0] ? commas + 1 : 0);
    buf_done(&lines);
    buf_done(&left);
    buf_done(&out);
}
END_TEST

START_TEST(names_that_do_not_fit_are_not_told)
{
    struct buf lines, out;
    read_lines(&lines, "Aaaa: 1\nBbbb: 1\n");
    buf_init(&out, 5);
    ck_assert_uint_eq(header_fit(&lines, 0, &out), 2);
    ck_assert(text_equals(buf_text(&out), "Aaaa"));
    buf_done(&lines);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("header_fit");
    TCase *tc = tcase_create("header_fit");
    tcase_add_loop_test(tc, the_longest_that_is_not_needed_goes_first, 0, ROWS(rows));
    tcase_add_test(tc, names_that_do_not_fit_are_not_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
