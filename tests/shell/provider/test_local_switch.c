/* Who is barred while nothing may leave the machine. */
#include "provider/local_switch.h"
#include "record/metrics.h"
#include "unit.h"

START_TEST(it_bars_who_is_not_nearby)
{
    const struct config_provider near = {.local = true}, far = {.local = false};
    metrics_setup();
    ck_assert(!local_switch_is_on() && !local_switch_bars(&far));
    ck_assert_int_eq(local_switch_far(false), ROUTE_SKIP_NONE);
    ck_assert_int_eq(local_switch_far(true), ROUTE_SKIP_OFFLINE);
    local_switch_set(true);
    ck_assert(local_switch_bars(&far) && !local_switch_bars(&near));
    ck_assert_int_eq(local_switch_far(false), ROUTE_SKIP_LOCAL);
    ck_assert_int_eq(local_switch_far(true), ROUTE_SKIP_LOCAL);
    ck_assert_int_eq(metrics_value(METRIC_LOCAL, NULL), 1);
    local_switch_set(false);
    ck_assert(!local_switch_bars(&far));
    ck_assert_int_eq(metrics_value(METRIC_LOCAL, NULL), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("local_switch");
    TCase *tc = tcase_create("local_switch");
    tcase_add_test(tc, it_bars_who_is_not_nearby);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
