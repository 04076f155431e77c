/* The first error wins, and none grows. */
#include <string.h>

#include "text/error.h"
#include "unit.h"

START_TEST(the_first_error_wins)
{
    struct error error = ERROR_NONE;
    ck_assert(!error_is_set(&error));
    error_set(&error, "line %d: %s", 3, "wrong");
    error_set(&error, "later");
    ck_assert(error_is_set(&error));
    ck_assert_str_eq(error.text, "line 3: wrong");
}
END_TEST

START_TEST(nobody_need_listen)
{
    error_set(NULL, "lost");
    ck_assert(!error_is_set(NULL));
}
END_TEST

START_TEST(a_long_error_is_cut)
{
    struct error error = ERROR_NONE;
    error_set(&error, "%*s", 2 * ERROR_TEXT_MAX, "x");
    ck_assert_uint_eq(strlen(error.text), ERROR_TEXT_MAX - 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("error");
    TCase *tc = tcase_create("error");
    tcase_add_test(tc, the_first_error_wins);
    tcase_add_test(tc, nobody_need_listen);
    tcase_add_test(tc, a_long_error_is_cut);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
