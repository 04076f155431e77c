/* The pages /status and /status.json: every word of them. */
#include <jansson.h>

#include "config_case.h"
#include "tell/status_page.h"

#define SETTINGS                                                                                   \
    "[provider lab]\ntype = openai\nbase_url = http://lab/v1\napi_key = sk-secret\n"               \
    "[route]\npriority = ollama, openai\n"

struct made {
    struct config_case loaded;
    struct status_page page;
    struct buf out;
};

static struct made make(void)
{
    struct made made = {.loaded = config_case_load(SETTINGS, LIST(NULL), LIST(NULL))};
    ck_assert_int_eq(made.loaded.r, 0);
    ck_assert_int_eq(status_page_init(&made.page, made.loaded.config), 0);
    made.page.version = "1.2.3";
    buf_init(&made.out, 1 << 16);
    return made;
}

static void made_done(struct made *made)
{
    status_page_done(&made->page);
    config_case_done(&made->loaded);
    buf_done(&made->out);
}

static void make_busy(struct status_page *o)
{
    o->online = true;
    o->uptime_ms = 62999;
    o->requests = 12;
    o->retries = 4;
    o->fallbacks = 3;
    o->inflight = 2;
    o->open_streams = 1;
    o->providers[0].inflight = 2;
    o->providers[0].attempts[FAILURE_NONE] = 3;
    o->providers[1].skip = ROUTE_SKIP_BREAKER;
    o->providers[1].breaker = BREAKER_OPEN;
    o->providers[1].retry_in_ms = 7001;
    o->providers[1].attempts[FAILURE_NONE] = 9;
    o->providers[1].attempts[FAILURE_SERVER] = 5;
}

START_TEST(people_get_lines)
{
    struct made made = make();
    make_busy(&made.page);
    ck_assert_int_eq(status_page_print(&made.page, &made.out), 0);
    ck_assert_str_eq(made.out.data,
                     "understudy 1.2.3: serving, online, up 1m 2s\n"
                     "requests: 12, retries: 4, fallbacks: 3\n"
                     "under way: 2, streams: 1\n"
                     "\n"
                     "ollama (ollama) http://127.0.0.1:11434\n"
                     "  can be tried\n"
                     "  breaker: closed, under way: 2 of at most 4\n"
                     "  attempts: 3 ok\n"
                     "\n"
                     "openai (openai) https://api.openai.com/v1\n"
                     "  is skipped: its breaker is open after repeated failures, for "
                     "another 8s\n"
                     "  breaker: open, under way: 0\n"
                     "  attempts: 9 ok, 5 server\n"
                     "\n"
                     "lab (openai) http://lab/v1\n"
                     "  not in the route\n"
                     "  breaker: closed, under way: 0\n");
    made_done(&made);
}
END_TEST

START_TEST(programs_get_an_object)
{
    struct made made = make();
    make_busy(&made.page);
    ck_assert_int_eq(status_page_print_json(&made.page, &made.out), 0);
    json_t *wanted =
        json_pack("{s:s, s:s, s:b, s:b, s:i, s:i, s:i, s:i, s:i, s:i}", "version", "1.2.3",
                  "status", "serving", "online", 1, "local", 0, "uptime_ms", 62999, "requests", 12,
                  "retries", 4, "fallbacks", 3, "inflight", 2, "open_streams", 1);
    json_t *openai =
        json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:s, s:s, s:i, s:i, s:i, s:[], s:{s:i, s:i}}",
                  "name", "openai", "type", "openai", "base_url", "https://api.openai.com/v1",
                  "in_route", 1, "in_messages", 0, "can_be_tried", 0, "skipped", "skipped-breaker",
                  "breaker", "open", "retry_in_ms", 7001, "inflight", 0, "max_inflight", 0, "keys",
                  "attempts", "ok", 9, "server", 5);
    json_t *got = json_loads(made.out.data, 0, NULL);
    ck_assert_int_eq((int)json_array_size(json_object_get(got, "providers")), 3);
    ck_assert(json_equal(json_array_get(json_object_get(got, "providers"), 1), openai));
    ck_assert(json_is_null(
        json_object_get(json_array_get(json_object_get(got, "providers"), 0), "skipped")));
    (void)json_object_del(got, "providers");
    ck_assert(json_equal(got, wanted));
    ck_assert_ptr_null(strstr(made.out.data, "sk-secret"));
    json_decref(got);
    json_decref(openai);
    json_decref(wanted);
    made_done(&made);
}
END_TEST

START_TEST(one_of_the_other_route_is_told_as_such)
{
    struct made made = {.loaded = config_case_load("", LIST("ANTHROPIC_API_KEY=k"), LIST(NULL))};
    ck_assert_int_eq(status_page_init(&made.page, made.loaded.config), 0);
    made.page.version = "1";
    buf_init(&made.out, 1 << 16);
    ck_assert_int_eq(status_page_print(&made.page, &made.out), 0);
    ck_assert_ptr_nonnull(strstr(made.out.data, "anthropic (anthropic) https://api.anthropic.com\n"
                                                "  can be tried, for Messages only\n"));
    buf_reset(&made.out);
    ck_assert_int_eq(status_page_print_json(&made.page, &made.out), 0);
    ck_assert_ptr_nonnull(
        strstr(made.out.data, "\"in_route\":false,\"in_messages\":true,\"can_be_tried\":true"));
    made_done(&made);
}
END_TEST

START_TEST(a_missing_key_is_told_with_its_variable)
{
    struct made made = {.loaded =
                            config_case_load("[route]\npriority = groq\n", LIST(NULL), LIST(NULL))};
    ck_assert_int_eq(status_page_init(&made.page, made.loaded.config), 0);
    made.page.version = "1";
    made.page.providers[0].skip = ROUTE_SKIP_NO_KEY;
    buf_init(&made.out, 1 << 16);
    ck_assert_int_eq(status_page_print(&made.page, &made.out), 0);
    ck_assert_ptr_nonnull(strstr(made.out.data, "  is skipped: no api_key is set, and GROQ_API_KEY "
                                                "is not in the environment\n"));
    made_done(&made);
}
END_TEST

#define MANY_KEYS                                                                                  \
    "[provider openai]\napi_key = sk-secret-1, sk-secret-2, sk-secret-3, sk-secret-4\n"

/* At 2026-11-29 00:00:00. */
static struct made make_with_keys(void)
{
    struct made made = {.loaded = config_case_load(MANY_KEYS, LIST(NULL), LIST(NULL))};
    ck_assert_int_eq(made.loaded.r, 0);
    ck_assert_int_eq(status_page_init(&made.page, made.loaded.config), 0);
    made.page.version = "1.2.3";
    made.page.wall_ms = 1795910400000;
    struct keyring_state *keys = made.page.providers[0].keys;
    keys[0] = (struct keyring_state){FAILURE_AUTH, KEYRING_RELOAD};
    keys[2] = (struct keyring_state){FAILURE_RATE_LIMIT, 61000};
    keys[3] = (struct keyring_state){FAILURE_QUOTA, 600000};
    buf_init(&made.out, 1 << 16);
    return made;
}

START_TEST(keys_that_are_set_aside_are_told)
{
    struct made made = make_with_keys();
    ck_assert_int_eq(status_page_print(&made.page, &made.out), 0);
    ck_assert_ptr_nonnull(strstr(made.out.data,
                                 "under way: 0\n  keys: 4, key 1 is set aside (auth) until a "
                                 "reload, key 3 is set aside (rate_limit) for another 1m 1s, key 4 "
                                 "is set aside (quota) for another 10m 0s\n"));
    ck_assert_ptr_null(strstr(made.out.data, "sk-secret"));
    made_done(&made);
}
END_TEST

START_TEST(programs_are_told_until_when)
{
    struct made made = make_with_keys();
    ck_assert_int_eq(status_page_print_json(&made.page, &made.out), 0);
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

static const struct {
    int64_t ms;
    const char *told;
} times[] = {
    {0, "up 0s\n"},           {59999, "up 59s\n"},
    {60000, "up 1m 0s\n"},    {3599000, "up 59m 59s\n"},
    {3600000, "up 1h 0m\n"},  {86399000, "up 23h 59m\n"},
    {86400000, "up 1d 0h\n"}, {360000000, "up 4d 4h\n"},
};

START_TEST(a_time_has_its_two_largest_units)
{
    struct made made = make();
    made.page.uptime_ms = times[_i].ms;
    made.page.draining = true;
    ck_assert_int_eq(status_page_print(&made.page, &made.out), 0);
    ck_assert_ptr_nonnull(strstr(made.out.data, "1.2.3: draining, offline, "));
    ck_assert_ptr_nonnull(strstr(made.out.data, times[_i].told));
    made_done(&made);
}
END_TEST

START_TEST(a_page_that_does_not_fit_is_an_error)
{
    struct made made = make();
    make_busy(&made.page);
    buf_done(&made.out);
    buf_init(&made.out, (size_t)_i);
    ck_assert_int_eq(status_page_print(&made.page, &made.out), -EMSGSIZE);
    buf_reset(&made.out);
    ck_assert_int_eq(status_page_print_json(&made.page, &made.out), -EMSGSIZE);
    made_done(&made);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("status_page");
    TCase *tc = tcase_create("status_page");
    tcase_add_test(tc, people_get_lines);
    tcase_add_test(tc, programs_get_an_object);
    tcase_add_test(tc, one_of_the_other_route_is_told_as_such);
    tcase_add_test(tc, a_missing_key_is_told_with_its_variable);
    tcase_add_test(tc, keys_that_are_set_aside_are_told);
    tcase_add_test(tc, programs_are_told_until_when);
    tcase_add_loop_test(tc, a_time_has_its_two_largest_units, 0, ROWS(times));
    tcase_add_loop_test(tc, a_page_that_does_not_fit_is_an_error, 1, 400);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
