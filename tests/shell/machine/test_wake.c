/* That the machine slept is told once, and for how long; with a pretended clock. */
#include "base/clock.h"
#include "base/loop.h"
#include "machine/wake.h"
#include "unit.h"

static int64_t slept_ms, told_ms;
static int told;

int64_t clock_slept_ms(void)
{
    return slept_ms;
}

int64_t clock_monotonic_ms(void)
{
    return 1;
}

int64_t clock_monotonic_us(void)
{
    return 1000;
}

static void on_woke(struct wake *wake, int64_t for_ms)
{
    (void)wake;
    told++;
    told_ms = for_ms;
}

static struct loop loop;
static struct wake wake = {.woke = on_woke};

static void turn(void)
{
    for (struct loop_hook *hook = loop.hooks; hook; hook = hook->next)
        ck_assert_int_eq(hook->turn(hook), -1);
}

static void setup(void)
{
    slept_ms = 70000; /* before we were there */
    ck_assert_int_eq(loop_init(&loop), 0);
    wake_init(&wake, &loop);
}

static void teardown(void)
{
    loop_done(&loop);
}

START_TEST(a_sleep_is_told_once)
{
    turn();
    ck_assert_int_eq(told, 0);
    slept_ms += 5000;
    turn();
    turn();
    ck_assert_int_eq(told, 1);
    ck_assert_int_eq(told_ms, 5000);
    slept_ms += 1000;
    turn();
    ck_assert_int_eq(told, 2);
    ck_assert_int_eq(told_ms, 1000);
}
END_TEST

START_TEST(what_lies_between_two_readings_of_the_clocks_is_no_sleep)
{
    slept_ms += 999;
    turn();
    ck_assert_int_eq(told, 0);
    slept_ms += 1; /* many of them are one */
    turn();
    ck_assert_int_eq(told, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("wake");
    TCase *tc = tcase_create("wake");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_sleep_is_told_once);
    tcase_add_test(tc, what_lies_between_two_readings_of_the_clocks_is_no_sleep);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
