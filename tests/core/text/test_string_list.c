/* Lists of strings and comma lists. */
#include "text/string_list.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *text;
    const char *joined; /* elements, each with '|' behind it */
} lists[] = {
    {"one element", "a", "a|"},
    {"blanks around elements are no part of them", " a ,\tb c , d", "a|b c|d|"},
    {"empty elements are passed over", ",a,,b,", "a|b|"},
    {"an empty text has no elements", "", ""},
    {"blanks and commas have none either", " , ,", ""},
};

START_TEST(comma_lists_are_cut)
{
    struct text item, rest = text_of(lists[_i].text);
    char joined[64] = "";
    size_t used = 0;
    while (string_list_item(&rest, &item))
        used += (size_t)snprintf(joined + used, sizeof(joined) - used, "%.*s|", TEXT_ARG(item));
    ck_assert_msg(strcmp(joined, lists[_i].joined) == 0, "%s: %s", lists[_i].name, joined);
}
END_TEST

START_TEST(a_list_grows_and_ends_in_null)
{
    struct strings list = {0};
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    for (size_t i = 0; letters[i]; i++)
        ck_assert_int_eq(string_list_add(&list, text_make(&letters[i], 1)), 0);
    ck_assert_uint_eq(list.count, 26);
    ck_assert_str_eq(list.at[25], "z");
    ck_assert_ptr_null(list.at[26]);
    ck_assert(string_list_has(&list, text_of("q")));
    ck_assert(!string_list_has(&list, text_of("Q")));
    ck_assert(!string_list_has(&list, text_of("")));
    string_list_cut(&list, 2);
    ck_assert_uint_eq(list.count, 2);
    ck_assert_str_eq(list.at[1], "b");
    ck_assert_ptr_null(list.at[2]);
    string_list_cut(&list, 3);
    ck_assert_uint_eq(list.count, 2);
    string_list_done(&list);
    ck_assert_uint_eq(list.count, 0);
    string_list_done(&list);
    string_wipe(NULL);
}
END_TEST

START_TEST(a_name_is_put_in_once_and_whole)
{
    struct buf list;
    buf_init(&list, 12);
    string_list_put(&list, "ab");
    string_list_put(&list, "a");
    string_list_put(&list, "ab");
    string_list_put(&list, "much too long");
    string_list_put(&list, "c.d");
    string_list_put(&list, "e");
    ck_assert_str_eq(list.data, "ab, a, c.d");
    buf_done(&list);
}
END_TEST

static const struct {
    const char *list, *name;
    bool named;
} names[] = {
    {"stop_sequences, a.b", "a.b", true}, {"a", "a", true},       {"b,a", "a", true},
    {"stop_sequences", "stop", false},    {"ba, ab", "a", false}, {"", "a", false},
};

START_TEST(a_list_names_whole_words)
{
    ck_assert_int_eq(string_list_names(text_of(names[_i].list), text_of(names[_i].name)),
                     names[_i].named);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("string_list");
    TCase *tc = tcase_create("string_list");
    tcase_add_loop_test(tc, comma_lists_are_cut, 0, ROWS(lists));
    tcase_add_test(tc, a_list_grows_and_ends_in_null);
    tcase_add_loop_test(tc, a_list_names_whole_words, 0, ROWS(names));
    tcase_add_test(tc, a_name_is_put_in_once_and_whole);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
