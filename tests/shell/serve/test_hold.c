/* What all bodies together may take. */
#include "serve/hold.h"
#include "unit.h"

START_TEST(bodies_share_one_maximum)
{
    struct hold a = {0}, b = {0};
    ck_assert(hold_grow(&a, 60, 100));
    ck_assert(hold_grow(&b, 40, 100));
    ck_assert(!hold_has_room(1, 100));
    ck_assert(!hold_grow(&b, 1, 100));
    hold_end(&a);
    ck_assert(hold_has_room(60, 100));
    ck_assert(!hold_has_room(61, 100));
    ck_assert(hold_grow(&b, 60, 100));
    hold_end(&b);
    ck_assert(hold_has_room(100, 100));
}
END_TEST

START_TEST(what_was_refused_counts_for_nothing)
{
    struct hold a = {0};
    ck_assert(!hold_grow(&a, (size_t)-1, 100));
    ck_assert(!hold_grow(&a, 101, 100));
    ck_assert_uint_eq(a.bytes, 0);
    ck_assert(hold_has_room(100, 100));
    hold_end(&a);
    ck_assert(hold_has_room(100, 100));
}
END_TEST

START_TEST(a_maximum_that_a_reload_has_made_smaller_is_no_room)
{
    struct hold a = {0};
    ck_assert(hold_grow(&a, 100, 100));
    ck_assert(!hold_has_room(1, 50));
    ck_assert(!hold_grow(&a, 1, 50));
    hold_end(&a);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("hold");
    TCase *tc = tcase_create("hold");
    tcase_add_test(tc, bodies_share_one_maximum);
    tcase_add_test(tc, what_was_refused_counts_for_nothing);
    tcase_add_test(tc, a_maximum_that_a_reload_has_made_smaller_is_no_room);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
