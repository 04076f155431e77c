/* Waits between tries: the numbers of tenacity's wait_exponential, and what chance takes away. */
#include <limits.h>

#include "rules/backoff.h"
#include "unit.h"

#define WAITS 6

static const struct {
    const char *name;
    double multiplier;
    int64_t min_wait_ms, max_wait_ms;
    int64_t wait_ms[WAITS]; /* after the first try, the second ... */
} exact[] = {
    {"the defaults", 1.0, 1000, 10000, {1000, 2000, 4000, 8000, 10000, 10000}},
    {"half as long, not below min_wait", 0.5, 1000, 10000, {1000, 1000, 2000, 4000, 8000, 10000}},
    {"twice as long", 2.0, 1000, 60000, {2000, 4000, 8000, 16000, 32000, 60000}},
    {"min_wait holds the first ones up", 1.0, 3000, 10000, {3000, 3000, 4000, 8000, 10000, 10000}},
    {"a multiplier of nothing waits min_wait", 0, 250, 10000, {250, 250, 250, 250, 250, 250}},
    {"no min_wait", 0.001, 0, 10000, {1, 2, 4, 8, 16, 32}},
    {"a part of a millisecond is rounded", 0.0016, 0, 10000, {2, 3, 6, 13, 26, 51}},
    {"max_wait of nothing never waits", 1.0, 1000, 0, {0, 0, 0, 0, 0, 0}},
    {"max_wait wins over min_wait", 1.0, 5000, 3000, {3000, 3000, 3000, 3000, 3000, 3000}},
    {"one wait for all", 1.0, 700, 700, {700, 700, 700, 700, 700, 700}},
};

START_TEST(without_jitter_each_wait_is_exact)
{
    const struct retry_policy policy = {.multiplier = exact[_i].multiplier,
                                        .min_wait_ms = exact[_i].min_wait_ms,
                                        .max_wait_ms = exact[_i].max_wait_ms};
    for (int attempt = 1; attempt <= WAITS; attempt++) {
        int64_t wait_ms = backoff_wait_ms(&policy, attempt, 0.999);
        ck_assert_msg(wait_ms == exact[_i].wait_ms[attempt - 1], "%s: %d: %lld", exact[_i].name,
                      attempt, (long long)wait_ms);
    }
}
END_TEST

static const struct {
    const char *name;
    double jitter, random;
    int attempt;
    int64_t wait_ms;
} shortened[] = {
    {"chance takes nothing", 0.25, 0, 2, 2000},
    {"chance takes half of the share", 0.25, 0.5, 2, 1750},
    {"chance takes nearly all of the share", 0.25, 0.999999, 2, 1501},
    {"below min_wait too", 0.25, 0.5, 1, 875},
    {"of max_wait, when that is the wait", 0.25, 0.5, 9, 8750},
    {"all of the wait may go", 1.0, 0.999999, 1, 1},
    {"a share beyond all of it is all of it", 2.0, 0.9, 3, 0},
    {"a share below nothing takes nothing", -1.0, 0.5, 3, 4000},
};

START_TEST(jitter_shortens_a_wait_by_up_to_its_share)
{
    const struct retry_policy policy = {.multiplier = 1.0,
                                        .min_wait_ms = 1000,
                                        .max_wait_ms = 10000,
                                        .jitter = shortened[_i].jitter};
    int64_t wait_ms = backoff_wait_ms(&policy, shortened[_i].attempt, shortened[_i].random);
    ck_assert_msg(wait_ms == shortened[_i].wait_ms, "%s: %lld", shortened[_i].name,
                  (long long)wait_ms);
}
END_TEST

START_TEST(no_number_of_attempts_leaves_the_limits)
{
    static const int attempts[] = {INT_MIN, -1, 0, 1, 62, 63, 64, 65, 1000, INT_MAX};
    static const double multipliers[] = {0, 1e-300, 1e-9, 1, 1e300};
    static const int64_t longest[] = {-1, 0, 1, 10000, INT64_MAX};
    for (int a = 0; a < ROWS(attempts); a++) {
        for (int m = 0; m < ROWS(multipliers); m++) {
            for (int l = 0; l < ROWS(longest); l++) {
                const struct retry_policy policy = {
                    .multiplier = multipliers[m], .max_wait_ms = longest[l], .jitter = 0.25};
                int64_t wait_ms = backoff_wait_ms(&policy, attempts[a], 0.5);
                int64_t most_ms = longest[l] > 0 ? longest[l] : 0;
                ck_assert_msg(wait_ms >= 0 && wait_ms <= most_ms, "%d * %g: %lld", attempts[a],
                              multipliers[m], (long long)wait_ms);
            }
        }
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("backoff");
    TCase *tc = tcase_create("waits");
    tcase_add_loop_test(tc, without_jitter_each_wait_is_exact, 0, ROWS(exact));
    tcase_add_loop_test(tc, jitter_shortens_a_wait_by_up_to_its_share, 0, ROWS(shortened));
    tcase_add_test(tc, no_number_of_attempts_leaves_the_limits);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
