/* When a service manager is told, and what; the loop's time is moved by hand. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/notice.h"
#include "config_case.h"
#include "daemon/telltale.h"
#include "provider/health.h"
#include "provider/online.h"
#include "record/log.h"
#include "record/metrics.h"

static int manager = -1;
static struct loop loop;
static struct shared_config *shared;
static struct telltale telltale;

static void listen_as_manager(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64];
    int n = snprintf(name, sizeof(name), "@understudy-telltale-%d", (int)getpid());
    memcpy(address.sun_path + 1, name + 1, (size_t)n - 1);
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n);
    ck_assert_int_eq(bind(manager, (struct sockaddr *)&address, len), 0);
    (void)setenv("NOTIFY_SOCKET", name, 1);
}

/* The sentence without its times; "" = none was told. */
static const char *told(void)
{
    static char text[1024];
    ssize_t n = recv(manager, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    for (char *since; (since = strstr(text, " since "));)
        memmove(since, since + strlen(" since 14:02"), strlen(since + strlen(" since 14:02")) + 1);
    return text;
}

static void setup(void)
{
    struct config_case loaded = config_case_load("", NULL, NULL);
    ck_assert_int_eq(loaded.r, 0);
    config_errors_done(&loaded.errors);
    listen_as_manager();
    log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    metrics_setup();
    ck_assert_int_eq(loop_init(&loop), 0);
    loop.now_ms = 100000;
    shared = shared_config_new_take(loaded.config);
    health_configure(shared->config);
    online_setup(shared->config);
    ck_assert_int_eq(telltale_init(&telltale, &loop, &shared, "127.0.0.1:11411"), 0);
}

static void teardown(void)
{
    telltale_done(&telltale);
    shared_config_unref(shared);
    loop_done(&loop);
    health_done();
    close(manager);
    (void)unsetenv("NOTIFY_SOCKET");
}

/* The first provider's breaker opens. */
static void break_the_first(void)
{
    const struct config_provider *first = config_priority_at(shared->config, 0);
    for (int i = 0; i < shared->config->breaker.failures; i++)
        health_ended(first, health_allow(first, loop.now_ms), FAILURE_NETWORK, 0, loop.now_ms);
}

/* What a turn of the loop would do with the bell. */
static bool rung(void)
{
    uint64_t count = 0;
    return read(telltale.bell.fd, &count, sizeof(count)) == sizeof(count);
}

START_TEST(at_the_start_it_is_told_where_it_serves)
{
    ck_assert_str_eq(told(), "STATUS=serving on 127.0.0.1:11411");
    ck_assert_str_eq(told(), "");
}
END_TEST

START_TEST(a_breaker_that_opens_rings_and_is_told)
{
    (void)told();
    break_the_first();
    ck_assert(rung());
    loop.now_ms += 1000;
    telltale_look(&telltale);
    ck_assert_str_eq(told(), "STATUS=serving; openai fails, Ollama answers");
}
END_TEST

START_TEST(what_stays_as_it_was_is_not_told_again)
{
    (void)told();
    for (int i = 0; i < 5; i++) {
        loop.now_ms += 5000;
        telltale_look(&telltale);
    }
    ck_assert_str_eq(told(), "");
}
END_TEST

START_TEST(a_second_has_to_pass_between_two_sentences)
{
    (void)told();
    loop.now_ms += 999;
    break_the_first();
    telltale_look(&telltale);
    ck_assert_str_eq(told(), "");
    ck_assert_int_eq(telltale.again.at_ms, loop.now_ms + 1);
    loop.now_ms = telltale.again.at_ms;
    telltale.again.due(&telltale.again);
    ck_assert_str_eq(told(), "STATUS=serving; openai fails, Ollama answers");
}
END_TEST

START_TEST(offline_is_told_and_online_again)
{
    (void)told();
    metrics_gauge_set(METRIC_ONLINE, NULL, 0);
    loop.now_ms += 1000;
    telltale_look(&telltale);
    ck_assert_str_eq(told(), "STATUS=serving; cloud offline, Ollama answers");
    metrics_gauge_set(METRIC_ONLINE, NULL, 1);
    loop.now_ms += 1000;
    telltale_look(&telltale);
    ck_assert_str_eq(told(), "STATUS=serving on 127.0.0.1:11411");
}
END_TEST

START_TEST(since_when_stays_while_it_is_so)
{
    break_the_first();
    loop.now_ms += 1000;
    telltale_look(&telltale);
    (void)snprintf(telltale.seen[0].since, STANDING_TIME_MAX, "03:04");
    loop.now_ms += 60000;
    telltale_look(&telltale);
    ck_assert_str_eq(telltale.seen[0].since, "03:04");
}
END_TEST

START_TEST(the_end_is_told_and_looked_at_each_second)
{
    (void)told();
    metrics_gauge_add(METRIC_INFLIGHT, NULL, 2);
    telltale.stopping = true;
    loop.now_ms += 1000;
    telltale_look(&telltale);
    ck_assert_str_eq(told(), "STATUS=stopping; 2 answers are under way");
    metrics_gauge_add(METRIC_INFLIGHT, NULL, -1);
    ck_assert_int_eq(telltale.again.at_ms, loop.now_ms + 1000);
    loop.now_ms = telltale.again.at_ms;
    telltale.again.due(&telltale.again);
    ck_assert_str_eq(told(), "STATUS=stopping; 1 answer is under way");
    metrics_gauge_add(METRIC_INFLIGHT, NULL, -1);
}
END_TEST

START_TEST(without_a_manager_it_is_known_all_the_same)
{
    struct telltale alone;
    (void)told();
    (void)unsetenv("NOTIFY_SOCKET");
    ck_assert_int_eq(telltale_init(&alone, &loop, &shared, "x"), 0);
    ck_assert_str_eq(alone.told, "serving on x");
    ck_assert_str_eq(told(), "");
    telltale_done(&alone);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("telltale");
    TCase *tc = tcase_create("sentences");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, at_the_start_it_is_told_where_it_serves);
    tcase_add_test(tc, a_breaker_that_opens_rings_and_is_told);
    tcase_add_test(tc, what_stays_as_it_was_is_not_told_again);
    tcase_add_test(tc, a_second_has_to_pass_between_two_sentences);
    tcase_add_test(tc, offline_is_told_and_online_again);
    tcase_add_test(tc, since_when_stays_while_it_is_so);
    tcase_add_test(tc, the_end_is_told_and_looked_at_each_second);
    tcase_add_test(tc, without_a_manager_it_is_known_all_the_same);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
