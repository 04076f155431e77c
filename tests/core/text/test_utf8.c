/* UTF-8: every code point there and back, and each way to be ill-formed. */
#include <string.h>

#include "text/count.h"
#include "text/utf8.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *bytes;
    size_t length; /* of the first character, 0 = none */
} rows[] = {
    {"ASCII", "a", 1},
    {"two bytes", "\xc3\xa9", 2},
    {"three bytes", "\xe2\x82\xac", 3},
    {"four bytes", "\xf0\x9f\x98\x80", 4},
    {"the last before the surrogates", "\xed\x9f\xbf", 3},
    {"the first behind the surrogates", "\xee\x80\x80", 3},
    {"the last of all", "\xf4\x8f\xbf\xbf", 4},
    {"nothing", "", 0},
    {"a continuation byte alone", "\x80", 0},
    {"an overlong slash", "\xc0\xaf", 0},
    {"an overlong two byte form", "\xc1\xbf", 0},
    {"an overlong three byte form", "\xe0\x9f\xbf", 0},
    {"an overlong four byte form", "\xf0\x8f\xbf\xbf", 0},
    {"a high surrogate", "\xed\xa0\x80", 0},
    {"a low surrogate", "\xed\xbf\xbf", 0},
    {"beyond the last", "\xf4\x90\x80\x80", 0},
    {"a first byte that never is", "\xf5\x80\x80\x80", 0},
    {"0xff", "\xff", 0},
    {"two bytes cut", "\xc3", 0},
    {"three bytes cut", "\xe2\x82", 0},
    {"four bytes cut", "\xf0\x9f\x98", 0},
    {"a third byte that is ASCII", "\xe2\x82z", 0},
    {"a fourth byte that begins another", "\xf0\x9f\x98\xc3", 0},
};

START_TEST(the_first_character_has_a_length)
{
    ck_assert_msg(utf8_length(rows[_i].bytes, strlen(rows[_i].bytes)) == rows[_i].length, "%s",
                  rows[_i].name);
}
END_TEST

START_TEST(every_code_point_is_written_and_read)
{
    size_t wrong = 0;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char bytes[4];
        size_t n = utf8_put(c, bytes);
        wrong += utf8_length(bytes, n) != n;
        wrong += n != (c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(what_is_no_code_point_becomes_the_replacement)
{
    static const uint32_t wrong[] = {0xd800, 0xdbff, 0xdc00, 0xdfff, 0x110000, UINT32_MAX};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        char bytes[4];
        ck_assert_uint_eq(utf8_put(wrong[i], bytes), 3);
        ck_assert_mem_eq(bytes, "\xef\xbf\xbd", 3);
    }
}
END_TEST

static const struct {
    const char *name, *bytes;
    uint32_t code_point;
    bool hidden;
} hidden[] = {
    {"a letter", "a", 'a', false},
    {"a blank", " ", ' ', false},
    {"the first control", "\x01", 1, true},
    {"DEL", "\x7f", 0x7f, true},
    {"the last C1 control", "\xc2\x9f", 0x9f, true},
    {"a letter with an accent", "\xc3\xa9", 0xe9, false},
    {"a soft hyphen", "\xc2\xad", 0xad, true},
    {"an Arabic letter mark", "\xd8\x9c", 0x61c, true},
    {"an Arabic letter", "\xd8\xa8", 0x628, false},
    {"a right-to-left mark", "\xe2\x80\x8f", 0x200f, true},
    {"a dash", "\xe2\x80\x94", 0x2014, false},
    {"a right-to-left override", "\xe2\x80\xae", 0x202e, true},
    {"a narrow blank", "\xe2\x80\xaf", 0x202f, false},
    {"an isolate", "\xe2\x81\xa6", 0x2066, true},
    {"a byte order mark", "\xef\xbb\xbf", 0xfeff, true},
    {"a face", "\xf0\x9f\x98\x80", 0x1f600, false},
    {"a tag", "\xf3\xa0\x80\x81", 0xe0001, true},
};

START_TEST(what_shows_nothing_is_hidden)
{
    uint32_t code_point = utf8_code_point(hidden[_i].bytes, strlen(hidden[_i].bytes));
    ck_assert_msg(code_point == hidden[_i].code_point, "%s: U+%04X", hidden[_i].name,
                  (unsigned)code_point);
    ck_assert_msg(utf8_is_hidden(code_point) == hidden[_i].hidden, "%s", hidden[_i].name);
}
END_TEST

static const struct {
    const char *text;
    size_t max, fits;
} cuts[] = {{"abc", 3, 3},
            {"abc", 2, 2},
            {"abc", 0, 0},
            {"", 0, 0},
            {"a\xc3\xa9", 2, 1},
            {"a\xc3\xa9", 3, 3},
            {"\xe2\x82\xac", 2, 0},
            {"x\xf0\x9f\x98\x80y", 4, 1},
            {"x\xf0\x9f\x98\x80y", 5, 5}};

START_TEST(a_text_is_cut_between_two_characters)
{
    ck_assert_uint_eq(utf8_fit(cuts[_i].text, strlen(cuts[_i].text), cuts[_i].max), cuts[_i].fits);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("utf8");
    TCase *tc = tcase_create("utf8");
    tcase_add_loop_test(tc, the_first_character_has_a_length, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_text_is_cut_between_two_characters, 0, ROWS(cuts));
    tcase_add_loop_test(tc, what_shows_nothing_is_hidden, 0, ROWS(hidden));
    tcase_add_test(tc, every_code_point_is_written_and_read);
    tcase_add_test(tc, what_is_no_code_point_becomes_the_replacement);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
