/* The two forms, byte for byte. */
#include <errno.h>

#include "usage/usage_print.h"
#include "usage_case.h"

static struct usage_sum sum;
static struct buf out;

static void setup(void)
{
    const struct usage_query all = usage_query_all();
    usage_sum_init(&sum, &all);
    buf_init(&out, 1u << 16);
}

static void teardown(void)
{
    usage_sum_done(&sum);
    buf_done(&out);
}

static void by(const char *words)
{
    ck_assert_int_eq(usage_query_by(&sum.query, text_of(words), NULL), 0);
}

static void add_three(void)
{
    struct usage_line line = usage_case_line(0, "openai", "gpt-4", "alice");
    usage_case_add(&sum, &line);
    line.ttft_ms = 12345;
    usage_case_add(&sum, &line);
    line = usage_case_line(1, "", "a \"model\"", "");
    line.adds[USAGE_FALLBACKS] = 1;
    line.ttft_ms = -1;
    usage_case_add(&sum, &line);
}

START_TEST(a_table_is_aligned_and_ends_with_the_total)
{
    add_three();
    ck_assert_int_eq(usage_print_table(&sum, &out), 0);
    ck_assert_str_eq(
        out.data,
        "day         provider  model      client  requests  fallbacks  tokens in  tokens out  "
        "cached  ttft p50  ttft p99\n"
        "1970-01-01  openai    gpt-4      alice          2          0         20           6  "
        "     4    100 ms    12.3 s\n"
        "1970-01-02  -         a \"model\"  -              1          1         10           3  "
        "     2         -         -\n"
        "total                                           3          1         30           9  "
        "     6    100 ms    12.3 s\n");
}
END_TEST

START_TEST(a_table_has_the_keys_that_were_asked_for)
{
    by("client");
    add_three();
    ck_assert_int_eq(usage_print_table(&sum, &out), 0);
    ck_assert_str_eq(
        out.data,
        "client  requests  fallbacks  tokens in  tokens out  cached  ttft p50  ttft p99\n"
        "-              1          1         10           3       2         -         -\n"
        "alice          2          0         20           6       4    100 ms    12.3 s\n"
        "total          3          1         30           9       6    100 ms    12.3 s\n");
}
END_TEST

static const struct {
    const char *name;
    const char *shown;
} names[] = {
    {"caf\xc3\xa9", "caf\xc3\xa9  "},
    {"a\x1b[31m", "a?[31m"},
    {"\xe2\x80\xaeright to left", "?right to left"},
    {"bad\xff", "bad?  "},
    {"1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"},
    {"12345678901234567890123456789012345678901", "1234567890123456789012345678901234567890..."},
};

START_TEST(a_name_that_would_spoil_the_terminal_or_the_columns_does_not)
{
    by("model");
    struct usage_line line = usage_case_line(0, "p", names[_i].name, "");
    usage_case_add(&sum, &line);
    ck_assert_int_eq(usage_print_table(&sum, &out), 0);
    const char *row = strchr(out.data, '\n') + 1;
    ck_assert_msg(text_starts(text_of(row), names[_i].shown), "%s", row);
}
END_TEST

START_TEST(json_is_an_array_of_flat_objects)
{
    add_three();
    ck_assert_int_eq(usage_print_json(&sum, &out), 0);
    ck_assert_str_eq(
        out.data,
        "[\n{\"day\":\"1970-01-01\",\"provider\":\"openai\",\"model\":\"gpt-4\",\"client\":"
        "\"alice\","
        "\"requests\":2,\"fallbacks\":0,\"prompt_tokens\":20,\"completion_tokens\":6,"
        "\"cached_tokens\":4,\"ttft_p50_ms\":100,\"ttft_p99_ms\":12345},\n"
        "{\"day\":\"1970-01-02\",\"provider\":null,\"model\":\"a \\\"model\\\"\",\"client\":null,"
        "\"requests\":1,\"fallbacks\":1,\"prompt_tokens\":10,\"completion_tokens\":3,"
        "\"cached_tokens\":2,\"ttft_p50_ms\":null,\"ttft_p99_ms\":null}\n]\n");
}
END_TEST

START_TEST(json_has_the_keys_that_were_asked_for_only)
{
    by("client,provider");
    add_three();
    ck_assert_int_eq(usage_print_json(&sum, &out), 0);
    ck_assert(text_starts(buf_text(&out), "[\n{\"client\":null,\"provider\":null,\"requests\":1,"));
    ck_assert_ptr_null(strstr(out.data, "\"day\""));
}
END_TEST

START_TEST(nothing_is_said_to_be_nothing)
{
    ck_assert_int_eq(usage_print_table(&sum, &out), 0);
    ck_assert_str_eq(out.data, "no exchanges\n");
    buf_reset(&out);
    ck_assert_int_eq(usage_print_json(&sum, &out), 0);
    ck_assert_str_eq(out.data, "[]\n");
}
END_TEST

START_TEST(what_does_not_fit_is_an_error)
{
    struct buf small;
    add_three();
    buf_init(&small, 100);
    ck_assert_int_eq(usage_print_table(&sum, &small), -EMSGSIZE);
    buf_reset(&small);
    ck_assert_int_eq(usage_print_json(&sum, &small), -EMSGSIZE);
    buf_done(&small);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("usage_print");
    TCase *tc = tcase_create("usage_print");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_table_is_aligned_and_ends_with_the_total);
    tcase_add_test(tc, a_table_has_the_keys_that_were_asked_for);
    tcase_add_loop_test(tc, a_name_that_would_spoil_the_terminal_or_the_columns_does_not, 0,
                        ROWS(names));
    tcase_add_test(tc, json_is_an_array_of_flat_objects);
    tcase_add_test(tc, json_has_the_keys_that_were_asked_for_only);
    tcase_add_test(tc, nothing_is_said_to_be_nothing);
    tcase_add_test(tc, what_does_not_fit_is_an_error);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
