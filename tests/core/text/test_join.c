/* Texts one behind the other, as printf would write them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "text/join.h"
#include "unit.h"

START_TEST(texts_are_written_as_far_as_there_is_room)
{
    char out[8];
    for (size_t size = 1; size <= sizeof(out); size++) {
        char expected[sizeof(out)];
        memset(out, 'x', sizeof(out));
        size_t len = join_write(out, size, JOIN(text_of("ab"), text_of(NULL), text_of("cde")));
        (void)snprintf(expected, size, "%s%s", "ab", "cde");
        ck_assert_str_eq(out, expected);
        ck_assert_uint_eq(len, strlen(expected));
    }
    ck_assert_uint_eq(join_length(JOIN(text_of("ab"), text_of(""), text_of("cde"))), 5);
}
END_TEST

START_TEST(all_texts_are_added_or_none)
{
    struct buf out;
    buf_init(&out, 6);
    ck_assert_int_eq(join_append(&out, JOIN(text_of("ab"), text_of("c"))), 0);
    ck_assert_int_eq(join_append(&out, JOIN(text_of("de"), text_of("fg"))), -EMSGSIZE);
    ck_assert(text_equals(buf_text(&out), "abc"));
    ck_assert_int_eq(join_append(&out, JOIN(text_of("d"), text_of("ef"))), 0);
    ck_assert_str_eq(out.data, "abcdef");
    buf_done(&out);
}
END_TEST

START_TEST(numbers_are_written_as_by_printf)
{
    static const int64_t numbers[] = {0,    1,   9,      10,        -1,       200,
                                      -404, 999, 100000, INT64_MAX, INT64_MIN};
    for (int i = 0; i < ROWS(numbers); i++) {
        char room[JOIN_NUMBER_SIZE], expected[32];
        struct text text = join_number(numbers[i], room);
        (void)snprintf(expected, sizeof(expected), "%" PRId64, numbers[i]);
        ck_assert_str_eq(text.at, expected);
        ck_assert_uint_eq(text.len, strlen(expected));
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("join");
    TCase *tc = tcase_create("join");
    tcase_add_test(tc, texts_are_written_as_far_as_there_is_room);
    tcase_add_test(tc, all_texts_are_added_or_none);
    tcase_add_test(tc, numbers_are_written_as_by_printf);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
