/* What a route makes of presets: whose key is missing, who gets an app's, which Ollama is first. */
#include "config_case.h"
#include "rules/route.h"

static const struct {
    const char *provider;
    enum route_skip skip;
    const char *told;
} told[] = {
    {"groq", ROUTE_SKIP_NO_KEY, "no api_key is set: GROQ_API_KEY is not in the environment"},
    {"ollama-cloud", ROUTE_SKIP_NO_KEY,
     "no api_key is set: OLLAMA_API_KEY is not in the environment"},
    {"xai", ROUTE_SKIP_NO_KEY,
     "no api_key is set: the empty api_key (f.ini:8) wins over XAI_API_KEY"},
    {"anthropic", ROUTE_SKIP_NO_KEY,
     "no api_key is set: the empty api_key (env UNDERSTUDY_PROVIDER_ANTHROPIC_API_KEY) wins over "
     "ANTHROPIC_API_KEY"},
    {"openai", ROUTE_SKIP_NO_KEY, "no api_key is set and the request brought none"},
    {"lmstudio", ROUTE_SKIP_NO_KEY, "no api_key is set and the request brought none"},
    {"groq", ROUTE_SKIP_OFFLINE, "the machine is offline"},
    {"vllm", ROUTE_SKIP_OFFLINE, "the machine is offline: its proxy is far away"},
    {"vllm", ROUTE_SKIP_LOCAL,
     "nothing leaves the machine now (understudy local on): its proxy is far away"},
    {"vllm", ROUTE_SKIP_BREAKER, "its breaker is open after repeated failures"},
};

START_TEST(a_missing_key_is_told_with_its_variable)
{
    struct config_case test = config_case_load(
        "[provider openai]\napi_key =\n[route]\npriority = groq\n"
        "[provider lmstudio]\napi_key =\n[provider xai]\napi_key =\n"
        "[provider vllm]\nproxy = http://far.example:3128\n",
        LIST("UNDERSTUDY_PROVIDER_ANTHROPIC_API_KEY=", "ANTHROPIC_API_KEY=k"), NULL);
    struct error error;
    route_skip_tell(config_case_provider(&test, told[_i].provider), told[_i].skip, &error);
    ck_assert_str_eq(error.text, told[_i].told);
    config_case_done(&test);
}
END_TEST

static const struct {
    const char *file;
    const char *provider;
    bool takes;
} credentials[] = {
    {"", "openai", true},
    {"", "anthropic", true},
    {"", "groq", false},
    {"[provider groq]\nbase_url = http://127.0.0.1:9/v1\n", "groq", false},
    {"", "ollama", false},
    {"", "vllm", false},                            /* needs none */
    {"[provider vllm]\napi_key =\n", "vllm", true}, /* no key of its own is missing */
    {"[provider box]\ntype = openai\nbase_url = https://b.example\n", "box", true},
};

/* Never to a preset whose key is missing: it may be a key for somebody else. */
START_TEST(an_apps_credential_goes_to_whom_it_may)
{
    struct config_case test = config_case_load(credentials[_i].file, NULL, NULL);
    const struct config_provider *provider = config_case_provider(&test, credentials[_i].provider);
    ck_assert_msg(route_takes_credential(provider, NULL) == credentials[_i].takes, "%s",
                  credentials[_i].provider);
    config_case_done(&test);
}
END_TEST

static const struct {
    const char *priority;
    const char *asked;
} firsts[] = {
    {"ollama-cloud, ollama", "ollama"},
    {"ollama, ollama-cloud", "ollama"},
    {"ollama-cloud", "ollama-cloud"},
};

/* To pull a model, or to embed a text. */
START_TEST(what_ollama_is_asked_goes_to_ones_own_first)
{
    char route_line[64];
    (void)snprintf(route_line, sizeof(route_line), "[route]\npriority = %s\n", firsts[_i].priority);
    struct config_case test = config_case_load(route_line, LIST("OLLAMA_API_KEY=k"), NULL);
    const struct route_query query = {.path = API_PATH_OLLAMA, .app = &kind_ollama};
    struct route route;
    ck_assert_int_eq(test.r, 0);
    ck_assert_int_eq(route_plan(test.config, &query, &route, NULL), 0);
    ck_assert_uint_eq(route.count, 1);
    ck_assert_str_eq(route.step[0].provider->name, firsts[_i].asked);
    route_done(&route);
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("route_preset");
    TCase *tc = tcase_create("route_preset");
    tcase_add_loop_test(tc, a_missing_key_is_told_with_its_variable, 0, ROWS(told));
    tcase_add_loop_test(tc, an_apps_credential_goes_to_whom_it_may, 0, ROWS(credentials));
    tcase_add_loop_test(tc, what_ollama_is_asked_goes_to_ones_own_first, 0, ROWS(firsts));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
