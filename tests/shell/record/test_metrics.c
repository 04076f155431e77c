/* Numbers go in, Prometheus' text comes out. */
#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "record/metrics.h"
#include "record/turns.h"
#include "text/count.h"
#include "unit.h"

#define LABELS(...) ((const char *const[]){__VA_ARGS__})
#define BUILD_INFO  "\nunderstudy_build_info{version=\"" UNDERSTUDY_VERSION "\"} 1\n"
#define THREADS     4
#define EACH        10000

static struct buf page;

/* The page as it is now. */
static const char *show(void)
{
    buf_reset(&page);
    ck_assert_int_eq(metrics_print(&page), 0);
    return page.data;
}

static void setup(void)
{
    buf_init(&page, 1 << 20);
    metrics_setup();
}

static void teardown(void)
{
    buf_done(&page);
}

static int count_of(const char *text, const char *needle)
{
    int n = 0;
    while ((text = strstr(text, needle)) != NULL) {
        n++;
        text += strlen(needle);
    }
    return n;
}

START_TEST(every_family_is_told_once_before_anything_happened)
{
    static const char *const families[] = {
        "requests_total counter",
        "attempts_total counter",
        "retries_total counter",
        "fallbacks_total counter",
        "request_duration_seconds histogram",
        "loop_turn_seconds histogram",
        "time_to_first_token_seconds histogram",
        "tokens_total counter",
        "breaker_state gauge",
        "online gauge",
        "inflight gauge",
        "open_streams gauge",
        "build_info gauge",
        "log_dropped_total counter",
        "process_cpu_seconds_total counter",
        "process_max_fds gauge",
    };
    const char *text = show();
    for (size_t i = 0; i < COUNT(families); i++) {
        char line[96];
        (void)snprintf(line, sizeof(line), "# TYPE understudy_%s\n", families[i]);
        ck_assert_msg(count_of(text, line) == 1, "%s", line);
    }
}
END_TEST

static const char *const at_start[] = {
    "\nunderstudy_online 1\n",
    "\nunderstudy_inflight 0\n",
    "\nunderstudy_open_streams 0\n",
    BUILD_INFO,
    "\nunderstudy_request_duration_seconds_bucket{le=\"+Inf\"} 0\n",
    "\nunderstudy_time_to_first_token_seconds_count 0\n",
    "\nunderstudy_log_dropped_total 0\n",
};

START_TEST(numbers_without_labels_are_there_from_the_start)
{
    ck_assert_msg(count_of(show(), at_start[_i]) == 1, "%s", at_start[_i]);
}
END_TEST

START_TEST(every_line_is_a_comment_or_one_of_our_samples)
{
    metrics_add(METRIC_TOKENS, LABELS("openai", "gpt-4", "prompt", ""), 12);
    for (const char *line = show(); *line; line = strchr(line, '\n') + 1) {
        ck_assert_ptr_nonnull(strchr(line, '\n'));
        ck_assert_msg(strncmp(line, "# HELP understudy_", 18) == 0 ||
                          strncmp(line, "# TYPE understudy_", 18) == 0 ||
                          strncmp(line, "understudy_", 11) == 0,
                      "%.60s", line);
    }
}
END_TEST

START_TEST(counters_add_up_by_labels)
{
    metrics_add(METRIC_ATTEMPTS, LABELS("openai", "server"), 1);
    metrics_add(METRIC_ATTEMPTS, LABELS("openai", "server"), 2);
    metrics_add(METRIC_ATTEMPTS, LABELS("ollama", "ok"), 1);
    const char *text = show();
    ck_assert_ptr_nonnull(
        strstr(text, "\nunderstudy_attempts_total{provider=\"openai\",class=\"server\"} 3\n"));
    ck_assert_ptr_nonnull(
        strstr(text, "\nunderstudy_attempts_total{provider=\"ollama\",class=\"ok\"} 1\n"));
}
END_TEST

START_TEST(a_counter_has_an_end)
{
    metrics_add(METRIC_ATTEMPTS, LABELS("ollama", "ok"), INT64_MAX);
    metrics_add(METRIC_ATTEMPTS, LABELS("ollama", "ok"), INT64_MAX);
    ck_assert_ptr_nonnull(strstr(show(), "class=\"ok\"} 9223372036854775807\n"));
}
END_TEST

START_TEST(the_border_between_label_values_counts)
{
    metrics_add(METRIC_ATTEMPTS, LABELS("ab", "c"), 1);
    metrics_add(METRIC_ATTEMPTS, LABELS("a", "bc"), 1);
    ck_assert_int_eq(count_of(show(), "understudy_attempts_total{"), 2);
}
END_TEST

START_TEST(gauges_are_set_and_moved)
{
    metrics_gauge_add(METRIC_INFLIGHT, NULL, 3);
    metrics_gauge_add(METRIC_INFLIGHT, NULL, -1);
    metrics_gauge_set(METRIC_ONLINE, NULL, 0);
    metrics_gauge_set(METRIC_BREAKER_STATE, LABELS("openai"), 2);
    const char *text = show();
    ck_assert_ptr_nonnull(strstr(text, "\nunderstudy_inflight 2\n"));
    ck_assert_ptr_nonnull(strstr(text, "\nunderstudy_online 0\n"));
    ck_assert_ptr_nonnull(strstr(text, "\nunderstudy_breaker_state{provider=\"openai\"} 2\n"));
}
END_TEST

START_TEST(histograms_are_cumulative_and_in_seconds)
{
    static const int64_t times_ms[] = {-1, 100, 101, 1500, 999999};
    for (int i = 0; i < 5; i++)
        metrics_observe_ms(METRIC_REQUEST_DURATION, times_ms[i]);
    const char *text = show();
    static const char *const lines[] = {
        "_bucket{le=\"0.1\"} 2\n", "_bucket{le=\"0.25\"} 3\n",
        "_bucket{le=\"1\"} 3\n",   "_bucket{le=\"2.5\"} 4\n",
        "_bucket{le=\"300\"} 4\n", "_bucket{le=\"+Inf\"} 5\n",
        "_sum 1001.700\n",         "_count 5\n",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        char line[128];
        (void)snprintf(line, sizeof(line), "\nunderstudy_request_duration_seconds%s", lines[i]);
        ck_assert_msg(strstr(text, line), "%s in %s", line, text);
    }
}
END_TEST

START_TEST(turns_of_loops_are_counted_where_they_turn_and_told_in_microseconds)
{
    static const char *const lines[] = {"_bucket{le=\"0.0001\"} 3\n",
                                        "_bucket{le=\"0.0025\"} 3\n",
                                        "_bucket{le=\"0.005\"} 4\n",
                                        "_bucket{le=\"1\"} 4\n",
                                        "_bucket{le=\"+Inf\"} 5\n",
                                        "_sum 2.004210\n",
                                        "_count 5\n"};
    struct loop_turns turns = {.counts = {[0] = 3, [5] = 1, [LOOP_TURN_LIMITS] = 1},
                               .sum_us = 2004210};
    turns_join(&turns);
    const char *text = show();
    turns_leave(&turns);
    for (size_t i = 0; i < COUNT(lines); i++) {
        char line[128];
        (void)snprintf(line, sizeof(line), "\nunderstudy_loop_turn_seconds%s", lines[i]);
        ck_assert_msg(strstr(text, line), "%s in %s", line, text);
    }
    ck_assert_int_eq(count_of(text, "loop_turn_seconds_bucket{"), LOOP_TURN_LIMITS + 1);
}
END_TEST

static const char *const limits[] = {"0.01", "0.025", "0.05", "0.1", "0.25", "0.5",
                                     "0.75", "1",     "1.5",  "2.5", "5",    "10",
                                     "20",   "30",    "60",   "120", "300"};

/* How many the bucket of that limit has, of time to the first token. */
static long in_bucket(const char *limit)
{
    char start[96];
    (void)snprintf(start, sizeof(start),
                   "\nunderstudy_time_to_first_token_seconds_bucket{le=\"%s\"} ", limit);
    const char *at = strstr(show(), start);
    ck_assert_msg(at != NULL, "%s", limit);
    return strtol(at + strlen(start), NULL, 10);
}

START_TEST(a_bucket_takes_what_is_as_long_as_its_limit_and_no_more)
{
    int64_t limit_ms = (int64_t)(strtod(limits[_i], NULL) * 1000 + 0.5);
    metrics_observe_ms(METRIC_TIME_TO_FIRST_TOKEN, limit_ms + 1);
    ck_assert_int_eq(in_bucket(limits[_i]), 0);
    metrics_observe_ms(METRIC_TIME_TO_FIRST_TOKEN, limit_ms);
    ck_assert_int_eq(in_bucket(limits[_i]), 1);
    ck_assert_int_eq(count_of(page.data, "first_token_seconds_bucket{"), ROWS(limits) + 1);
}
END_TEST

static const struct {
    const char *name;
    const char *value;
    const char *shown;
} escapes[] = {
    {"a quote", "a\"b", "a\\\"b"},
    {"a backslash", "a\\b", "a\\\\b"},
    {"a line end", "a\nb", "a\\nb"},
    {"letters beyond ASCII stay", "\xc3\xa4", "\xc3\xa4"},
    {"a byte that is no UTF-8", "\xff", "\\\\xff"},
};

START_TEST(label_values_are_escaped)
{
    char line[128];
    metrics_add(METRIC_ATTEMPTS, LABELS(escapes[_i].value, "ok"), 1);
    (void)snprintf(line, sizeof(line), "{provider=\"%s\",class=\"ok\"} 1\n", escapes[_i].shown);
    ck_assert_msg(strstr(show(), line), "%s", escapes[_i].name);
}
END_TEST

START_TEST(beyond_the_limit_all_is_other)
{
    char name[16];
    for (int i = 0; i < METRIC_SERIES_MAX + 100; i++) {
        (void)snprintf(name, sizeof(name), "p%d", i);
        metrics_add(METRIC_ATTEMPTS, LABELS(name, "ok"), 1);
    }
    metrics_add(METRIC_ATTEMPTS, LABELS("p0", "ok"), 1);
    const char *text = show();
    ck_assert_int_eq(count_of(text, "understudy_attempts_total{"), METRIC_SERIES_MAX + 1);
    ck_assert_ptr_nonnull(strstr(text, "{provider=\"other\",class=\"other\"} 100\n"));
    ck_assert_ptr_nonnull(strstr(text, "{provider=\"p0\",class=\"ok\"} 2\n"));
}
END_TEST

START_TEST(a_gauge_that_is_dropped_is_on_no_page_and_may_come_again)
{
    metrics_gauge_set(METRIC_BREAKER_STATE, LABELS("a"), 2);
    metrics_gauge_set(METRIC_BREAKER_STATE, LABELS("b"), 1);
    metrics_gauge_set(METRIC_BREAKER_STATE, LABELS("c"), 1);
    metrics_gauge_drop(METRIC_BREAKER_STATE, LABELS("a"));
    metrics_gauge_drop(METRIC_BREAKER_STATE, LABELS("never there"));
    ck_assert_int_eq(count_of(show(), "understudy_breaker_state{"), 2);
    ck_assert_ptr_null(strstr(page.data, "{provider=\"a\"}"));
    metrics_gauge_set(METRIC_BREAKER_STATE, LABELS("c"), 0);
    metrics_gauge_set(METRIC_BREAKER_STATE, LABELS("a"), 1);
    ck_assert_ptr_nonnull(strstr(show(), "{provider=\"c\"} 0\n"));
    ck_assert_ptr_nonnull(strstr(page.data, "{provider=\"a\"} 1\n"));
    ck_assert_int_eq(count_of(page.data, "understudy_breaker_state{"), 3);
}
END_TEST

static void *count(void *arg)
{
    (void)arg;
    for (int i = 0; i < EACH; i++) {
        metrics_add(METRIC_RETRIES, LABELS("openai", "server"), 1);
        metrics_observe_ms(METRIC_TIME_TO_FIRST_TOKEN, 10);
    }
    return NULL;
}

START_TEST(threads_lose_no_count)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    const char *text = show();
    ck_assert_ptr_nonnull(
        strstr(text, "retries_total{provider=\"openai\",class=\"server\"} 40000\n"));
    ck_assert_ptr_nonnull(strstr(text, "time_to_first_token_seconds_sum 400.000\n"));
}
END_TEST

START_TEST(one_number_or_all_of_a_family_can_be_read)
{
    const char *ok[] = {"reader", "ok"}, *server[] = {"reader", "server"};
    int64_t before = metrics_sum(METRIC_ATTEMPTS);
    ck_assert_int_eq(metrics_value(METRIC_ATTEMPTS, ok), 0);
    metrics_add(METRIC_ATTEMPTS, ok, 2);
    metrics_add(METRIC_ATTEMPTS, server, 3);
    ck_assert_int_eq(metrics_value(METRIC_ATTEMPTS, ok), 2);
    ck_assert_int_eq(metrics_value(METRIC_ATTEMPTS, server), 3);
    ck_assert_int_eq(metrics_sum(METRIC_ATTEMPTS) - before, 5);
    ck_assert_int_eq(metrics_value(METRIC_ONLINE, NULL), 1);
}
END_TEST

START_TEST(a_page_that_does_not_fit_is_an_error)
{
    struct buf small;
    buf_init(&small, (size_t)_i);
    ck_assert_int_eq(metrics_print(&small), -EMSGSIZE);
    buf_done(&small);
}
END_TEST

/* The value of a sample without labels. */
static long value_of(const char *name)
{
    char start[96];
    (void)snprintf(start, sizeof(start), "\nunderstudy_%s ", name);
    const char *at = strstr(show(), start);
    ck_assert_msg(at != NULL, "%s", name);
    return strtol(at + strlen(start), NULL, 10);
}

START_TEST(the_process_is_told_as_the_kernel_sees_it)
{
    ck_assert_int_gt(value_of("process_resident_memory_bytes"), 500000);
    ck_assert_int_lt(labs(value_of("process_start_time_seconds") - time(NULL)), 5);
    long before = value_of("process_open_fds");
    int fd = dup(0);
    ck_assert_int_eq(value_of("process_open_fds"), before + 1);
    close(fd);
    ck_assert_int_eq(value_of("process_open_fds"), before);
    const struct rlimit few = {100, 100};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    ck_assert_int_eq(value_of("process_max_fds"), 100);
}
END_TEST

static double cpu_seconds(void)
{
    struct rusage used;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &used), 0);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

START_TEST(time_on_a_processor_is_told_in_thousandths_of_a_second)
{
    static const char name[] = "\nunderstudy_process_cpu_seconds_total ";
    while (cpu_seconds() < 0.02)
        continue;
    double before = cpu_seconds();
    const char *at = strstr(show(), name);
    ck_assert_ptr_nonnull(at);
    double told = strtod(at + strlen(name), NULL);
    ck_assert_double_ge(told, before - 0.001);
    ck_assert_double_le(told, cpu_seconds());
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("metrics");
    TCase *t = tcase_create("metrics");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, every_family_is_told_once_before_anything_happened);
    tcase_add_loop_test(t, numbers_without_labels_are_there_from_the_start, 0, ROWS(at_start));
    tcase_add_test(t, every_line_is_a_comment_or_one_of_our_samples);
    tcase_add_test(t, counters_add_up_by_labels);
    tcase_add_test(t, a_counter_has_an_end);
    tcase_add_test(t, the_border_between_label_values_counts);
    tcase_add_test(t, gauges_are_set_and_moved);
    tcase_add_test(t, histograms_are_cumulative_and_in_seconds);
    tcase_add_test(t, turns_of_loops_are_counted_where_they_turn_and_told_in_microseconds);
    tcase_add_loop_test(t, a_bucket_takes_what_is_as_long_as_its_limit_and_no_more, 0,
                        ROWS(limits));
    tcase_add_loop_test(t, label_values_are_escaped, 0, ROWS(escapes));
    tcase_add_test(t, beyond_the_limit_all_is_other);
    tcase_add_test(t, a_gauge_that_is_dropped_is_on_no_page_and_may_come_again);
    tcase_add_test(t, threads_lose_no_count);
    tcase_add_test(t, one_number_or_all_of_a_family_can_be_read);
    tcase_add_loop_test(t, a_page_that_does_not_fit_is_an_error, 0, 300);
    tcase_add_test(t, the_process_is_told_as_the_kernel_sees_it);
    tcase_add_test(t, time_on_a_processor_is_told_in_thousandths_of_a_second);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
