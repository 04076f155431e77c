/* Bytes that are looked at where they stand. */
#include "text/text.h"
#include "unit.h"

static const struct {
    const char *name;
    struct text text;
    size_t digits;
    int64_t value;
} numbers[] = {
    {"nothing has no digits", {"", 0}, 0, 0},
    {"not even a place", {NULL, 0}, 0, 0},
    {"a word has none", {"x1", 2}, 0, 0},
    {"all of it", {"0042", 4}, 4, 42},
    {"what follows is left", {"12.5", 4}, 2, 12},
    {"a sign is no digit", {"-1", 2}, 0, 0},
    {"only as far as the text goes", {"1234", 2}, 2, 12},
    {"the largest", {"9223372036854775807", 19}, 19, INT64_MAX},
    {"one more", {"9223372036854775808", 19}, 19, -1},
    {"ten times as much, then small digits", {"92233720368547758070000", 23}, 23, -1},
};

START_TEST(digits_are_counted_and_read)
{
    int64_t value = 7;
    ck_assert_msg(text_digits(numbers[_i].text, &value) == numbers[_i].digits, "%s",
                  numbers[_i].name);
    ck_assert_msg(value == numbers[_i].value, "%s: %lld", numbers[_i].name, (long long)value);
}
END_TEST

static const struct {
    const char *name;
    struct text text;
    const char *part;
    bool starts, ends;
} parts[] = {
    {"a beginning", {"env:NAME", 8}, "env:", true, false},
    {"an end", {"/v1/responses", 13}, "/responses", false, true},
    {"the whole is both", {"/v1", 3}, "/v1", true, true},
    {"nothing is both, of anything", {"x", 1}, "", true, true},
    {"and of nothing", {NULL, 0}, "", true, true},
    {"a longer one is neither", {"/v", 2}, "/v1", false, false},
    {"what stands behind the text does not count", {"/v1", 2}, "/v1", false, false},
    {"nor what stands before it", {&"/v1"[1], 2}, "/v1", false, false},
    {"case counts", {"ENV:NAME", 8}, "env:", false, false},
};

START_TEST(beginnings_and_ends_are_told)
{
    ck_assert_msg(text_starts(parts[_i].text, parts[_i].part) == parts[_i].starts, "%s",
                  parts[_i].name);
    ck_assert_msg(text_ends(parts[_i].text, parts[_i].part) == parts[_i].ends, "%s",
                  parts[_i].name);
}
END_TEST

START_TEST(texts_are_the_same_by_their_bytes)
{
    ck_assert(text_same(text_make("abc", 2), text_of("ab")));
    ck_assert(text_same(text_make(NULL, 0), text_of("")));
    ck_assert(!text_same(text_of("ab"), text_of("abc")));
    ck_assert(!text_same(text_of("ab"), text_of("aB")));
    ck_assert(!text_same(text_make("\0a", 2), text_make("\0b", 2)));
}
END_TEST

START_TEST(a_cut_takes_nothing_from_what_is_short)
{
    ck_assert(text_equals(text_cut(text_of("abc"), 2), "ab"));
    ck_assert(text_equals(text_cut(text_of("abc"), 3), "abc"));
    ck_assert(text_equals(text_cut(text_of("abc"), 4), "abc"));
    ck_assert_uint_eq(text_cut(text_of(NULL), 4).len, 0);
}
END_TEST

START_TEST(hexadecimal_digits_have_values)
{
    ck_assert(text_hex_value('0') == 0 && text_hex_value('9') == 9 && text_hex_value('a') == 10 &&
              text_hex_value('F') == 15);
    ck_assert(text_hex_value('g') == -1 && text_hex_value('G') == -1 && text_hex_value('@') == -1 &&
              text_hex_value('`') == -1 && text_hex_value(' ') == -1);
}
END_TEST

START_TEST(letters_are_of_ascii)
{
    ck_assert(text_is_letter('a') && text_is_letter('z') && text_is_letter('A') &&
              text_is_letter('Z'));
    ck_assert(!text_is_letter('@') && !text_is_letter('[') && !text_is_letter('`') &&
              !text_is_letter('{') && !text_is_letter('5') && !text_is_letter('\xe4'));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("text");
    TCase *tc = tcase_create("text");
    tcase_add_loop_test(tc, digits_are_counted_and_read, 0, ROWS(numbers));
    tcase_add_loop_test(tc, beginnings_and_ends_are_told, 0, ROWS(parts));
    tcase_add_test(tc, texts_are_the_same_by_their_bytes);
    tcase_add_test(tc, a_cut_takes_nothing_from_what_is_short);
    tcase_add_test(tc, hexadecimal_digits_have_values);
    tcase_add_test(tc, letters_are_of_ascii);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
