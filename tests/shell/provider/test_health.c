/* What the whole process knows of a provider, kept by its name. */
#include "provider/health.h"
#include "record/log.h"
#include "record/metrics.h"
#include "unit.h"

static char name_a[] = "a", name_b[] = "b";
static struct config_provider providers[] = {{.name = name_a, .max_inflight = 2}, {.name = name_b}};
static const struct config_provider *const a = &providers[0], *const b = &providers[1];
static struct config config = {.providers = providers, .provider_count = 2};

static void setup(void)
{
    log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    config.breaker.failures = 2;
    config.breaker.open_for_ms = 1000;
    health_configure(&config);
}

static void teardown(void)
{
    health_done();
}

static void attempt(const struct config_provider *provider, enum failure failure, int64_t now_ms)
{
    struct breaker_pass pass = health_allow(provider, now_ms);
    ck_assert_int_ne(pass.permit, BREAKER_REFUSED);
    health_ended(provider, pass, failure, failure == FAILURE_NONE ? 200 : 503, now_ms);
}

START_TEST(failures_in_a_row_close_one_provider_and_no_other)
{
    attempt(a, FAILURE_NETWORK, 100);
    ck_assert_int_eq(health_retry_in_ms(a, 100), 0);
    attempt(a, FAILURE_NETWORK, 100);
    ck_assert_int_eq(health_retry_in_ms(a, 100), 1000);
    ck_assert_int_eq(health_state(a, 100).breaker, BREAKER_OPEN);
    ck_assert_int_eq(health_allow(a, 100).permit, BREAKER_REFUSED);
    ck_assert_int_eq(health_retry_in_ms(b, 100), 0);
    ck_assert_int_eq(health_state(b, 100).breaker, BREAKER_CLOSED);
}
END_TEST

START_TEST(a_reload_keeps_what_is_known)
{
    attempt(a, FAILURE_NETWORK, 100);
    attempt(a, FAILURE_NETWORK, 100);
    ck_assert(health_enter(a));
    health_configure(&config);
    ck_assert_int_eq(health_state(a, 100).breaker, BREAKER_OPEN);
    ck_assert_int_eq(health_state(a, 100).inflight, 1);
}
END_TEST

START_TEST(what_has_no_responses_is_asked_for_them_again_after_an_hour)
{
    const int64_t hour_ms = 60 * 60 * 1000;
    const struct config_provider has = {.name = name_a, .responses = true};
    ck_assert(health_has_responses(&has, 0));
    health_note_no_responses(&has, 7);
    ck_assert(!health_has_responses(&has, 7));
    ck_assert(!health_has_responses(&has, hour_ms + 6));
    ck_assert(health_has_responses(&has, hour_ms + 7));
    ck_assert(!health_has_responses(b, hour_ms + 7)); /* by its settings */
}
END_TEST

START_TEST(a_provider_is_known_by_its_name_whatever_settings_it_stands_in)
{
    char same_name[] = "a";
    const struct config_provider reloaded = {.name = same_name, .max_inflight = 2};
    ck_assert(health_enter(a));
    ck_assert_int_eq(health_state(&reloaded, 0).inflight, 1);
    health_leave(&reloaded);
    ck_assert_int_eq(health_state(a, 0).inflight, 0);
}
END_TEST

START_TEST(places_are_given_up_to_max_inflight)
{
    ck_assert(health_enter(a));
    ck_assert(health_enter(a));
    ck_assert(!health_enter(a));
    ck_assert_int_eq(health_state(a, 0).inflight, 2);
    health_leave(a);
    ck_assert(health_enter(a));
}
END_TEST

START_TEST(without_a_limit_all_are_let_in_and_counted)
{
    for (int i = 0; i < 100; i++)
        ck_assert(health_enter(b));
    ck_assert_int_eq(health_state(b, 0).inflight, 100);
}
END_TEST

START_TEST(the_retries_of_one_provider_are_not_those_of_another)
{
    int allowed[] = {0, 0};
    providers[0].retry.budget = providers[1].retry.budget = 0.1;
    for (int i = 0; i < 1000 && health_may_retry(a, 100); i++, allowed[0]++)
        health_count_retry(a, 100);
    ck_assert_int_gt(allowed[0], 0);
    ck_assert_int_lt(allowed[0], 1000);
    ck_assert(health_may_retry(b, 100));
    for (int i = 0; i < 1000; i++)
        health_count_request(a, 100);
    ck_assert(health_may_retry(a, 100));
}
END_TEST

START_TEST(times_are_kept_for_each_provider_model_and_kind_of_answer)
{
    for (int i = 0; i < 20; i++)
        health_note_time(a, "m", HEALTH_STREAM, 300);
    ck_assert_int_gt(health_usual_ms(a, "m", HEALTH_STREAM), 0);
    ck_assert_int_eq(health_usual_ms(a, "m", HEALTH_WHOLE), 0);
    ck_assert_int_eq(health_usual_ms(a, "n", HEALTH_STREAM), 0);
    ck_assert_int_eq(health_usual_ms(b, "m", HEALTH_STREAM), 0);
}
END_TEST

START_TEST(the_time_of_a_name_that_is_too_long_is_nobody_elses)
{
    char name[5000], longer[5001];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    (void)snprintf(longer, sizeof(longer), "%sy", name);
    for (int i = 0; i < 20; i++)
        health_note_time(a, name, HEALTH_STREAM, 300);
    ck_assert_int_eq(health_usual_ms(a, longer, HEALTH_STREAM), 0);
}
END_TEST

static char url[] = "http://127.0.0.1:1", key_one[] = "sk-secret-1", key_two[] = "sk-secret-2";
static char *keys[] = {key_one, key_two, NULL};

static void give_keys(size_t count)
{
    providers[0].kind = &kind_openai;
    providers[0].base_url = url;
    providers[0].api_keys = (struct strings){keys, count};
    health_configure(&config);
}

static void take_keys(void)
{
    providers[0].api_keys = (struct strings){0};
}

static int aside(const char *key)
{
    const char *labels[] = {"a", key};
    health_tell_metrics(&config, 100);
    return (int)metrics_value(METRIC_KEY_SET_ASIDE, labels);
}

START_TEST(keys_are_known_to_all)
{
    const struct attempt_result no_credit = {.failure = FAILURE_QUOTA, .status = 402};
    give_keys(2);
    ck_assert_uint_eq(health_key(a, 0, 100), 0);
    health_key_refused(a, 0, &no_credit, 100);
    ck_assert_uint_eq(health_key(a, 0, 100), 1);
    ck_assert_uint_eq(health_key(b, 0, 100), 0);
    ck_assert_int_eq(health_keys_back_in_ms(a, 100), 0);
    ck_assert_int_eq(aside("1"), 1);
    ck_assert_int_eq(aside("2"), 0);
    health_configure(&config);
    ck_assert_uint_eq(health_key(a, 0, 100), 1);
    health_key_refused(a, 1, &no_credit, 100);
    ck_assert_int_eq(health_keys_back_in_ms(a, 100), KEYRING_QUOTA_MS);
    ck_assert_uint_eq(health_key(a, 0, 100), KEYRING_NONE);
    ck_assert_uint_eq(health_key_beside(a, 100), 0);
    take_keys();
}
END_TEST

/* Is that on the page of metrics? */
static bool is_told(const char *sample)
{
    struct buf page;
    buf_init(&page, 1 << 20);
    health_tell_metrics(&config, 100);
    ck_assert_int_eq(metrics_print(&page), 0);
    bool found = strstr(page.data, sample) != NULL;
    buf_done(&page);
    return found;
}

/* Else it would count as one that is there, or its breaker stay open for ever. */
START_TEST(of_a_provider_that_is_gone_no_gauge_is_left)
{
    give_keys(2);
    attempt(a, FAILURE_NETWORK, 100);
    attempt(a, FAILURE_NETWORK, 100);
    ck_assert(is_told("breaker_state{provider=\"a\"} 2\n"));
    ck_assert(is_told("key_set_aside{provider=\"a\",key=\"2\"} 0\n"));
    config.providers = &providers[1];
    config.provider_count = 1;
    ck_assert(!is_told("{provider=\"a\""));
    ck_assert(is_told("breaker_state{provider=\"b\"} 0\n"));
    config.providers = providers;
    config.provider_count = 2;
    ck_assert(is_told("breaker_state{provider=\"a\"} 2\n"));
    take_keys();
}
END_TEST

START_TEST(a_gauge_of_a_key_that_is_gone_is_none)
{
    const struct attempt_result no_credit = {.failure = FAILURE_QUOTA, .status = 402};
    give_keys(2);
    health_key_refused(a, 1, &no_credit, 100);
    ck_assert_int_eq(aside("2"), 1);
    give_keys(1);
    ck_assert(is_told("key_set_aside{provider=\"a\",key=\"1\"} 0\n"));
    ck_assert(!is_told("key_set_aside{provider=\"a\",key=\"2\"}"));
    take_keys();
}
END_TEST

static const struct {
    const char *name;
    int status;
    bool spent;
} answers[] = {
    {"a list", 200, false},
    {"no answer", 0, false},
    {"a wrong key", 401, true},
    {"one that may not list them", 403, false},
    {"too many questions", 429, false},
    {"a fault", 500, false},
};

START_TEST(what_is_asked_beside_finds_a_wrong_key)
{
    give_keys(2);
    bool spent = health_key_is_spent(a, 0, answers[_i].status, text_of("{}"), 100);
    ck_assert_msg(spent == answers[_i].spent, "%s", answers[_i].name);
    ck_assert_uint_eq(health_key_beside(a, 100), answers[_i].spent ? 1 : 0);
    /* It ends: with the last one there is none to go on with. */
    ck_assert(!spent || !health_key_is_spent(a, 1, answers[_i].status, text_of("{}"), 100));
    give_keys(1);
    ck_assert(!health_key_is_spent(a, 0, 401, text_of("{}"), 100));
    take_keys();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("health");
    TCase *tc = tcase_create("health");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, failures_in_a_row_close_one_provider_and_no_other);
    tcase_add_test(tc, a_reload_keeps_what_is_known);
    tcase_add_test(tc, what_has_no_responses_is_asked_for_them_again_after_an_hour);
    tcase_add_test(tc, a_provider_is_known_by_its_name_whatever_settings_it_stands_in);
    tcase_add_test(tc, places_are_given_up_to_max_inflight);
    tcase_add_test(tc, without_a_limit_all_are_let_in_and_counted);
    tcase_add_test(tc, the_retries_of_one_provider_are_not_those_of_another);
    tcase_add_test(tc, times_are_kept_for_each_provider_model_and_kind_of_answer);
    tcase_add_test(tc, the_time_of_a_name_that_is_too_long_is_nobody_elses);
    tcase_add_test(tc, keys_are_known_to_all);
    tcase_add_test(tc, of_a_provider_that_is_gone_no_gauge_is_left);
    tcase_add_test(tc, a_gauge_of_a_key_that_is_gone_is_none);
    tcase_add_loop_test(tc, what_is_asked_beside_finds_a_wrong_key, 0, ROWS(answers));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
