/* The page /status.json: every word of it. */
#include <jansson.h>

#include "status_case.h"

static json_t *told(struct made *made, enum status_part part)
{
    buf_reset(&made->out);
    ck_assert_int_eq(status_page_print_json(&made->page, part, &made->out), 0);
    json_t *json = json_loadb(made->out.data, made->out.len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(json);
    return json;
}

START_TEST(programs_get_an_object)
{
    struct made made = make();
    make_busy(&made.page);
    json_t *got = told(&made, STATUS_ALL);
    json_t *wanted =
        json_pack("{s:s, s:s, s:b, s:b, s:n, s:i, s:i, s:i, s:i, s:i, s:i, s:n, s:[], s:[]}",
                  "version", "1.2.3", "status", "serving", "online", 1, "local", 0, "started",
                  "uptime_ms", 62999, "requests", 12, "retries", 4, "fallbacks", 3, "inflight", 2,
                  "open_streams", 1, "standin", "exchanges", "tool_servers");
    json_t *openai = json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:s, s:s, s:s, s:i, s:i, s:i, s:[], s:{s:i, "
        "s:i}, "
        "s:n, s:n, s:n}",
        "name", "openai", "state", "out", "type", "openai", "base_url", "https://api.openai.com/v1",
        "is_local", 0, "in_route", 1, "in_messages", 0, "can_be_tried", 0, "skipped",
        "skipped-breaker", "says", "its breaker is open after repeated failures", "breaker", "open",
        "retry_in_ms", 7001, "inflight", 0, "max_inflight", 0, "keys", "attempts", "ok", 9,
        "server", 5, "last_success", "last_error", "usual_ttft_ms");
    const json_t *providers = json_object_get(got, "providers");
    ck_assert_uint_eq(json_array_size(providers), 3);
    ck_assert(json_equal(json_array_get(providers, 1), openai));
    ck_assert(json_is_null(json_object_get(json_array_get(providers, 0), "skipped")));
    const json_t *words = json_object_get(got, "words");
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(words, "classes"), "quota")),
                     "the account at the provider is used up");
    ck_assert_str_eq(
        json_string_value(json_object_get(json_object_get(words, "skips"), "skipped-path")),
        "it does not serve this path");
    ck_assert_str_eq(
        json_string_value(json_object_get(json_object_get(words, "reasons"), "budget")),
        "retry budget used up");
    (void)json_object_del(got, "providers");
    (void)json_object_del(got, "words");
    ck_assert(json_equal(got, wanted));
    ck_assert_ptr_null(strstr(made.out.data, "sk-secret"));
    json_decref(got);
    json_decref(openai);
    json_decref(wanted);
    made_done(&made);
}
END_TEST

START_TEST(tool_servers_are_told)
{
    struct made made = make_with_tools();
    json_t *got = told(&made, _i ? STATUS_CHANGES : STATUS_ALL);
    json_t *wanted = json_pack(
        "[{s:s, s:s, s:s, s:b, s:s, s:i, s:i, s:n}, {s:s, s:s, s:s, s:b, s:n, s:i, s:i, s:s}]",
        "name", "weather", "state", "ready", "url", "https://mcp.example/mcp", "is_local", 0, "era",
        "2026-07-28", "listed", 5, "tools", 2, "why", "name", "notes", "state", "down", "url",
        "unix:/run/notes.sock", "is_local", 1, "era", "listed", 0, "tools", 0, "why",
        "it was not reached");
    ck_assert(json_equal(json_object_get(got, "tool_servers"), wanted));
    ck_assert_ptr_null(strstr(made.out.data, "CANARY"));
    json_decref(got);
    json_decref(wanted);
    made_done(&made);
}
END_TEST

/* Whatever time alone changes is left out, so that an event is one only when something happened. */
START_TEST(what_changes_has_no_more)
{
    static struct figures figures;
    struct exchange_record record;
    struct made made = make();
    exchange_record_init(&record);
    made.page.exchanges = &record;
    made.page.exchange_count = 1;
    made.page.figures = &figures;
    json_t *all = told(&made, STATUS_ALL), *changes = told(&made, STATUS_CHANGES);
    static const char *const only_in_all[] = {"uptime_ms", "words", "exchanges"};
    for (size_t i = 0; i < sizeof(only_in_all) / sizeof(only_in_all[0]); i++) {
        ck_assert_ptr_nonnull(json_object_get(all, only_in_all[i]));
        (void)json_object_del(all, only_in_all[i]);
    }
    ck_assert(json_equal(all, changes));
    made.page.uptime_ms += 5000;
    json_t *later = told(&made, STATUS_CHANGES);
    ck_assert(json_equal(later, changes));
    json_decref(later);
    json_decref(all);
    json_decref(changes);
    made_done(&made);
}
END_TEST

START_TEST(the_last_of_each_kind_is_told)
{
    struct made made = make();
    made.page.wall_ms = 1795910400000;
    made.page.started_at_ms = made.page.wall_ms - 60000;
    made.page.providers[1].answered_at_ms = made.page.wall_ms - 62000;
    made.page.providers[1].failed_at_ms = made.page.wall_ms - 3000;
    made.page.providers[1].failed = FAILURE_SERVER;
    made.page.providers[1].failed_status = 503;
    made.page.standin = (struct status_standin){.provider = made.page.providers[0].config,
                                                .model = strdup("small")};
    error_set(&made.page.standin.why, "why");
    json_decref(told(&made, STATUS_ALL));
    ck_assert_ptr_nonnull(strstr(made.out.data, "\"started\":\"2026-11-28T23:59:00Z\""));
    ck_assert_ptr_nonnull(strstr(made.out.data,
                                 "\"last_success\":\"2026-11-28T23:58:58Z\",\"last_error\":{"
                                 "\"class\":\"server\",\"status\":503,\"time\":"
                                 "\"2026-11-28T23:59:57Z\"}"));
    ck_assert_ptr_nonnull(
        strstr(made.out.data,
               "\"standin\":{\"provider\":\"ollama\",\"model\":\"small\",\"why\":\"why\"}"));
    made_done(&made);
}
END_TEST

/* The median of what the one who answered took, without what others took before. */
START_TEST(what_is_usual_comes_from_the_exchanges)
{
    static struct exchange_record records[3];
    struct made made = make();
    for (size_t i = 0; i < 3; i++) {
        exchange_record_init(&records[i]);
        records[i].provider = exchange_record_keep(&records[i], text_of("openai"));
        records[i].attempts[0] = (struct exchange_record_attempt){
            .class = "timeout", .provider = exchange_record_keep(&records[i], text_of("lab"))};
        records[i].attempts[1] = (struct exchange_record_attempt){
            .class = "ok", .provider = records[i].provider, .start_ms = 1000};
        records[i].attempt_count = 2;
        records[i].ttft_ms = 1000 + (int64_t)(i == 1 ? 900 : i * 50);
    }
    made.page.exchanges = records;
    made.page.exchange_count = 3;
    json_t *got = told(&made, STATUS_ALL);
    const json_t *providers = json_object_get(got, "providers");
    ck_assert_int_eq(
        json_integer_value(json_object_get(json_array_get(providers, 1), "usual_ttft_ms")), 100);
    ck_assert(json_is_null(json_object_get(json_array_get(providers, 2), "usual_ttft_ms")));
    ck_assert_uint_eq(json_array_size(json_object_get(got, "exchanges")), 3);
    json_decref(got);
    made_done(&made);
}
END_TEST

START_TEST(programs_are_told_until_when)
{
    struct made made = make_with_keys();
    ck_assert_int_eq(status_page_print_json(&made.page, STATUS_ALL, &made.out), 0);
    ck_assert_ptr_nonnull(strstr(
        made.out.data, "\"keys\":[{\"n\":1,\"set_aside\":true,\"class\":\"auth\",\"until\":null},"
                       "{\"n\":2,\"set_aside\":false,\"class\":null,\"until\":null},"
                       "{\"n\":3,\"set_aside\":true,\"class\":\"rate_limit\",\"until\":"
                       "\"2026-11-29T00:01:01Z\"},"
                       "{\"n\":4,\"set_aside\":true,\"class\":\"quota\",\"until\":"
                       "\"2026-11-29T00:10:00Z\"}]"));
    ck_assert_ptr_null(strstr(made.out.data, "sk-secret"));
    made_done(&made);
}
END_TEST

START_TEST(a_page_that_does_not_fit_is_an_error)
{
    struct made made = make();
    make_busy(&made.page);
    buf_done(&made.out);
    buf_init(&made.out, (size_t)_i);
    ck_assert_int_eq(status_page_print_json(&made.page, STATUS_ALL, &made.out), -EMSGSIZE);
    made_done(&made);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("status_json");
    TCase *tc = tcase_create("status_json");
    tcase_add_test(tc, programs_get_an_object);
    tcase_add_loop_test(tc, tool_servers_are_told, 0, 2);
    tcase_add_test(tc, what_changes_has_no_more);
    tcase_add_test(tc, the_last_of_each_kind_is_told);
    tcase_add_test(tc, what_is_usual_comes_from_the_exchanges);
    tcase_add_test(tc, programs_are_told_until_when);
    tcase_add_loop_test(tc, a_page_that_does_not_fit_is_an_error, 1, 400);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
