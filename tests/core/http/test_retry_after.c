/* The wait that a provider names, in each way in which one was seen to name it. */
#include "http/retry_after.h"
#include "unit.h"

#define NOW_S INT64_C(784111777) /* Sun, 06 Nov 1994 08:49:37 GMT */
#define NONE  ((int64_t)-1)

static const struct {
    const char *name;
    const char *in_ms;   /* retry-after-ms; NULL = absent */
    const char *seconds; /* Retry-After; NULL = absent */
    int64_t wait_ms;
} rows[] = {
    {"neither is there", NULL, NULL, NONE},
    {"seconds", NULL, "20", 20000},
    {"no wait at all", NULL, "0", 0},
    {"a day", NULL, "86400", 86400000},
    {"blanks around it", NULL, " \t2 ", 2000},
    {"leading zeros", NULL, "007", 7000},
    {"a fraction", NULL, "1.5", 1500},
    {"a long fraction is rounded up", NULL, "0.0000001", 1},
    {"a fraction that carries", NULL, "1.9991", 2000},
    {"zeros behind the third digit add nothing", NULL, "1.2340000", 1234},
    {"a fraction without a whole part", NULL, ".25", 250},
    {"a point without a fraction", NULL, "3.", 3000},
    {"a date", NULL, "Sun, 06 Nov 1994 08:49:39 GMT", 2000},
    {"a date in the old form", NULL, "Sunday, 06-Nov-94 08:49:47 GMT", 10000},
    {"a date as asctime writes it", NULL, "Sun Nov  6 08:50:37 1994", 60000},
    {"a date that is now", NULL, "Sun, 06 Nov 1994 08:49:37 GMT", 0},
    {"a date that is over", NULL, "Sun, 06 Nov 1994 08:49:36 GMT", NONE},
    {"a date of the last century", NULL, "Thu, 01 Jan 1970 00:00:00 GMT", NONE},
    {"a date far ahead", NULL, "Fri, 31 Dec 9999 23:59:59 GMT", (253402300799 - NOW_S) * 1000},
    {"a date that does not exist", NULL, "Sun, 31 Nov 1994 08:49:39 GMT", NONE},
    {"negative", NULL, "-5", NONE},
    {"a plus sign", NULL, "+5", NONE},
    {"a word", NULL, "abc", NONE},
    {"an exponent", NULL, "1e9", NONE},
    {"hexadecimal", NULL, "0x10", NONE},
    {"a unit", NULL, "5s", NONE},
    {"empty", NULL, "", NONE},
    {"blanks only", NULL, "  ", NONE},
    {"a point only", NULL, ".", NONE},
    {"two points", NULL, "1.2.3", NONE},
    {"two values in one line", NULL, "5, 7", NONE},
    {"two numbers with a blank", NULL, "5 7", NONE},
    {"infinite", NULL, "inf", NONE},
    {"not a number", NULL, "nan", NONE},
    {"the most that 64 bits hold", NULL, "9223372036854775807", RETRY_AFTER_MAX_MS},
    {"one more than that", NULL, "9223372036854775808", RETRY_AFTER_MAX_MS},
    {"a fraction of the most", NULL, "9223372036854775.8079", RETRY_AFTER_MAX_MS},
    {"milliseconds", "250", NULL, 250},
    {"milliseconds with a fraction are rounded up", "250.1", NULL, 251},
    {"a thousandth of a millisecond", "0.001", NULL, 1},
    {"less than that", "0.0001", NULL, 1},
    {"no milliseconds", "0", NULL, 0},
    {"blanks around milliseconds", " 40\t", NULL, 40},
    {"milliseconds are preferred", "250", "20", 250},
    {"garbled milliseconds leave the seconds", "soon", "20", 20000},
    {"negative milliseconds leave the seconds", "-1", "20", 20000},
    {"empty milliseconds leave the seconds", "", "20", 20000},
    {"garbled milliseconds alone are none", "1e3", NULL, NONE},
    {"milliseconds are never a date", "Sun, 06 Nov 1994 08:49:39 GMT", NULL, NONE},
    {"milliseconds and garbled seconds", "250", "abc", 250},
    {"the most milliseconds", "9223372036854775807", NULL, INT64_MAX / 1000 + 1},
};

START_TEST(a_named_wait_is_understood)
{
    int64_t wait_ms = retry_after_parse(text_of(rows[_i].in_ms), text_of(rows[_i].seconds), NOW_S);
    ck_assert_msg(wait_ms == rows[_i].wait_ms, "%s: %lld", rows[_i].name, (long long)wait_ms);
}
END_TEST

START_TEST(any_number_of_digits_is_a_long_wait)
{
    char digits[801];
    for (size_t len = 20; len < sizeof(digits); len++) {
        memset(digits, '9', len);
        struct text text = text_make(digits, len);
        ck_assert_int_eq(retry_after_parse((struct text){0}, text, NOW_S), RETRY_AFTER_MAX_MS);
        ck_assert_int_ge(retry_after_parse(text, (struct text){0}, NOW_S), INT64_MAX / 1000);
    }
}
END_TEST

START_TEST(any_number_of_digits_behind_the_point_is_less_than_a_second)
{
    char text[402];
    memset(text, '9', sizeof(text));
    text[0] = '.';
    ck_assert_int_eq(retry_after_parse((struct text){0}, text_make(text, sizeof(text)), NOW_S),
                     1000);
    memset(text + 1, '0', sizeof(text) - 1);
    ck_assert_int_eq(retry_after_parse((struct text){0}, text_make(text, sizeof(text)), NOW_S), 0);
}
END_TEST

START_TEST(an_absurd_clock_does_no_harm)
{
    static const int64_t clocks[] = {INT64_MAX, 0, -1};
    const char *date = "Fri, 31 Dec 9999 23:59:59 GMT";
    for (int i = 0; i < ROWS(clocks); i++) {
        int64_t wait_ms = retry_after_parse((struct text){0}, text_of(date), clocks[i]);
        ck_assert(wait_ms >= -1 && wait_ms <= RETRY_AFTER_MAX_MS);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("retry_after");
    TCase *tc = tcase_create("waits");
    tcase_add_loop_test(tc, a_named_wait_is_understood, 0, ROWS(rows));
    tcase_add_test(tc, any_number_of_digits_is_a_long_wait);
    tcase_add_test(tc, any_number_of_digits_behind_the_point_is_less_than_a_second);
    tcase_add_test(tc, an_absurd_clock_does_no_harm);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
