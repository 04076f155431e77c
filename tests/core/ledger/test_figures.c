/* The last hour and the last day in numbers. */
#include "ledger/figures.h"
#include "unit.h"

#define MINUTE INT64_C(60000)
/* 2026-11-29T06:00:00Z */
#define MORNING INT64_C(1795932000000)

static struct figures figures;

static struct exchange_record record_at(int64_t end_ms)
{
    struct exchange_record record;
    exchange_record_init(&record);
    record.duration_ms = 500;
    record.begun_at_ms = end_ms - record.duration_ms;
    return record;
}

static void count(int64_t end_ms, const char *class, bool local, int64_t ttft_ms)
{
    struct exchange_record record = record_at(end_ms);
    record.class = class;
    record.local = local;
    record.ttft_ms = ttft_ms;
    figures_add(&figures, &record);
}

static json_t *told(int64_t now_ms, bool latest)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    struct jsonwrite w = jsonwrite_to(&out);
    jsonwrite_open(&w, NULL, '{');
    figures_write(&figures, now_ms, latest, &w);
    jsonwrite_close(&w, '}');
    ck_assert_int_eq(w.r, 0);
    json_t *json = json_loadb(out.data, out.len, 0, NULL);
    ck_assert_ptr_nonnull(json);
    buf_done(&out);
    return json;
}

/* "hour.total.requests" */
static json_int_t number(const json_t *json, const char *path)
{
    char part[64];
    while (*path) {
        size_t len = strcspn(path, ".");
        memcpy(part, path, len);
        part[len] = '\0';
        json = json_is_array(json) ? json_array_get(json, (size_t)(part[0] - '0'))
                                   : json_object_get(json, part);
        ck_assert_msg(json != NULL, "no %s", part);
        path += len + (path[len] == '.');
    }
    ck_assert(json_is_integer(json));
    return json_integer_value(json);
}

static void begin(void)
{
    memset(&figures, 0, sizeof(figures));
}

START_TEST(counts_each_kind)
{
    struct exchange_record record = record_at(MORNING);
    record.fallback = "server";
    record.local = true;
    record.ttft_ms = 100;
    record.prompt_tokens = 7;
    record.completion_tokens = 3;
    figures_add(&figures, &record);
    count(MORNING, "ok", false, 10);
    count(MORNING, "network", false, -1);
    count(MORNING, "cancelled", false, 5);
    count(MORNING, "policy", false, 5);
    json_t *json = told(MORNING, false);
    static const struct {
        const char *path;
        json_int_t value;
    } rows[] = {{"hour.total.requests", 5},
                {"hour.total.fallbacks", 1},
                {"hour.total.errors", 1},
                {"hour.total.local", 1},
                {"hour.total.cloud", 1},
                {"hour.total.prompt_tokens.local", 7},
                {"hour.total.prompt_tokens.cloud", 0},
                {"hour.total.completion_tokens.local", 3},
                {"hour.buckets.0.requests", 5},
                {"day.total.requests", 5},
                {"day.buckets.0.requests", 5},
                {"hour.step_s", 60},
                {"day.step_s", 900}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(number(json, rows[i].path) == rows[i].value, "%s is %lld", rows[i].path,
                      (long long)number(json, rows[i].path));
    json_decref(json);
}
END_TEST

START_TEST(forgets_what_is_older)
{
    for (int minute = 0; minute < 200; minute++)
        count(MORNING + minute * MINUTE, "ok", false, 1);
    json_t *json = told(MORNING + 199 * MINUTE, false);
    ck_assert_int_eq(number(json, "hour.total.requests"), 60);
    ck_assert_int_eq(number(json, "day.total.requests"), 200);
    ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(json, "hour"), "buckets")),
                      60);
    ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(json, "day"), "buckets")),
                      14);
    json_decref(json);
    json = told(MORNING + 250 * MINUTE, false); /* nobody asked anything since */
    ck_assert_int_eq(number(json, "hour.total.requests"), 9);
    json_decref(json);
    json = told(MORNING + 3000 * MINUTE, false);
    ck_assert_int_eq(number(json, "day.total.requests"), 0);
    json_decref(json);
}
END_TEST

START_TEST(tells_the_latest_two)
{
    count(MORNING - 5 * MINUTE, "ok", false, 1);
    count(MORNING - MINUTE, "ok", false, 1);
    count(MORNING, "ok", false, 1);
    json_t *json = told(MORNING, true);
    ck_assert_int_eq(number(json, "hour.total.requests"), 3);
    ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(json, "hour"), "buckets")),
                      2);
    json_decref(json);
}
END_TEST

START_TEST(keeps_to_a_clock_that_is_set_back)
{
    count(MORNING + 30 * MINUTE, "ok", false, 1);
    count(MORNING, "ok", false, 1);
    json_t *json = told(MORNING + 30 * MINUTE, false);
    ck_assert_int_eq(number(json, "hour.total.requests"), 2);
    json_decref(json);
    count(MORNING - 600 * MINUTE, "ok", false, 1); /* by more than the ring is long */
    json = told(MORNING - 600 * MINUTE, false);
    ck_assert_int_eq(number(json, "hour.total.requests"), 1);
    json_decref(json);
    begin();
    count(5, "ok", false, 1); /* it was never set */
    json = told(5, false);
    ck_assert_int_eq(number(json, "hour.total.requests"), 0);
    json_decref(json);
}
END_TEST

/* A percentile is off by an eighth at most: each doubling has four steps, told by their middle. */
START_TEST(finds_percentiles)
{
    static const int64_t times[] = {0, 1, 3, 4, 7, 8, 63, 1000, 4097, 60000, 400000};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        begin();
        count(MORNING, "ok", false, times[i]);
        json_t *json = told(MORNING, false);
        json_int_t found = number(json, "hour.total.ttft_p50_ms");
        ck_assert_msg(found >= times[i] - times[i] / 8 && found <= times[i] + times[i] / 8,
                      "%lld is told as %lld", (long long)times[i], (long long)found);
        json_decref(json);
    }
    begin();
    for (int64_t i = 1; i <= 100; i++)
        count(MORNING, "ok", false, i * 10);
    json_t *json = told(MORNING, false);
    ck_assert_int_eq(number(json, "hour.total.ttft_p50_ms"), 479); /* of 448 to 511 */
    ck_assert_int_eq(number(json, "hour.total.ttft_p95_ms"), 959); /* of 896 to 1023 */
    json_decref(json);
    begin();
    count(MORNING, "ok", false, INT64_C(1) << 40);
    count(MORNING, "network", false, -1);
    json = told(MORNING, false);
    ck_assert_int_gt(number(json, "hour.total.ttft_p50_ms"), 1835000); /* where the last begins */
    json_decref(json);
    begin();
    json = told(MORNING, false);
    ck_assert(json_is_null(
        json_object_get(json_object_get(json_object_get(json, "hour"), "total"), "ttft_p50_ms")));
    json_decref(json);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("figures");
    TCase *tc = tcase_create("figures");
    tcase_add_checked_fixture(tc, begin, NULL);
    tcase_add_test(tc, counts_each_kind);
    tcase_add_test(tc, forgets_what_is_older);
    tcase_add_test(tc, tells_the_latest_two);
    tcase_add_test(tc, keeps_to_a_clock_that_is_set_back);
    tcase_add_test(tc, finds_percentiles);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
