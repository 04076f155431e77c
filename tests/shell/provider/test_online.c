/* When a check is made, what its end means, and who is told; with a pretended network. */
#include "../pretend_upstream.h"
#include "base/shared_config.h"
#include "provider/online.h"
#include "record/log.h"
#include "record/metrics.h"

static void end(int status, int proxy_status)
{
    ck_assert_ptr_nonnull(wire.call);
    wire.call->proxy_status = proxy_status;
    wire_end(status, NULL);
}

static char check_url[] = "http://check.example/", name[] = "cloud", proxy[] = "http://proxy:1";
static char *priority[] = {name, NULL};
static struct config_provider providers[1];
static struct config config, newer;
static struct shared_config shared = {.config = &config}, later = {.config = &newer};
static struct shared_config *in_effect = &shared;
static struct online *online;
static int went_offline;

static void on_offline(void *arg)
{
    ck_assert_ptr_eq(arg, &wire);
    went_offline++;
}

static void setup(void)
{
    log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    ck_assert_int_eq(loop_init(&loop), 0);
    metrics_setup();
    atomic_init(&shared.users, 1);
    atomic_init(&later.users, 1);
    providers[0] = (struct config_provider){.name = name};
    config = (struct config){
        .connectivity = {.check_url = check_url, .timeout_ms = 60000, .interval_ms = 600000},
        .providers = providers,
        .provider_count = 1};
    config.route.priority.at = priority;
    config.route.priority.count = 1;
    newer = config;
    online_setup(&config);
}

static void begin(void)
{
    online = online_new(&wire, &in_effect, on_offline, &wire);
}

static void teardown(void)
{
    online_free(online);
    ck_assert_ptr_null(wire.call);
    ck_assert_int_eq(atomic_load(&shared.users), 1);
    ck_assert_int_eq(atomic_load(&later.users), 1);
    loop_done(&loop);
}

START_TEST(at_the_start_it_is_looked_at_and_nobody_waits)
{
    begin();
    ck_assert_int_eq(wire.started, 1);
    ck_assert_str_eq(wire.call->request.method, "HEAD");
    ck_assert_str_eq(wire.call->request.url, check_url);
    ck_assert(wire.call->request.own_connection);
    ck_assert_int_eq(wire.call->request.way.connect_timeout_ms, 60000);
    ck_assert(!online_is_offline(online));
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(the_check_takes_the_way_of_the_requests)
{
    providers[0].proxy = proxy;
    begin();
    ck_assert_str_eq(wire.call->request.way.proxy, proxy);
}
END_TEST

static const struct {
    const char *name;
    int status, proxy_status;
    bool offline;
} ends[] = {
    {"an answer", 200, 0, false},
    {"an error is one, too", 503, 0, false},
    {"a proxy's refusal", 0, 407, false},
    {"no answer", 0, 0, true},
};

START_TEST(the_end_of_a_check_is_the_finding)
{
    begin();
    end(ends[_i].status, ends[_i].proxy_status);
    ck_assert_msg(online_is_offline(online) == ends[_i].offline, "%s", ends[_i].name);
    ck_assert_int_eq(metrics_value(METRIC_ONLINE, NULL), !ends[_i].offline);
    ck_assert_int_eq(went_offline, ends[_i].offline);
}
END_TEST

START_TEST(a_check_that_takes_too_long_found_nobody)
{
    begin();
    pass(60000);
    ck_assert_ptr_null(wire.call);
    ck_assert(online_is_offline(online));
    ck_assert_int_eq(went_offline, 1);
}
END_TEST

START_TEST(while_offline_it_is_looked_at_again_without_a_request)
{
    begin();
    end(0, 0);
    pass(599999);
    ck_assert_int_eq(wire.started, 1);
    pass(1);
    ck_assert_int_eq(wire.started, 2);
    ck_assert(online_is_offline(online)); /* until it is found otherwise */
    end(0, 0);
    pass(600000);
    ck_assert_int_eq(wire.started, 3);
    end(204, 0);
    ck_assert(!online_is_offline(online));
    ck_assert_uint_eq(loop.timer_count, 0);
    ck_assert_int_eq(went_offline, 1);
}
END_TEST

START_TEST(online_it_is_looked_at_when_a_request_comes_after_an_interval_or_an_attempt_failed)
{
    begin();
    end(200, 0);
    pass(1001);
    ck_assert(!online_is_offline(online));
    ck_assert_int_eq(wire.started, 1);
    online_suspect(online);
    online_suspect(online);
    ck_assert_int_eq(wire.started, 2);
    end(200, 0);
    pass(600000);
    ck_assert_int_eq(wire.started, 2);
    ck_assert(!online_is_offline(online));
    ck_assert_int_eq(wire.started, 3);
}
END_TEST

static void end_for_want_of_a_descriptor(void)
{
    wire.call->request.events->end(wire.call->request.arg, TRANSPORT_NO_DESCRIPTOR);
}

START_TEST(a_check_that_could_not_be_made_found_nothing)
{
    begin();
    end_for_want_of_a_descriptor();
    ck_assert_int_eq(went_offline, 0);
    ck_assert(!online_is_offline(online)); /* which asks anew, as nothing is known */
    ck_assert_int_eq(wire.started, 2);
    end(0, 0);
    ck_assert(online_is_offline(online));
    pass(600000);
    end_for_want_of_a_descriptor();
    ck_assert_int_eq(metrics_value(METRIC_ONLINE, NULL), 0);
    ck_assert_int_eq(wire.started, 3);
    pass(600000);
    ck_assert_int_eq(wire.started, 4);
    end(200, 0);
    ck_assert(!online_is_offline(online));
}
END_TEST

START_TEST(an_answer_of_a_provider_ends_it_and_is_told_once)
{
    begin();
    end(0, 0);
    online_answered(online);
    ck_assert(!online_is_offline(online));
    ck_assert_int_eq(metrics_value(METRIC_ONLINE, NULL), 1);
    ck_assert_uint_eq(loop.timer_count, 0);
    ck_assert_int_eq(went_offline, 1);
}
END_TEST

START_TEST(a_check_that_an_answer_contradicts_counts_for_nothing)
{
    begin();
    online_answered(online);
    end(0, 0);
    ck_assert(!online_is_offline(online));
    ck_assert_int_eq(went_offline, 0);
}
END_TEST

START_TEST(without_a_url_nothing_is_checked)
{
    config.connectivity.check_url = NULL;
    online_setup(&config);
    begin();
    online_suspect(online);
    ck_assert_int_eq(wire.started, 0);
    ck_assert(!online_is_offline(online));
}
END_TEST

START_TEST(what_was_found_by_other_settings_is_not_taken)
{
    begin();
    online_setup(&newer); /* others are in effect, and this worker is about to get them */
    end(0, 0);
    ck_assert(!online_is_offline(online));
    ck_assert_int_eq(wire.started, 1);
    in_effect = &later;
    online_configure(online);
    ck_assert_int_eq(wire.started, 2);
    end(0, 0);
    ck_assert(online_is_offline(online));
}
END_TEST

START_TEST(after_a_sleep_nothing_is_known_and_it_is_looked_at_once)
{
    begin();
    end(0, 0);
    online_forget(online);
    ck_assert(!online_is_offline(online));
    ck_assert_int_eq(metrics_value(METRIC_ONLINE, NULL), 1);
    ck_assert_int_eq(wire.started, 2);
    online_forget(online); /* also while a check is under way, which is given up */
    ck_assert_int_eq(wire.started, 3);
}
END_TEST

START_TEST(what_one_worker_found_counts_for_the_other)
{
    begin();
    struct upstream_call *call = wire.call;
    wire.call = NULL;
    struct online *second = online_new(&wire, &in_effect, on_offline, &wire);
    ck_assert_int_eq(wire.started, 1); /* one check for both */
    wire.call = call;
    end(0, 0);
    ck_assert(online_is_offline(second));
    online_answered(second);
    ck_assert(!online_is_offline(online));
    online_free(second);
}
END_TEST

START_TEST(a_worker_that_goes_while_it_checks_leaves_the_check_to_another)
{
    begin();
    struct upstream_call *call = wire.call;
    wire.call = NULL;
    struct online *second = online_new(&wire, &in_effect, on_offline, &wire);
    wire.call = call;
    online_free(online);
    online = second;
    ck_assert(!online_is_offline(online));
    ck_assert_int_eq(wire.started, 2);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("online");
    TCase *tc = tcase_create("online");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, at_the_start_it_is_looked_at_and_nobody_waits);
    tcase_add_test(tc, the_check_takes_the_way_of_the_requests);
    tcase_add_loop_test(tc, the_end_of_a_check_is_the_finding, 0, ROWS(ends));
    tcase_add_test(tc, a_check_that_takes_too_long_found_nobody);
    tcase_add_test(tc, while_offline_it_is_looked_at_again_without_a_request);
    tcase_add_test(
        tc, online_it_is_looked_at_when_a_request_comes_after_an_interval_or_an_attempt_failed);
    tcase_add_test(tc, a_check_that_could_not_be_made_found_nothing);
    tcase_add_test(tc, an_answer_of_a_provider_ends_it_and_is_told_once);
    tcase_add_test(tc, a_check_that_an_answer_contradicts_counts_for_nothing);
    tcase_add_test(tc, without_a_url_nothing_is_checked);
    tcase_add_test(tc, what_was_found_by_other_settings_is_not_taken);
    tcase_add_test(tc, after_a_sleep_nothing_is_known_and_it_is_looked_at_once);
    tcase_add_test(tc, what_one_worker_found_counts_for_the_other);
    tcase_add_test(tc, a_worker_that_goes_while_it_checks_leaves_the_check_to_another);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
