/* Where a collector is asked, and what its answer means. */
#include <errno.h>

#include "trace/collector.h"
#include "unit.h"

static const struct {
    const char *otlp;
    const char *url;
    const char *origin;
    bool local;
} rows[] = {
    {"http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces", "http://127.0.0.1:4318", true},
    {"http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces", "http://127.0.0.1:4318", true},
    {"https://otel.example/", "https://otel.example/v1/traces", "https://otel.example", false},
    {"https://otel.example?k=v", "https://otel.example/v1/traces?k=v", "https://otel.example",
     false},
    {"https://otel.example/?k=v", "https://otel.example/v1/traces?k=v", "https://otel.example",
     false},
    {"https://a.example/otlp/v1/traces", "https://a.example/otlp/v1/traces", "https://a.example",
     false},
    {"https://a.example/in?k=v", "https://a.example/in?k=v", "https://a.example", false},
    {"http://[::1]:4318", "http://[::1]:4318/v1/traces", "http://[::1]:4318", true},
    {"http://10.0.0.8:4318", "http://10.0.0.8:4318/v1/traces", "http://10.0.0.8:4318", true},
    {"http://collector:4318", "http://collector:4318/v1/traces", "http://collector:4318", true},
};

START_TEST(where_it_is_asked)
{
    struct buf out;
    buf_init(&out, 100);
    ck_assert_int_eq(collector_url(rows[_i].otlp, &out), 0);
    ck_assert_str_eq(out.data, rows[_i].url);
    buf_done(&out);
    ck_assert(text_equals(collector_origin(rows[_i].otlp), rows[_i].origin));
    ck_assert_msg(collector_is_local(rows[_i].otlp) == rows[_i].local, "%s", rows[_i].otlp);
    for (size_t max = 0; max < strlen(rows[_i].url); max++) {
        buf_init(&out, max);
        ck_assert_int_eq(collector_url(rows[_i].otlp, &out), -EMSGSIZE);
        buf_done(&out);
    }
}
END_TEST

static const struct {
    const char *name;
    int status;
    const char *retry_after; /* NULL = none */
    const char *body;
    enum collector_verdict verdict;
    int64_t rejected, wait_ms;
} answers[] = {
    {"all taken", 200, NULL, "{}", COLLECTOR_TOOK, 0, -1},
    {"without a body", 202, NULL, "", COLLECTOR_TOOK, 0, -1},
    {"some rejected", 200, NULL,
     "{\"partialSuccess\":{\"rejectedSpans\":\"3\",\"errorMessage\":\"x\"}}", COLLECTOR_TOOK, 3,
     -1},
    {"as a number", 200, NULL, "{\"partialSuccess\":{\"rejectedSpans\":3}}", COLLECTOR_TOOK, 3, -1},
    {"a warning", 200, NULL, "{\"partialSuccess\":{\"errorMessage\":\"x\"}}", COLLECTOR_TOOK, 0,
     -1},
    {"less than none", 200, NULL, "{\"partialSuccess\":{\"rejectedSpans\":\"-3\"}}", COLLECTOR_TOOK,
     0, -1},
    {"an odd number", 200, NULL, "{\"partialSuccess\":{\"rejectedSpans\":\"\"}}", COLLECTOR_TOOK, 0,
     -1},
    {"null", 200, NULL, "{\"partialSuccess\":null}", COLLECTOR_TOOK, 0, -1},
    {"no JSON", 200, NULL, "<html>", COLLECTOR_TOOK, 0, -1},
    {"an array", 200, NULL, "[]", COLLECTOR_TOOK, 0, -1},
    {"no answer", 0, NULL, "", COLLECTOR_AGAIN, 0, -1},
    {"too many", 429, NULL, "", COLLECTOR_AGAIN, 0, -1},
    {"too many, with a wait", 429, "7", "", COLLECTOR_AGAIN, 0, 7000},
    {"an endless wait", 503, "86400", "", COLLECTOR_AGAIN, 0, COLLECTOR_WAIT_MAX_MS},
    {"a garbled wait", 503, "soon", "", COLLECTOR_AGAIN, 0, -1},
    {"no way behind it", 502, NULL, "", COLLECTOR_AGAIN, 0, -1},
    {"nor in time", 504, NULL, "", COLLECTOR_AGAIN, 0, -1},
    {"not valid", 400, "7", "", COLLECTOR_REFUSED, 0, -1},
    {"not there", 404, NULL, "", COLLECTOR_REFUSED, 0, -1},
    {"too large", 413, NULL, "", COLLECTOR_REFUSED, 0, -1},
    {"its own fault", 500, NULL, "", COLLECTOR_REFUSED, 0, -1},
    {"elsewhere", 301, NULL, "", COLLECTOR_REFUSED, 0, -1},
};

START_TEST(what_its_answer_means)
{
    const struct collector_answer answer = collector_judge(
        answers[_i].status, text_of(answers[_i].retry_after), text_of(answers[_i].body), 1000);
    ck_assert_msg(answer.verdict == answers[_i].verdict, "%s", answers[_i].name);
    ck_assert_msg(answer.rejected == answers[_i].rejected, "%s", answers[_i].name);
    ck_assert_msg(answer.wait_ms == answers[_i].wait_ms, "%s: %d", answers[_i].name,
                  (int)answer.wait_ms);
}
END_TEST

static const struct {
    int failures;
    double random;
    int64_t wait_ms;
} waits[] = {
    {1, 0, 0},
    {2, 0, 1000},
    {3, 0, 2000},
    {4, 0, 4000},
    {6, 0, 16000},
    {7, 0, 30000},
    {8, 0, 30000},
    {1000000, 0, 30000},
    {2, 0.5, 875},
    {7, 0.5, 26250},
    {1000000, 0.999, 22508},
    {0, 0.5, 0},
};

START_TEST(how_long_it_is_left_alone)
{
    ck_assert_int_eq(collector_backoff_ms(waits[_i].failures, waits[_i].random), waits[_i].wait_ms);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("collector");
    TCase *tc = tcase_create("collector");
    tcase_add_loop_test(tc, where_it_is_asked, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_its_answer_means, 0, ROWS(answers));
    tcase_add_loop_test(tc, how_long_it_is_left_alone, 0, ROWS(waits));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
