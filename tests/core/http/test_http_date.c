/* The three forms of a date in a header, and what only looks like one. */
#include "http/http_date.h"
#include "unit.h"

#define NOW_S INT64_C(1795543200) /* 2026-11-24 18:00:00 */
#define RFC_S INT64_C(784111777)  /* 1994-11-06 08:49:37, the RFC's example */

static const struct {
    const char *name;
    const char *text;
    int64_t at_s;
} dates[] = {
    {"as it is written today", "Sun, 06 Nov 1994 08:49:37 GMT", RFC_S},
    {"as RFC 850 wrote it", "Sunday, 06-Nov-94 08:49:37 GMT", RFC_S},
    {"as asctime writes it", "Sun Nov  6 08:49:37 1994", RFC_S},
    {"blanks around it", " \tSun, 06 Nov 1994 08:49:37 GMT\t ", RFC_S},
    {"names in another case", "sun, 06 NOV 1994 08:49:37 GMT", RFC_S},
    {"the wrong day of the week", "Mon, 06 Nov 1994 08:49:37 GMT", RFC_S},
    {"asctime's day of two digits", "Wed Nov 16 08:49:37 1994", RFC_S + 10 * 86400},
    {"the beginning", "Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"before the beginning", "Wed, 31 Dec 1969 23:59:59 GMT", -1},
    {"a leap day", "Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
    {"the day after it", "Fri, 01 Mar 2024 00:00:00 GMT", 1709251200},
    {"a leap day of a century", "Tue, 29 Feb 2000 12:00:00 GMT", 951825600},
    {"a leap second", "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
    {"beyond 32 bits", "Fri, 01 Jan 2100 00:00:00 GMT", 4102444800},
    {"the last year", "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
    {"the year 1", "Mon, 01 Jan 0001 00:00:00 GMT", -62135596800},
    {"two digits: this year", "Tuesday, 24-Nov-26 18:00:00 GMT", NOW_S},
    {"two digits: fifty years ahead", "Tuesday, 24-Nov-76 18:00:00 GMT", 3373466400},
    {"two digits: more than that is behind us", "Thursday, 24-Nov-77 18:00:00 GMT", 249242400},
};

START_TEST(a_date_is_read)
{
    int64_t at_s = -42;
    ck_assert_msg(http_date_parse(text_of(dates[_i].text), NOW_S, &at_s), "%s", dates[_i].name);
    ck_assert_msg(at_s == dates[_i].at_s, "%s: %lld", dates[_i].name, (long long)at_s);
}
END_TEST

START_TEST(a_cut_date_is_none)
{
    for (size_t len = 0; len < strlen(dates[_i].text); len++) {
        struct text cut = text_trim(text_make(dates[_i].text, len));
        int64_t at_s = -42;
        if (cut.len == text_trim(text_of(dates[_i].text)).len)
            continue;
        ck_assert_msg(!http_date_parse(cut, NOW_S, &at_s), "%.*s", TEXT_ARG(cut));
        ck_assert_int_eq(at_s, -42);
    }
}
END_TEST

static const struct {
    const char *name;
    const char *text;
} none[] = {
    {"a number", "20"},
    {"a word", "soon"},
    {"another zone", "Sun, 06 Nov 1994 08:49:37 CET"},
    {"an offset", "Sun, 06 Nov 1994 08:49:37 +0000"},
    {"no zone", "Sun, 06 Nov 1994 08:49:37"},
    {"more behind it", "Sun, 06 Nov 1994 08:49:37 GMT, 5"},
    {"no day of the week", "06 Nov 1994 08:49:37 GMT"},
    {"a day that is none", "Som, 06 Nov 1994 08:49:37 GMT"},
    {"a month that is none", "Sun, 06 Nob 1994 08:49:37 GMT"},
    {"the day 0", "Sun, 00 Nov 1994 08:49:37 GMT"},
    {"the 31st of November", "Sun, 31 Nov 1994 08:49:37 GMT"},
    {"a leap day in a year without", "Wed, 29 Feb 2023 08:49:37 GMT"},
    {"a leap day in a century without", "Mon, 29 Feb 1900 08:49:37 GMT"},
    {"hour 24", "Sun, 06 Nov 1994 24:00:00 GMT"},
    {"minute 60", "Sun, 06 Nov 1994 08:60:37 GMT"},
    {"second 61", "Sun, 06 Nov 1994 08:49:61 GMT"},
    {"a day of one digit", "Sun, 6 Nov 1994 08:49:37 GMT"},
    {"a negative hour", "Sun, 06 Nov 1994 -8:49:37 GMT"},
    {"a year of five digits", "Sun, 06 Nov 10000 08:49:37 GMT"},
    {"mixed separators", "Sun, 06-Nov 1994 08:49:37 GMT"},
    {"ISO 8601", "1994-11-06T08:49:37Z"},
};

START_TEST(what_is_no_date_is_refused)
{
    int64_t at_s = -42;
    ck_assert_msg(!http_date_parse(text_of(none[_i].text), NOW_S, &at_s), "%s", none[_i].name);
    ck_assert_int_eq(at_s, -42);
}
END_TEST

START_TEST(two_digits_mean_the_nearest_century_at_any_time)
{
    static const struct {
        int64_t now_s;
        const char *text;
        int64_t at_s;
    } rows[] = {
        {784111777, "Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {784111777, "Thursday, 01-Jan-44 00:00:00 GMT", 2335219200},
        {784111777, "Monday, 01-Jan-45 00:00:00 GMT", -788918400},
        {4073673600, "Friday, 01-Jan-00 00:00:00 GMT", 4102444800}, /* in 2099 */
        {4073673600, "Thursday, 01-Jan-98 00:00:00 GMT", 4039372800},
        {0, "Thursday, 01-Jan-70 00:00:00 GMT", 0},
    };
    for (int i = 0; i < ROWS(rows); i++) {
        int64_t at_s = -42;
        ck_assert(http_date_parse(text_of(rows[i].text), rows[i].now_s, &at_s));
        ck_assert_msg(at_s == rows[i].at_s, "%s: %lld", rows[i].text, (long long)at_s);
    }
}
END_TEST

/* at_s -1: it is none. */
static const struct {
    const char *name;
    const char *text;
    int64_t at_s;
} rfc3339[] = {
    {"UTC", "2026-11-24T18:00:00Z", NOW_S},
    {"small letters", "2026-11-24t18:00:00z", NOW_S},
    {"a fraction", "2026-11-24T18:00:00.123456789Z", NOW_S},
    {"a zone ahead", "2026-11-24T19:30:00.5+01:30", NOW_S},
    {"a zone behind, over midnight", "2026-11-23T23:00:00-19:00", NOW_S},
    {"without a zone", "2026-11-24T18:00:00", NOW_S},
    {"blanks around it", " 2026-11-24T18:00:00Z ", NOW_S},
    {"a leap day", "2024-02-29T00:00:00Z", 1709164800},
    {"no leap year", "2026-02-29T00:00:00Z", -1},
    {"a month too many", "2026-13-01T00:00:00Z", -1},
    {"no month", "2026-00-01T00:00:00Z", -1},
    {"no day", "2026-01-00T00:00:00Z", -1},
    {"hour 24", "2026-01-01T24:00:00Z", -1},
    {"a point without a fraction", "2026-01-01T00:00:00.Z", -1},
    {"a zone without a colon", "2026-01-01T00:00:00+0100", -1},
    {"a zone of 24 hours", "2026-01-01T00:00:00+24:00", -1},
    {"another sign", "2026-01-01T00:00:00*01:00", -1},
    {"more behind it", "2026-01-01T00:00:00Zx", -1},
    {"a date alone", "2026-01-01", -1},
    {"a blank for the T", "2026-01-01 00:00:00Z", -1},
    {"a year of five digits", "12026-01-01T00:00:00Z", -1},
    {"nothing", "", -1},
};

START_TEST(a_date_of_rfc_3339_is_read)
{
    int64_t at_s = -1;
    bool read = http_date_parse_rfc3339(text_of(rfc3339[_i].text), &at_s);
    ck_assert_msg(read == (rfc3339[_i].at_s >= 0), "%s", rfc3339[_i].name);
    ck_assert_msg(at_s == rfc3339[_i].at_s, "%s: %lld", rfc3339[_i].name, (long long)at_s);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("http_date");
    TCase *tc = tcase_create("dates");
    tcase_add_loop_test(tc, a_date_is_read, 0, ROWS(dates));
    tcase_add_loop_test(tc, a_cut_date_is_none, 0, ROWS(dates));
    tcase_add_loop_test(tc, what_is_no_date_is_refused, 0, ROWS(none));
    tcase_add_test(tc, two_digits_mean_the_nearest_century_at_any_time);
    tcase_add_loop_test(tc, a_date_of_rfc_3339_is_read, 0, ROWS(rfc3339));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
