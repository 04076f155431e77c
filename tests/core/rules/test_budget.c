/* How many retries a provider's requests allow. */
#include "rules/budget.h"
#include "unit.h"

#define START_MS INT64_C(86400000)

static void count(struct budget *b, int requests, int retries, int64_t now_ms)
{
    for (int i = 0; i < requests; i++)
        budget_request(b, now_ms);
    for (int i = 0; i < retries; i++)
        budget_retry(b, now_ms);
}

static const struct {
    const char *name;
    int requests, retries;
    int64_t passed_ms; /* since then */
    double share;
    bool allowed;
} rows[] = {
    {"the first of all", 0, 0, 0, 0.2, true},
    {"the tenth", 1, 9, 0, 0.2, true},
    {"the eleventh of few requests", 1, 10, 0, 0.2, false},
    {"the tenth where the share alone allows none", 10, 9, 0, 0.01, true},
    {"fifty requests allow no more than ten", 50, 10, 0, 0.2, false},
    {"fifty-four neither", 54, 10, 0, 0.2, false},
    {"fifty-five allow eleven", 55, 10, 0, 0.2, true},
    {"a thousand allow two hundred", 1000, 199, 0, 0.2, true},
    {"and no more", 1000, 200, 0, 0.2, false},
    {"a share that binary fractions miss", 100, 28, 0, 0.29, true},
    {"the same, used up", 100, 29, 0, 0.29, false},
    {"a share of one", 100, 99, 0, 1.0, true},
    {"as many retries as requests", 100, 100, 0, 1.0, false},
    {"no share is no limit", 1, 5000, 0, 0.0, true},
    {"all still count after nine seconds", 1, 10, 9000, 0.2, false},
    {"and just before ten", 1, 10, 9749, 0.2, false},
    {"after ten seconds nothing counts", 1, 10, 10000, 0.2, true},
    {"old requests allow nothing", 1000, 10, 10000, 0.2, true},
    {"nor do those of an hour ago", 1, 10, 3600000, 0.2, true},
};

START_TEST(a_retry_is_allowed_or_not)
{
    struct budget b;
    budget_init(&b);
    count(&b, rows[_i].requests, rows[_i].retries, START_MS);
    bool allowed = budget_retry_allowed(&b, rows[_i].share, START_MS + rows[_i].passed_ms);
    ck_assert_msg(allowed == rows[_i].allowed, "%s", rows[_i].name);
}
END_TEST

START_TEST(requests_grow_old_as_retries_do)
{
    struct budget b;
    budget_init(&b);
    count(&b, 1000, 0, START_MS);
    count(&b, 0, 100, START_MS + 5000);
    ck_assert(budget_retry_allowed(&b, 0.2, START_MS + 9000));
    ck_assert(!budget_retry_allowed(&b, 0.2, START_MS + 10000));
}
END_TEST

START_TEST(a_slot_is_used_again_for_its_new_time)
{
    struct budget b;
    budget_init(&b);
    count(&b, 0, 10, START_MS);
    count(&b, 0, 1, START_MS + 10000);
    ck_assert(budget_retry_allowed(&b, 0.2, START_MS + 10000));
    count(&b, 0, 9, START_MS + 10000);
    ck_assert(!budget_retry_allowed(&b, 0.2, START_MS + 10000));
}
END_TEST

/* Every request fails and is tried three times: the load stays at 1.2 times the requests. */
START_TEST(a_storm_of_failures_stays_within_the_share)
{
    struct budget b;
    int retries = 0;
    budget_init(&b);
    for (int64_t now_ms = START_MS; now_ms < START_MS + 60000; now_ms += 10) {
        budget_request(&b, now_ms);
        for (int i = 0; i < 2; i++) {
            if (!budget_retry_allowed(&b, 0.2, now_ms))
                continue;
            budget_retry(&b, now_ms);
            retries++;
        }
    }
    ck_assert_int_ge(retries, 6000 / 5 - 10);
    ck_assert_int_le(retries, 6000 / 5 + 10);
}
END_TEST

/* The clock starts near 0 after a boot: a slot never written to holds nothing. */
START_TEST(the_first_seconds_of_a_clock)
{
    struct budget b;
    budget_init(&b);
    ck_assert(budget_retry_allowed(&b, 0.2, 0));
    count(&b, 0, 10, 0);
    ck_assert(!budget_retry_allowed(&b, 0.2, 0));
    ck_assert(!budget_retry_allowed(&b, 0.2, 9999));
    ck_assert(budget_retry_allowed(&b, 0.2, 10000));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("budget");
    TCase *tc = tcase_create("budget");
    tcase_add_loop_test(tc, a_retry_is_allowed_or_not, 0, ROWS(rows));
    tcase_add_test(tc, requests_grow_old_as_retries_do);
    tcase_add_test(tc, a_slot_is_used_again_for_its_new_time);
    tcase_add_test(tc, a_storm_of_failures_stays_within_the_share);
    tcase_add_test(tc, the_first_seconds_of_a_clock);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
