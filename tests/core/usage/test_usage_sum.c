/* Rows by keys. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "usage_case.h"

static struct usage_sum sum;

static void teardown(void)
{
    usage_sum_done(&sum);
}

static void begin(const char *by)
{
    struct usage_query query = usage_query_all();
    if (by)
        ck_assert_int_eq(usage_query_by(&query, text_of(by), NULL), 0);
    usage_sum_init(&sum, &query);
}

/* "KEY,KEY=requests;", a row each. */
static const char *rows_of(void)
{
    static char rows[1024];
    struct usage_row **sorted = usage_sum_sorted(&sum);
    ck_assert_ptr_nonnull(sorted);
    rows[0] = '\0';
    for (size_t i = 0; sorted[i]; i++) {
        for (size_t j = 0; j < sum.query.by_count; j++)
            (void)snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows), "%s%.*s", j ? "," : "",
                           TEXT_ARG(sorted[i]->key[j]));
        (void)snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows), "=%" PRId64 ";",
                       sorted[i]->sum[USAGE_REQUESTS]);
    }
    free(sorted);
    return rows;
}

static void add_some(void)
{
    static const struct {
        int64_t day;
        const char *provider, *model, *client;
    } some[] = {
        {1, "openai", "gpt-4", "bob"},  {0, "openai", "gpt-4", "bob"}, {0, "ollama", "m", "alice"},
        {0, "openai", "gpt-4o", "bob"}, {0, "openai", "gpt-4", "bob"}, {0, "openai", "gpt-4", ""},
    };
    for (size_t i = 0; i < ROWS(some); i++) {
        struct usage_line line =
            usage_case_line(some[i].day, some[i].provider, some[i].model, some[i].client);
        usage_case_add(&sum, &line);
    }
}

static const struct {
    const char *by;
    const char *rows;
} by_rows[] = {
    {NULL, "1970-01-01,ollama,m,alice=1;1970-01-01,openai,gpt-4,=1;1970-01-01,openai,gpt-4,bob=2;"
           "1970-01-01,openai,gpt-4o,bob=1;1970-01-02,openai,gpt-4,bob=1;"},
    {"client", "=1;alice=1;bob=4;"},
    {"client,day", ",1970-01-01=1;alice,1970-01-01=1;bob,1970-01-01=3;bob,1970-01-02=1;"},
    {"provider", "ollama=1;openai=5;"},
    {"model", "gpt-4=4;gpt-4o=1;m=1;"},
    {"day", "1970-01-01=5;1970-01-02=1;"},
};

START_TEST(rows_are_told_apart_and_sorted_by_the_keys_asked_for)
{
    begin(by_rows[_i].by);
    add_some();
    ck_assert_str_eq(rows_of(), by_rows[_i].rows);
    ck_assert_int_eq(sum.total.sum[USAGE_REQUESTS], 6);
}
END_TEST

START_TEST(keys_do_not_run_into_each_other)
{
    begin(NULL);
    struct usage_line one = usage_case_line(0, "ab", "c", "");
    struct usage_line other = usage_case_line(0, "a", "bc", "");
    usage_case_add(&sum, &one);
    usage_case_add(&sum, &other);
    ck_assert_str_eq(rows_of(), "1970-01-01,a,bc,=1;1970-01-01,ab,c,=1;");
}
END_TEST

START_TEST(all_is_added_up_in_the_row_and_in_the_total)
{
    begin("provider");
    struct usage_line line = usage_case_line(0, "openai", "m", "");
    usage_case_add(&sum, &line);
    line.adds[USAGE_FALLBACKS] = 1;
    line.ttft_ms = -1;
    usage_case_add(&sum, &line);
    line.ttft_ms = 300;
    line.adds[USAGE_PROMPT_TOKENS] = INT64_MAX;
    usage_case_add(&sum, &line);
    static const int64_t wanted[] = {3, 2, INT64_MAX, 9, 6};
    struct usage_row **rows = usage_sum_sorted(&sum);
    ck_assert_ptr_nonnull(rows);
    for (size_t i = 0; i < USAGE_SUM_COUNT; i++) {
        ck_assert_int_eq(rows[0]->sum[i], wanted[i]);
        ck_assert_int_eq(sum.total.sum[i], wanted[i]);
    }
    ck_assert_int_eq(spread_percentile(&rows[0]->ttft, 50), 100);
    ck_assert_int_eq(spread_percentile(&sum.total.ttft, 99), 300);
    free(rows);
}
END_TEST

START_TEST(what_is_older_is_left_out)
{
    struct usage_query query = usage_query_all();
    query.since_s = USAGE_DAY_S;
    usage_sum_init(&sum, &query);
    struct usage_line old = usage_case_line(0, "a", "m", ""),
                      new = usage_case_line(1, "b", "m", "");
    old.time_s = USAGE_DAY_S - 1;
    new.time_s = USAGE_DAY_S;
    usage_case_add(&sum, &old);
    usage_case_add(&sum, &new);
    ck_assert_str_eq(rows_of(), "1970-01-02,b,m,=1;");
    ck_assert_int_eq(sum.total.sum[USAGE_REQUESTS], 1);
}
END_TEST

START_TEST(more_rows_than_anybody_reads_are_refused)
{
    char model[16];
    begin("model");
    struct usage_line line = usage_case_line(0, "a", "known", "");
    for (int i = 0; i < USAGE_ROWS_MAX; i++) {
        (void)snprintf(model, sizeof(model), "%d", i);
        line.key[USAGE_MODEL] = text_of(model);
        usage_case_add(&sum, &line);
    }
    usage_case_add(&sum, &line);
    line.key[USAGE_MODEL] = text_of("one more");
    ck_assert_int_eq(usage_sum_add(&sum, &line), -E2BIG);
    ck_assert_uint_eq(sum.row_count, USAGE_ROWS_MAX);
}
END_TEST

START_TEST(without_a_line_there_is_no_row)
{
    begin(NULL);
    ck_assert_str_eq(rows_of(), "");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("usage_sum");
    TCase *tc = tcase_create("usage_sum");
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_loop_test(tc, rows_are_told_apart_and_sorted_by_the_keys_asked_for, 0, ROWS(by_rows));
    tcase_add_test(tc, keys_do_not_run_into_each_other);
    tcase_add_test(tc, all_is_added_up_in_the_row_and_in_the_total);
    tcase_add_test(tc, what_is_older_is_left_out);
    tcase_add_test(tc, more_rows_than_anybody_reads_are_refused);
    tcase_add_test(tc, without_a_line_there_is_no_row);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
