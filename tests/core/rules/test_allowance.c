/* How many requests a client may make, and when the next. */
#include "rules/allowance.h"
#include "text/count.h"
#include "unit.h"

#define START_MS INT64_C(86400000)
#define S        INT64_C(1000)
#define M        (60 * S)
#define H        (60 * M)
#define D        (24 * H)

static const struct {
    const char *name;
    struct rate rate;
    int before;        /* taken at the start */
    int64_t passed_ms; /* since then */
    int64_t wait_ms;
} rows[] = {
    {"the first", {1, M}, 0, 0, 0},
    {"the second of one a minute", {1, M}, 1, 0, M},
    {"just before the minute is over", {1, M}, 1, M - 1, 1},
    {"when it is over", {1, M}, 1, M, 0},
    {"the last of sixty at once", {60, M}, 59, 0, 0},
    {"one more", {60, M}, 60, 0, S},
    {"which comes back after a second", {60, M}, 60, S, 0},
    {"and not before", {60, M}, 60, S - 1, 1},
    {"a long silence brings no more than there are", {2, S}, 2, D, 0},
    {"a third of a second, rounded up", {3, S}, 3, 0, 334},
    {"a thousand a day", {1000, D}, 1000, 0, 86400},
    {"one a day", {1, D}, 1, 0, D},
    {"a million a second", {1000000, S}, 1000, 0, 0},
    {"a clock that is behind brings nothing", {1, M}, 1, -H, M},
};

START_TEST(a_request_may_be_made_or_waits)
{
    struct allowance allowance;
    allowance_init(&allowance, &rows[_i].rate, START_MS);
    for (int n = 0; n < rows[_i].before; n++)
        ck_assert_int_eq(allowance_take(&allowance, START_MS), 0);
    int64_t wait_ms = allowance_take(&allowance, START_MS + rows[_i].passed_ms);
    ck_assert_msg(wait_ms == rows[_i].wait_ms, "%s: %lld", rows[_i].name, (long long)wait_ms);
}
END_TEST

START_TEST(they_come_back_evenly)
{
    const struct rate rate = {7, S};
    struct allowance allowance;
    allowance_init(&allowance, &rate, START_MS);
    int taken = 0;
    for (int64_t ms = 0; ms < 100 * S; ms++)
        taken += allowance_take(&allowance, START_MS + ms) == 0;
    ck_assert_int_eq(taken, 7 + 7 * 100 - 1);
}
END_TEST

START_TEST(who_is_refused_loses_nothing)
{
    const struct rate rate = {1, S};
    struct allowance allowance;
    allowance_init(&allowance, &rate, START_MS);
    for (int n = 0; n < 1000; n++)
        (void)allowance_take(&allowance, START_MS);
    ck_assert_int_eq(allowance_take(&allowance, START_MS + S), 0);
}
END_TEST

static const struct {
    const char *name;
    struct rate before, after;
    int taken;         /* before */
    int64_t passed_ms; /* until the change, and the next */
    int left;          /* behind it, at once */
} changes[] = {
    {"the same", {60, M}, {60, M}, 50, 0, 10},
    {"more", {60, M}, {100, M}, 60, 0, 40},
    {"fewer", {60, M}, {10, M}, 5, 0, 5},
    {"fewer than were spent", {60, M}, {10, M}, 50, 0, 0},
    {"in another time", {60, M}, {60, D}, 20, 0, 40},
    {"what came back before counts", {60, M}, {100, H}, 60, 30 * S, 70},
    {"the largest into the largest", {1000000, D}, {1000000, S}, 0, 0, 1000000},
};

START_TEST(another_rate_keeps_what_was_spent)
{
    struct allowance allowance;
    int64_t now_ms = START_MS + changes[_i].passed_ms;
    int left = 0;
    allowance_init(&allowance, &changes[_i].before, START_MS);
    for (int n = 0; n < changes[_i].taken; n++)
        ck_assert_int_eq(allowance_take(&allowance, START_MS), 0);
    allowance_change(&allowance, &changes[_i].after, now_ms);
    while (allowance_take(&allowance, now_ms) == 0)
        left++;
    ck_assert_msg(left == changes[_i].left, "%s: %d", changes[_i].name, left);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("allowance");
    TCase *tc = tcase_create("allowance");
    tcase_add_loop_test(tc, a_request_may_be_made_or_waits, 0, ROWS(rows));
    tcase_add_test(tc, they_come_back_evenly);
    tcase_add_test(tc, who_is_refused_loses_nothing);
    tcase_add_loop_test(tc, another_rate_keeps_what_was_spent, 0, ROWS(changes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
