/* Pieces follow each other, and a line stays inside of its memory. */
#include <string.h>

#include "text/line.h"
#include "unit.h"

START_TEST(pieces_follow_each_other)
{
    char room[32] = "what was there";
    struct line line = line_to(room, sizeof(room));
    ck_assert_str_eq(room, "");
    line_add(&line, "%s, ", "one");
    line_add(&line, "%s", "");
    line_add(&line, "%d", 2);
    ck_assert_str_eq(room, "one, 2");
    ck_assert_ptr_eq(line.at, room + 6);
    ck_assert_uint_eq(line.left, sizeof(room) - 6);
}
END_TEST

START_TEST(what_does_not_fit_is_cut)
{
    for (size_t size = 1; size <= 9; size++) {
        char room[10];
        memset(room, '#', sizeof(room));
        struct line line = line_to(room, size);
        for (int i = 0; i < 4; i++)
            line_add(&line, "abc");
        ck_assert_uint_eq(strlen(room), size - 1);
        ck_assert_int_eq(strncmp(room, "abcabcabc", size - 1), 0);
        ck_assert_uint_eq(line.left, 1);
        ck_assert_int_eq(room[size], '#');
    }
}
END_TEST

/* A wide character that no locale of ours has bytes for. */
START_TEST(what_cannot_be_formatted_adds_nothing)
{
    char room[16];
    struct line line = line_to(room, sizeof(room));
    line_add(&line, "a");
    line_add(&line, "%ls", L"\x4e2d");
    line_add(&line, "b");
    ck_assert_str_eq(room, "ab");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("line");
    TCase *tc = tcase_create("line");
    tcase_add_test(tc, pieces_follow_each_other);
    tcase_add_test(tc, what_does_not_fit_is_cut);
    tcase_add_test(tc, what_cannot_be_formatted_adds_nothing);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
