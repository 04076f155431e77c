/* What each loop has counted, taken together. */
#include "record/turns.h"
#include "text/count.h"
#include "unit.h"

static struct loop_turns first, second;

static void turn(struct loop_turns *turns, size_t at, int64_t us)
{
    turns->counts[at]++;
    turns->sum_us += us;
}

/* Those before the test are in the numbers of a process for good. */
static struct turns_sum since(const struct turns_sum *before)
{
    struct turns_sum sum = turns_read();
    for (size_t i = 0; i < COUNT(sum.counts); i++)
        sum.counts[i] -= before->counts[i];
    sum.sum_us -= before->sum_us;
    return sum;
}

START_TEST(what_two_loops_have_counted_is_added_up)
{
    struct turns_sum before = turns_read();
    turns_join(&first);
    turns_join(&second);
    turn(&first, 0, 40);
    turn(&second, 0, 50);
    turn(&second, LOOP_TURN_LIMITS, 2000000);
    struct turns_sum sum = since(&before);
    ck_assert_uint_eq(sum.counts[0], 2);
    ck_assert_uint_eq(sum.counts[1], 0);
    ck_assert_uint_eq(sum.counts[LOOP_TURN_LIMITS], 1);
    ck_assert_int_eq(sum.sum_us, 2000090);
}
END_TEST

START_TEST(a_loop_that_is_gone_stays_in_the_numbers)
{
    struct turns_sum before = turns_read();
    turns_join(&first);
    turns_join(&second);
    turn(&first, 3, 700);
    turns_leave(&first);
    turn(&first, 3, 700); /* nobody's any more */
    turn(&second, 3, 800);
    turns_leave(&second);
    struct turns_sum sum = since(&before);
    ck_assert_uint_eq(sum.counts[3], 2);
    ck_assert_int_eq(sum.sum_us, 1500);
}
END_TEST

START_TEST(one_that_never_joined_may_leave)
{
    struct turns_sum before = turns_read();
    turn(&first, 1, 200);
    turns_leave(&first);
    ck_assert_uint_eq(since(&before).counts[1], 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("turns");
    TCase *t = tcase_create("turns");
    tcase_add_test(t, what_two_loops_have_counted_is_added_up);
    tcase_add_test(t, a_loop_that_is_gone_stays_in_the_numbers);
    tcase_add_test(t, one_that_never_joined_may_leave);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
