/* Whole numbers, however they are written. */
#include "json/jsonspan.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *json;
    bool whole;
    int64_t value;
} rows[] = {
    {"zero", "0", true, 0},
    {"zero, less than nothing", "-0", true, 0},
    {"zero with an exponent", "0e999999999999999999999", true, 0},
    {"a number in blanks", " 42 ", true, 42},
    {"one below zero", "-17", true, -17},
    {"a fraction of zero", "7.000", true, 7},
    {"an exponent", "1e3", true, 1000},
    {"an exponent with a sign", "12E+2", true, 1200},
    {"a fraction that the exponent makes whole", "1.25e2", true, 125},
    {"zeros that the exponent takes away", "1500e-2", true, 15},
    {"zeros on both sides of the point", "100.0e-2", true, 1},
    {"a fraction", "1.5", false, 0},
    {"a fraction by the exponent", "15e-1", false, 0},
    {"a fraction of a number below zero", "-0.5", false, 0},
    {"the largest", "9223372036854775807", true, INT64_MAX},
    {"one more", "9223372036854775808", true, INT64_MAX},
    {"the smallest", "-9223372036854775808", true, INT64_MIN},
    {"one less", "-9223372036854775809", true, INT64_MIN},
    {"31 digits", "1000000000000000000000000000000", true, INT64_MAX},
    {"the same in short", "1e30", true, INT64_MAX},
    {"and below zero", "-1e30", true, INT64_MIN},
    {"an exponent that no double holds", "1e400", true, INT64_MAX},
    {"an exponent of 30 digits", "1e999999999999999999999999999999", true, INT64_MAX},
    {"an exponent far below", "1e-999999999999999999999999999999", false, 0},
    {"a number in quotes", "\"5\"", false, 0},
    {"null", "null", false, 0},
    {"nothing", "", false, 0},
};

START_TEST(numbers_are_read_as_they_are_meant)
{
    int64_t got = 0;
    bool whole = jsonspan_whole(text_of(rows[_i].json), &got);
    ck_assert_msg(whole == rows[_i].whole && got == rows[_i].value, "%s: %d %jd", rows[_i].name,
                  whole, (intmax_t)got);
}
END_TEST

static const struct {
    const char *json;
    int64_t count; /* -1 = it is none */
} counts[] = {
    {"0", 0},
    {"7e3", 7000},
    {"9007199254740992", JSONSPAN_COUNT_MAX},
    {"9007199254740993", -1},
    {"1e400", -1},
    {"-1", -1},
    {"1.5", -1},
    {"\"7\"", -1},
    {"", -1},
};

START_TEST(a_count_is_what_can_be_counted)
{
    int64_t got = -1;
    ck_assert_int_eq(jsonspan_count(text_of(counts[_i].json), &got), counts[_i].count >= 0);
    ck_assert_int_eq(got, counts[_i].count);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("jsonspan_number");
    TCase *tc = tcase_create("number");
    tcase_add_loop_test(tc, numbers_are_read_as_they_are_meant, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_count_is_what_can_be_counted, 0, ROWS(counts));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
