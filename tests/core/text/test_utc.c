/* Dates of every kind of year, as `date -u` writes them. */
#include <stddef.h>

#include "http/http_date.h"
#include "text/utc.h"
#include "unit.h"

static const struct {
    const char *name;
    int64_t seconds;
    const char *want;
} instants[] = {
    {"the beginning", 0, "1970-01-01T00:00:00Z"},
    {"its last second", 86399, "1970-01-01T23:59:59Z"},
    {"a leap day", 1709210096, "2024-02-29T12:34:56Z"},
    {"the day behind it", 1709251200, "2024-03-01T00:00:00Z"},
    {"a century that has a leap day", 951782400, "2000-02-29T00:00:00Z"},
    {"a century that has none", 4107542400, "2100-03-01T00:00:00Z"},
    {"the end of a year", 1798761599, "2026-12-31T23:59:59Z"},
    {"today", 1795898460, "2026-11-28T20:41:00Z"},
    {"the last one", INT64_C(253402300799), "9999-12-31T23:59:59Z"},
    {"beyond it", INT64_C(253402300800), "1970-01-01T00:00:00Z"},
    {"before 1970", -1, "1970-01-01T00:00:00Z"},
    {"the largest number", INT64_MAX, "1970-01-01T00:00:00Z"},
};

START_TEST(an_instant_is_written_as_its_date)
{
    char text[UTC_SIZE];
    utc_write(instants[_i].seconds, text);
    ck_assert_msg(strcmp(text, instants[_i].want) == 0, "%s: %s", instants[_i].name, text);
}
END_TEST

static const struct {
    const char *name;
    int64_t ms;
    const char *want;
} moments[] = {
    {"the beginning", 0, "1970-01-01T00:00:00.000Z"},
    {"leading zeros", INT64_C(1795898460007), "2026-11-28T20:41:00.007Z"},
    {"the last of a second", INT64_C(1795898460999), "2026-11-28T20:41:00.999Z"},
    {"before 1970", -1, "1970-01-01T00:00:00.000Z"},
    {"the least number", INT64_MIN, "1970-01-01T00:00:00.000Z"},
};

START_TEST(milliseconds_are_written_behind_the_second)
{
    char text[UTC_MS_SIZE];
    utc_write_ms(moments[_i].ms, text);
    ck_assert_msg(strcmp(text, moments[_i].want) == 0, "%s: %s", moments[_i].name, text);
}
END_TEST

START_TEST(every_day_of_800_years_comes_back)
{
    for (int64_t seconds = 12345; seconds < INT64_C(86400) * 292200; seconds += 86400) {
        char text[UTC_SIZE];
        int64_t back = -1;
        utc_write(seconds, text);
        ck_assert(http_date_parse_rfc3339(text_of(text), &back));
        ck_assert_msg(back == seconds, "%s", text);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("utc");
    TCase *tc = tcase_create("utc");
    tcase_add_loop_test(tc, an_instant_is_written_as_its_date, 0, ROWS(instants));
    tcase_add_loop_test(tc, milliseconds_are_written_behind_the_second, 0, ROWS(moments));
    tcase_add_test(tc, every_day_of_800_years_comes_back);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
