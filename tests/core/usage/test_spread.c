/* Percentiles, exact for few values and near for many. */
#include "unit.h"
#include "usage/spread.h"

static void note_all(struct spread *spread, const int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(spread_note(spread, values[i]), 0);
}

static const struct {
    const char *name;
    int64_t values[8];
    size_t count;
    int64_t p50, p99, p100;
} rows[] = {
    {"nothing has none", {0}, 0, -1, -1, -1},
    {"one value is all of them", {7}, 1, 7, 7, 7},
    {"of two the smaller is the middle", {9, 3}, 2, 3, 9, 9},
    {"they come in any order", {30, 10, 20}, 3, 20, 30, 30},
    {"equal values", {5, 5, 5, 5}, 4, 5, 5, 5},
    {"0 is a value", {0, 0, 1}, 3, 0, 1, 1},
    {"the largest is the most that is kept", {1, INT64_MAX}, 2, 1, UINT32_MAX, UINT32_MAX},
};

START_TEST(few_are_exact)
{
    struct spread spread = {0};
    note_all(&spread, rows[_i].values, rows[_i].count);
    ck_assert_msg(spread_percentile(&spread, 50) == rows[_i].p50, "%s", rows[_i].name);
    ck_assert_msg(spread_percentile(&spread, 99) == rows[_i].p99, "%s", rows[_i].name);
    ck_assert_msg(spread_percentile(&spread, 100) == rows[_i].p100, "%s", rows[_i].name);
    spread_done(&spread);
}
END_TEST

START_TEST(what_is_noted_after_it_was_asked_counts)
{
    struct spread spread = {0};
    note_all(&spread, (const int64_t[]){30, 20, 10}, 3);
    ck_assert_int_eq(spread_percentile(&spread, 50), 20);
    note_all(&spread, (const int64_t[]){1, 2}, 2);
    ck_assert_int_eq(spread_percentile(&spread, 50), 10);
    spread_done(&spread);
}
END_TEST

/* 1 to n, each once, in an order of leaps. */
static void note_up_to(struct spread *spread, int64_t n, int64_t scale)
{
    for (int64_t i = 0; i < n; i++)
        ck_assert_int_eq(spread_note(spread, ((i * 7919) % n + 1) * scale), 0);
}

START_TEST(as_many_as_are_kept_are_exact)
{
    struct spread spread = {0};
    note_up_to(&spread, SPREAD_EXACT_MAX, 1000);
    ck_assert_int_eq(spread_percentile(&spread, 50), 2048 * 1000);
    ck_assert_int_eq(spread_percentile(&spread, 99), 4056 * 1000); /* 4055.04, rounded up */
    spread_done(&spread);
}
END_TEST

static void assert_near(int64_t got, int64_t wanted)
{
    int64_t off = got > wanted ? got - wanted : wanted - got;
    ck_assert_msg(off * 250 <= wanted, "%lld is no %lld", (long long)got, (long long)wanted);
}

static const int64_t scales[] = {1, 3, 100, 12345, 400000};

START_TEST(more_are_near)
{
    struct spread spread = {0};
    int64_t scale = scales[_i];
    note_up_to(&spread, 10000, scale);
    for (unsigned per_cent = 1; per_cent <= 100; per_cent++)
        assert_near(spread_percentile(&spread, per_cent), 100 * per_cent * scale);
    spread_done(&spread);
}
END_TEST

START_TEST(small_values_are_exact_however_many_there_are)
{
    struct spread spread = {0};
    note_up_to(&spread, 255, 1);
    for (int i = 0; i < 100; i++)
        note_up_to(&spread, 255, 1);
    ck_assert_int_eq(spread_percentile(&spread, 50), 128);
    ck_assert_int_eq(spread_percentile(&spread, 100), 255);
    spread_done(&spread);
}
END_TEST

START_TEST(the_largest_has_a_bucket_too)
{
    struct spread spread = {0};
    for (int i = 0; i <= SPREAD_EXACT_MAX; i++)
        ck_assert_int_eq(spread_note(&spread, INT64_MAX), 0);
    assert_near(spread_percentile(&spread, 50), UINT32_MAX);
    spread_done(&spread);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("spread");
    TCase *tc = tcase_create("spread");
    tcase_add_loop_test(tc, few_are_exact, 0, ROWS(rows));
    tcase_add_test(tc, what_is_noted_after_it_was_asked_counts);
    tcase_add_test(tc, as_many_as_are_kept_are_exact);
    tcase_add_loop_test(tc, more_are_near, 0, ROWS(scales));
    tcase_add_test(tc, small_values_are_exact_however_many_there_are);
    tcase_add_test(tc, the_largest_has_a_bucket_too);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
