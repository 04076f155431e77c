/* Durations, sizes and booleans: what is taken, what is refused, and where the edges are. */
#include <errno.h>

#include "text/units.h"
#include "unit.h"

#define UNSET INT64_C(-77)

static const struct {
    const char *name;
    const char *text;
    int r;
    int64_t ms;
} durations[] = {
    {"milliseconds", "250ms", 0, 250},
    {"seconds", "2s", 0, 2000},
    {"a bare number is seconds", "3", 0, 3000},
    {"a fraction of a second", "1.5", 0, 1500},
    {"a fraction with a unit", "0.1s", 0, 100},
    {"a fraction that has no whole part", ".5", 0, 500},
    {"a decimal point without a fraction", "5.", 0, 5000},
    {"minutes", "10m", 0, 600000},
    {"hours", "1h", 0, 3600000},
    {"days", "1d", 0, 86400000},
    {"half a minute", "0.5m", 0, 30000},
    {"capital letters", "250MS", 0, 250},
    {"blanks around and before the unit", " 2 s\t", 0, 2000},
    {"zero", "0", 0, 0},
    {"zero with a unit", "0ms", 0, 0},
    {"less than a millisecond is one, not none", "0.0001", 0, 1},
    {"far less than a millisecond is one, not none", "0.00000000000000000001", 0, 1},
    {"many digits of zero", "0.00000000000000000000", 0, 0},
    {"leading zeros", "000000000000000000000000000002s", 0, 2000},
    {"the largest", "9223372036854775807ms", 0, INT64_MAX},
    {"one more than the largest", "9223372036854775808ms", -ERANGE, UNSET},
    {"too many days", "200000000000d", -ERANGE, UNSET},
    {"more digits than an integer holds", "99999999999999999999999", -ERANGE, UNSET},
    {"a fraction that passes the largest", "9223372036854775807.1ms", -ERANGE, UNSET},
    {"nothing", "", -EINVAL, UNSET},
    {"blanks only", "  ", -EINVAL, UNSET},
    {"a unit only", "ms", -EINVAL, UNSET},
    {"a point only", ".", -EINVAL, UNSET},
    {"a negative number", "-1", -EINVAL, UNSET},
    {"a sign", "+1", -EINVAL, UNSET},
    {"a decimal comma", "1,5", -EINVAL, UNSET},
    {"an exponent", "1e3", -EINVAL, UNSET},
    {"hexadecimal", "0x10", -EINVAL, UNSET},
    {"an unknown unit", "5w", -EINVAL, UNSET},
    {"two points", "1.2.3", -EINVAL, UNSET},
    {"something behind the unit", "2s!", -EINVAL, UNSET},
    {"not a number", "nan", -EINVAL, UNSET},
};

START_TEST(durations_are_read)
{
    int64_t ms = UNSET;
    ck_assert_msg(units_duration(text_of(durations[_i].text), &ms) == durations[_i].r &&
                      ms == durations[_i].ms,
                  "%s: %s gave %jd", durations[_i].name, durations[_i].text, (intmax_t)ms);
}
END_TEST

static const struct {
    const char *name;
    const char *text;
    int r;
    uint64_t bytes;
} sizes[] = {
    {"bytes", "4096", 0, 4096},
    {"kibibytes", "64K", 0, 65536},
    {"mebibytes", "8M", 0, 8u << 20},
    {"gibibytes", "1G", 0, 1u << 30},
    {"small letters", "64k", 0, 65536},
    {"with B", "64KB", 0, 65536},
    {"with iB", "64KiB", 0, 65536},
    {"bytes said", "12B", 0, 12},
    {"zero", "0", 0, 0},
    {"the largest", "18446744073709551615", 0, UINT64_MAX},
    {"one more than the largest", "18446744073709551616", -ERANGE, 7},
    {"too many gibibytes", "17179869184G", -ERANGE, 7},
    {"a fraction", "1.5M", -EINVAL, 7},
    {"a negative number", "-1", -EINVAL, 7},
    {"nothing", "", -EINVAL, 7},
    {"an unknown unit", "64X", -EINVAL, 7},
    {"half of a unit", "64Ki", -EINVAL, 7},
    {"text", "lots", -EINVAL, 7},
};

START_TEST(sizes_are_read)
{
    uint64_t bytes = 7;
    ck_assert_msg(units_size(text_of(sizes[_i].text), &bytes) == sizes[_i].r &&
                      bytes == sizes[_i].bytes,
                  "%s: %s gave %ju", sizes[_i].name, sizes[_i].text, (uintmax_t)bytes);
}
END_TEST

static const struct {
    const char *name;
    const char *text;
    int r;
    bool value; /* true also where nothing may be set: the test begins with true */
} bools[] = {
    {"yes", "yes", 0, true},
    {"no", "no", 0, false},
    {"true", "true", 0, true},
    {"false", "false", 0, false},
    {"on", "on", 0, true},
    {"off", "off", 0, false},
    {"one", "1", 0, true},
    {"zero", "0", 0, false},
    {"any case, with blanks", " False ", 0, false},
    {"two", "2", -EINVAL, true},
    {"nothing", "", -EINVAL, true},
    {"half a word", "y", -EINVAL, true},
};

START_TEST(booleans_are_read)
{
    bool value = true;
    ck_assert_msg(units_bool(text_of(bools[_i].text), &value) == bools[_i].r &&
                      value == bools[_i].value,
                  "%s: %s", bools[_i].name, bools[_i].text);
    value = false;
    if (bools[_i].r == 0)
        ck_assert(units_bool(text_of(bools[_i].text), &value) == 0 && value == bools[_i].value);
}
END_TEST

static const struct {
    const char *text;
    int r;
    int64_t count, per_ms;
} rates[] = {
    {"60/m", 0, 60, 60000},
    {"1/s", 0, 1, 1000},
    {"500/h", 0, 500, 3600000},
    {"1000/d", 0, 1000, 86400000},
    {" 60 / M ", 0, 60, 60000},
    {"1000000/s", 0, 1000000, 1000},
    {"0/m", -ERANGE, 0, 0},
    {"1000001/m", -ERANGE, 0, 0},
    {"99999999999999999999/m", -ERANGE, 0, 0},
    {"60", -EINVAL, 0, 0},
    {"60/", -EINVAL, 0, 0},
    {"60/min", -EINVAL, 0, 0},
    {"60/ms", -EINVAL, 0, 0},
    {"/m", -EINVAL, 0, 0},
    {"", -EINVAL, 0, 0},
    {"-1/m", -EINVAL, 0, 0},
    {"1.5/m", -EINVAL, 0, 0},
    {"60/m/s", -EINVAL, 0, 0},
    {"60m", -EINVAL, 0, 0},
    {"none", -EINVAL, 0, 0},
};

START_TEST(rates_are_read)
{
    struct rate rate = {0};
    ck_assert_msg(units_rate(text_of(rates[_i].text), &rate) == rates[_i].r, "%s", rates[_i].text);
    ck_assert_msg(rate.count == rates[_i].count && rate.per_ms == rates[_i].per_ms, "%s",
                  rates[_i].text);
}
END_TEST

START_TEST(a_text_that_ends_without_nul_is_not_read_beyond)
{
    int64_t ms = 0;
    ck_assert_int_eq(units_duration(text_make("25ms", 2), &ms), 0);
    ck_assert_int_eq(ms, 25000);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("units");
    TCase *tc = tcase_create("units");
    tcase_add_loop_test(tc, durations_are_read, 0, ROWS(durations));
    tcase_add_loop_test(tc, sizes_are_read, 0, ROWS(sizes));
    tcase_add_loop_test(tc, rates_are_read, 0, ROWS(rates));
    tcase_add_loop_test(tc, booleans_are_read, 0, ROWS(bools));
    tcase_add_test(tc, a_text_that_ends_without_nul_is_not_read_beyond);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
