/* Which variable names a proxy, as other programs read them. */
#include <string.h>

#include "machine/proxyword.h"
#include "unit.h"

static const char *const names[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY",
                                    "all_proxy",   "HTTP_PROXY",  "http_proxy"};

static void setup(void)
{
    for (int i = 0; i < ROWS(names); i++)
        (void)unsetenv(names[i]);
}

START_TEST(the_first_that_is_set_is_told)
{
    ck_assert_ptr_null(proxyword_variable());
    for (int i = ROWS(names) - 1; i >= 0; i--) {
        ck_assert_int_eq(setenv(names[i], "http://proxy:1", 1), 0);
        ck_assert_str_eq(proxyword_variable(), names[i]);
    }
}
END_TEST

START_TEST(an_empty_one_is_not_set)
{
    ck_assert_int_eq(setenv("HTTPS_PROXY", "", 1), 0);
    ck_assert_ptr_null(proxyword_variable());
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("proxyword");
    TCase *tc = tcase_create("proxyword");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, the_first_that_is_set_is_told);
    tcase_add_test(tc, an_empty_one_is_not_set);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
