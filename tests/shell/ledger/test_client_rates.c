/* What is left of a client's requests, over reloads, too. */
#include "config_case.h"
#include "ledger/client_rates.h"

#define START_MS INT64_C(1000000)

static struct config_case with(const char *file, int64_t now_ms)
{
    struct config_case test = config_case_load(file, NULL, NULL);
    ck_assert_int_eq(test.r, 0);
    client_rates_configure(test.config, now_ms);
    return test;
}

static int64_t take(const struct config_case *test, const char *name, int64_t now_ms)
{
    const struct config_token *token = config_token_by_name(test->config, text_of(name));
    ck_assert_ptr_nonnull(token);
    return client_rates_take(token, now_ms);
}

START_TEST(each_client_has_its_own)
{
    struct config_case test = with("[token a]\nsecret = a\nrequests = 1/m\n[token b]\nsecret = b\n"
                                   "requests = 2/m\n[token c]\nsecret = c\n",
                                   START_MS);
    ck_assert_int_eq(take(&test, "a", START_MS), 0);
    ck_assert_int_eq(take(&test, "a", START_MS), 60000);
    ck_assert_int_eq(take(&test, "b", START_MS), 0);
    ck_assert_int_eq(take(&test, "b", START_MS), 0);
    ck_assert_int_eq(take(&test, "b", START_MS), 30000);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(take(&test, "c", START_MS), 0);
    config_case_done(&test);
    client_rates_done();
}
END_TEST

static const struct {
    const char *name;
    const char *after;
    int64_t wait_ms;
} rows[] = {
    {"as it was", "[token a]\nsecret = a\nrequests = 2/m\n", 30000},
    {"beside others, with another secret",
     "[token x]\nsecret = x\nrequests = 9/s\n[token a]\nsecret = z\nrequests = 2/m\n", 30000},
    {"more", "[token a]\nsecret = a\nrequests = 3/m\n", 0},
    {"no limit any more", "[token a]\nsecret = a\n", 0},
};

START_TEST(a_reload_keeps_what_was_spent)
{
    struct config_case before = with("[token a]\nsecret = a\nrequests = 2/m\n", START_MS);
    ck_assert_int_eq(take(&before, "a", START_MS), 0);
    ck_assert_int_eq(take(&before, "a", START_MS), 0);
    struct config_case after = with(rows[_i].after, START_MS);
    int64_t wait_ms = take(&after, "a", START_MS);
    ck_assert_msg(wait_ms == rows[_i].wait_ms, "%s: %lld", rows[_i].name, (long long)wait_ms);
    /* An exchange that began before goes by the one that is in effect. */
    if (wait_ms > 0)
        ck_assert_int_eq(take(&before, "a", START_MS), wait_ms);
    config_case_done(&before);
    config_case_done(&after);
    client_rates_done();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("client_rates");
    TCase *tc = tcase_create("client_rates");
    tcase_add_test(tc, each_client_has_its_own);
    tcase_add_loop_test(tc, a_reload_keeps_what_was_spent, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
