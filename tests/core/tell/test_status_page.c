/* The page /status for people: every word of it. */
#include "status_case.h"

#define TAGS(name)                                                                                 \
    "{\"models\":[{\"name\":\"" name "\",\"digest\":\"d\",\"capabilities\":[\"completion\"]}]}"

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

START_TEST(tool_servers_have_their_lines)
{
    struct made made = make_with_tools();
    ck_assert_int_eq(status_page_print(&made.page, &made.out), 0);
    ck_assert_ptr_nonnull(strstr(made.out.data, "\n"
                                                "weather (tools) https://mcp.example/mcp\n"
                                                "  offers 2 of its 5 tools; MCP 2026-07-28\n"
                                                "\n"
                                                "notes (tools) unix:/run/notes.sock\n"
                                                "  offers nothing: it was not reached\n"));
    made_done(&made);
}
END_TEST

START_TEST(one_of_the_other_route_is_told_as_such)
{
    struct made made = {.loaded = config_case_load("", LIST("ANTHROPIC_API_KEY=k"), LIST(NULL))};
    ck_assert_int_eq(status_page_init(&made.page, made.loaded.config), 0);
    status_page_trim(&made.page);
    made.page.version = "1";
    buf_init(&made.out, 1 << 16);
    ck_assert_int_eq(status_page_print(&made.page, &made.out), 0);
    ck_assert_ptr_nonnull(strstr(made.out.data, "anthropic (anthropic) https://api.anthropic.com\n"
                                                "  can be tried, for Messages only\n"));
    made_done(&made);
}
END_TEST

/* An app brought the key, or named a preset whose key is in the environment. */
START_TEST(who_was_asked_is_told_whoever_has_set_it_up)
{
    struct made made = {.loaded = config_case_load("", LIST("GROQ_API_KEY=k"), LIST(NULL))};
    ck_assert_int_eq(status_page_init(&made.page, made.loaded.config), 0);
    for (size_t i = 0; i < made.page.provider_count; i++) {
        const char *name = made.page.providers[i].config->name;
        made.page.providers[i].attempts[FAILURE_AUTH] = strcmp(name, "anthropic") == 0;
        made.page.providers[i].inflight = strcmp(name, "groq") == 0;
    }
    status_page_trim(&made.page);
    ck_assert_uint_eq(made.page.provider_count, 4);
    ck_assert_str_eq(made.page.providers[0].config->name, "openai");
    ck_assert_str_eq(made.page.providers[1].config->name, "ollama");
    ck_assert_str_eq(made.page.providers[2].config->name, "anthropic");
    ck_assert_str_eq(made.page.providers[3].config->name, "groq");
    buf_init(&made.out, 16);
    made_done(&made);
}
END_TEST

START_TEST(a_missing_key_is_told_with_its_variable)
{
    struct made made = {.loaded =
                            config_case_load("[route]\npriority = groq\n", LIST(NULL), LIST(NULL))};
    ck_assert_int_eq(status_page_init(&made.page, made.loaded.config), 0);
    status_page_trim(&made.page);
    made.page.version = "1";
    made.page.providers[0].skip = ROUTE_SKIP_NO_KEY;
    buf_init(&made.out, 1 << 16);
    ck_assert_int_eq(status_page_print(&made.page, &made.out), 0);
    ck_assert_ptr_nonnull(strstr(made.out.data, "  is skipped: no api_key is set: GROQ_API_KEY "
                                                "is not in the environment\n"));
    made_done(&made);
}
END_TEST

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
    made_done(&made);
}
END_TEST

static const struct {
    const char *settings, *tags; /* NULL: it has not told which models it has */
    const char *provider, *model, *why;
} standins[] = {
    {"[route]\npriority = openai\n", NULL, NULL, NULL, ""},
    {"", NULL, "ollama", "ministral-3:3b", "it has not told yet which models it has"},
    {"", TAGS("ministral-3:3b"), "ollama", "ministral-3:3b",
     "the first of its models in the settings"},
    {"[provider ollama]\nmodel = a, b, auto\n", TAGS("b"), "ollama", "b",
     "a is not installed or does not fit; it is the next one"},
    {"[provider ollama]\nmodel = a, auto\n", TAGS("c"), "ollama", "c",
     "of the installed models one that can chat"},
    {"[provider ollama]\nmodel = a\n", TAGS("c"), "ollama", NULL, NULL},
    {"[route]\npriority = ollama, openai\n", TAGS("c"), "openai", NULL,
     "it is asked for the app's own model"},
    {"[route]\npriority = openai, groq, lmstudio\n[provider lmstudio]\nmodel = m\n", NULL,
     "lmstudio", "m", "the first of its models in the settings"},
};

START_TEST(who_would_stand_in)
{
    struct config_case loaded = config_case_load(
        standins[_i].settings, LIST("OPENAI_API_KEY=k", "GROQ_API_KEY=k"), LIST(NULL));
    struct ollama_models models = {0};
    struct status_standin standin = {0};
    ck_assert_int_eq(loaded.r, 0);
    if (standins[_i].tags)
        ck_assert_int_eq(ollama_tags_read(text_of(standins[_i].tags), &models, NULL), 0);
    const struct config_provider *provider = status_standin_provider(loaded.config);
    if (provider)
        status_standin_find(&standin, provider, &models);
    ck_assert_pstr_eq(provider ? provider->name : NULL, standins[_i].provider);
    ck_assert_pstr_eq(standin.model, standins[_i].model);
    if (standins[_i].why)
        ck_assert_str_eq(standin.why.text, standins[_i].why);
    else /* what to do is told by ollama_choose */
        ck_assert_ptr_nonnull(strstr(standin.why.text, "ollama pull"));
    free(standin.model);
    ollama_models_done(&models);
    config_case_done(&loaded);
}
END_TEST

START_TEST(the_last_of_each_kind_is_told)
{
    struct made made = make();
    made.page.wall_ms = 1795910400000;
    made.page.providers[0].answered_at_ms = made.page.wall_ms - 62000;
    made.page.providers[1].failed_at_ms = made.page.wall_ms - 3000;
    made.page.providers[1].failed = FAILURE_SERVER;
    made.page.providers[1].failed_status = 503;
    made.page.standin = (struct status_standin){.provider = made.page.providers[0].config,
                                                .model = strdup("small")};
    error_set(&made.page.standin.why, "why");
    ck_assert_int_eq(status_page_print(&made.page, &made.out), 0);
    ck_assert_ptr_nonnull(strstr(made.out.data, "\n  last success: 1m 2s ago\n"));
    ck_assert_ptr_nonnull(
        strstr(made.out.data,
               "\n  last error: 3s ago, status 503, the provider reported a fault of its own\n"));
    ck_assert_ptr_nonnull(strstr(made.out.data, "\nstand-in: ollama with small (why)\n"));
    made_done(&made);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("status_page");
    TCase *tc = tcase_create("status_page");
    tcase_add_test(tc, people_get_lines);
    tcase_add_test(tc, tool_servers_have_their_lines);
    tcase_add_test(tc, the_last_of_each_kind_is_told);
    tcase_add_loop_test(tc, who_would_stand_in, 0, ROWS(standins));
    tcase_add_test(tc, one_of_the_other_route_is_told_as_such);
    tcase_add_test(tc, who_was_asked_is_told_whoever_has_set_it_up);
    tcase_add_test(tc, a_missing_key_is_told_with_its_variable);
    tcase_add_test(tc, keys_that_are_set_aside_are_told);
    tcase_add_loop_test(tc, a_time_has_its_two_largest_units, 0, ROWS(times));
    tcase_add_loop_test(tc, a_page_that_does_not_fit_is_an_error, 1, 400);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
