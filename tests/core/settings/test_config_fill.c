/* What the settings become: every default, secrets, headers, models, and what is derived. */
#include "config_case.h"
#include "settings/setting.h"

#define BITS(a, b, c, d) (FAILURE_BIT(a) | FAILURE_BIT(b) | FAILURE_BIT(c) | FAILURE_BIT(d))
#define RETRIED          BITS(FAILURE_NETWORK, FAILURE_TIMEOUT, FAILURE_PROTOCOL, FAILURE_SERVER)

static void check_list(const struct strings *list, const char *const *expected)
{
    for (size_t i = 0; i < list->count; i++)
        ck_assert_pstr_eq(list->at[i], expected[i]);
    ck_assert_ptr_null(expected[list->count]);
}

static struct config_case load(const char *file)
{
    struct config_case test = config_case_load(file, LIST("KEY=sk-env", "KEYS=sk-1, sk-2"), NULL);
    ck_assert_msg(test.r == 0, "%s",
                  test.errors.errors.count ? test.errors.errors.at[0] : "no error told");
    ck_assert_uint_eq(test.errors.warnings.count, 0);
    return test;
}

START_TEST(the_server_s_defaults)
{
    struct config_case test = load("");
    const struct config_server *server = &test.config->server;
    ck_assert_uint_eq(server->listen_count, 1);
    ck_assert_str_eq(server->listen[0].host, "127.0.0.1");
    ck_assert_uint_eq(server->listen[0].port, 11411);
    check_list(&server->allowed_hosts, LIST("localhost", "127.0.0.1", "[::1]"));
    check_list(&server->allowed_origins,
               LIST("app://*", "tauri://*", "vscode-webview://*", "vscode-file://*"));
    ck_assert_uint_eq(server->tokens.count, 0);
    ck_assert(!server->allow_unauthenticated);
    ck_assert_uint_eq(server->max_body_bytes, 64u << 20);
    ck_assert_int_eq(server->max_connections, 4096);
    ck_assert_int_eq(server->max_inflight, 2048);
    ck_assert_int_eq(server->header_timeout_ms, 10000);
    ck_assert_int_eq(server->body_timeout_ms, 60000);
    ck_assert_int_eq(server->drain_timeout_ms, 30000);
    ck_assert_int_eq(server->heartbeat_ms, 0);
    ck_assert_int_eq(server->workers, 1);
    config_case_done(&test);
}
END_TEST

START_TEST(the_other_sections_defaults)
{
    struct config_case test = load("");
    const struct config *config = test.config;
    check_list(&config->route.priority, LIST("openai", "ollama"));
    ck_assert_uint_eq(config->route.fallback_on,
                      RETRIED |
                          BITS(FAILURE_RATE_LIMIT, FAILURE_AUTH, FAILURE_QUOTA, FAILURE_MODEL) |
                          FAILURE_BIT(FAILURE_CONTEXT) | FAILURE_BIT(FAILURE_REDIRECT) |
                          FAILURE_BIT(FAILURE_SKIPPED));
    ck_assert_int_eq(config->route.deadline_ms, 290000);
    ck_assert(!config->route.continue_stream);
    ck_assert_int_eq(config->route.hedge_after_ms, HEDGE_AUTO);
    ck_assert_str_eq(config->connectivity.check_url, "https://api.openai.com");
    ck_assert_int_eq(config->connectivity.timeout_ms, 3000);
    ck_assert_int_eq(config->connectivity.interval_ms, 15000);
    ck_assert_int_eq(config->breaker.failures, 5);
    ck_assert_int_eq(config->breaker.open_for_ms, 10000);
    ck_assert_uint_eq(config->model_count, 0);
    ck_assert_int_eq(config->log.level, LOG_LEVEL_INFO);
    ck_assert_int_eq(config->log.format, LOG_FORMAT_AUTO);
    ck_assert_ptr_null(config->log.usage_file);
    config_case_done(&test);
}
END_TEST

static void check_default_retry(const struct retry_policy *retry)
{
    ck_assert_int_eq(retry->attempts, 3);
    ck_assert_double_eq(retry->multiplier, 1.0);
    ck_assert_int_eq(retry->min_wait_ms, 1000);
    ck_assert_int_eq(retry->max_wait_ms, 10000);
    ck_assert_double_eq(retry->jitter, 0.25);
    ck_assert_uint_eq(retry->on, RETRIED);
    ck_assert(retry->honour_retry_after);
    ck_assert(retry->ambiguous);
    ck_assert_double_eq(retry->budget, 0.2);
}

/* What both types have alike. */
static void check_default_provider(const struct config_provider *provider)
{
    ck_assert_uint_eq(provider->api_keys.count, 0);
    ck_assert(!provider->no_key);
    ck_assert_int_eq(provider->connect_timeout_ms, 5000);
    ck_assert_int_eq(provider->first_byte_timeout_whole_ms, 280000);
    ck_assert_uint_eq(provider->header_count, 0);
    ck_assert_ptr_null(provider->ca_file);
    ck_assert_ptr_null(provider->proxy);
    ck_assert(!provider->http2);
    ck_assert_int_eq(provider->num_ctx, 0);
    ck_assert(!provider->allow_cloud);
    ck_assert_str_eq(provider->keep_alive, "5m");
    ck_assert(provider->warm_up);
    check_default_retry(&provider->retry);
}

START_TEST(openai_s_defaults)
{
    struct config_case test = load("");
    const struct config_provider *openai = config_case_provider(&test, "openai");
    check_default_provider(openai);
    ck_assert_ptr_eq(openai->kind, &kind_openai);
    ck_assert_str_eq(openai->base_url, "https://api.openai.com/v1");
    check_list(&openai->model, LIST("gpt-4"));
    ck_assert_int_eq(openai->first_byte_timeout_stream_ms, 60000);
    ck_assert_int_eq(openai->idle_timeout_ms, 30000);
    ck_assert_int_eq(openai->max_inflight, 0);
    ck_assert(!openai->local);
    config_case_done(&test);
}
END_TEST

START_TEST(ollama_s_defaults)
{
    struct config_case test = load("");
    const struct config_provider *ollama = config_case_provider(&test, "ollama");
    check_default_provider(ollama);
    ck_assert_ptr_eq(ollama->kind, &kind_ollama);
    ck_assert_str_eq(ollama->base_url, "http://127.0.0.1:11434");
    check_list(&ollama->model, LIST("ministral-3:3b", "auto"));
    ck_assert_int_eq(ollama->first_byte_timeout_stream_ms, 280000);
    ck_assert_int_eq(ollama->idle_timeout_ms, 60000);
    ck_assert_int_eq(ollama->max_inflight, 4);
    ck_assert(ollama->local);
    config_case_done(&test);
}
END_TEST

START_TEST(another_provider_has_the_defaults_of_its_type)
{
    struct config_case test = load("[route]\npriority = a, b\n"
                                   "[provider a]\nbase_url = http://box:1\ntype = ollama\n"
                                   "[provider b]\ntype = openai\nbase_url = http://box:2\n");
    const struct config_provider *a = config_case_provider(&test, "a");
    const struct config_provider *b = config_case_provider(&test, "b");
    ck_assert_ptr_eq(a->kind, &kind_ollama);
    ck_assert_int_eq(a->idle_timeout_ms, 60000);
    ck_assert_int_eq(a->max_inflight, 4);
    check_list(&a->model, LIST("ministral-3:3b", "auto"));
    ck_assert_ptr_eq(b->kind, &kind_openai);
    ck_assert_int_eq(b->idle_timeout_ms, 30000);
    check_list(&b->model, LIST("gpt-4"));
    config_case_done(&test);
}
END_TEST

START_TEST(one_first_byte_timeout_sets_both)
{
    struct config_case test = load("[provider openai]\nfirst_byte_timeout = 20s\n"
                                   "[provider ollama]\nfirst_byte_timeout = 30s, 40s\n");
    const struct config_provider *openai = config_case_provider(&test, "openai");
    const struct config_provider *ollama = config_case_provider(&test, "ollama");
    ck_assert_int_eq(openai->first_byte_timeout_stream_ms, 20000);
    ck_assert_int_eq(openai->first_byte_timeout_whole_ms, 20000);
    ck_assert_int_eq(ollama->first_byte_timeout_stream_ms, 30000);
    ck_assert_int_eq(ollama->first_byte_timeout_whole_ms, 40000);
    config_case_done(&test);
}
END_TEST

START_TEST(a_provider_s_retry_stands_over_that_of_all)
{
    struct config_case test =
        load("[retry]\nattempts = 5\non = network\nbudget = 0\n"
             "[provider ollama]\nretry_attempts = 1\nretry_on = none\nretry_max_wait = 20s\n");
    const struct retry_policy *openai = &config_case_provider(&test, "openai")->retry;
    const struct retry_policy *ollama = &config_case_provider(&test, "ollama")->retry;
    ck_assert_int_eq(openai->attempts, 5);
    ck_assert_uint_eq(openai->on, FAILURE_BIT(FAILURE_NETWORK));
    ck_assert_int_eq(openai->max_wait_ms, 10000);
    ck_assert_int_eq(ollama->attempts, 1);
    ck_assert_uint_eq(ollama->on, 0);
    ck_assert_int_eq(ollama->max_wait_ms, 20000);
    ck_assert_double_eq(ollama->budget, 0);
    config_case_done(&test);
}
END_TEST

static const struct {
    const char *value;
    const char *keys; /* "": none */
    bool no_key;
} keys[] = {
    {"sk-literal", "sk-literal", false},
    {"env:KEY", "sk-env", false},
    {"file:/secret", "sk-from-file", false},
    {"none", "", true},
    {"None", "", true},
    {"", "", false},
    {"sk-a,b", "sk-a, b", false},
    {"sk-a , env:KEY,file:/secret", "sk-a, sk-env, sk-from-file", false},
    {"env:KEYS, sk-b", "sk-1, sk-2, sk-b", false},
};

START_TEST(keys_are_looked_up)
{
    char file[64];
    (void)snprintf(file, sizeof(file), "[provider openai]\napi_key = %s\n", keys[_i].value);
    struct config_case test = load(file);
    const struct config_provider *openai = config_case_provider(&test, "openai");
    ck_assert_str_eq(config_case_join(&openai->api_keys), keys[_i].keys);
    ck_assert(openai->no_key == keys[_i].no_key);
    config_case_done(&test);
}
END_TEST

START_TEST(a_key_that_is_there_twice_is_one)
{
    struct config_case test = config_case_load("[provider openai]\napi_key = sk-1, sk-2, env:KEY\n",
                                               LIST("KEY=sk-1"), NULL);
    const struct config_provider *openai = config_case_provider(&test, "openai");
    ck_assert_str_eq(config_case_join(&openai->api_keys), "sk-1, sk-2");
    ck_assert_str_eq(config_case_join(&openai->api_keys_from), "f.ini:2, f.ini:2");
    ck_assert_uint_eq(test.errors.warnings.count, 1);
    ck_assert_str_eq(test.errors.warnings.at[0],
                     "f.ini:2: [provider openai] api_key: a key is there twice, as key 1 and "
                     "again, which makes no second one; better: leave it out");
    config_case_done(&test);
}
END_TEST

START_TEST(a_header_in_place_of_the_key_leaves_no_other_one)
{
    struct config_case test =
        load("[provider openai]\napi_key = sk-1, sk-2\nheader.authorization = x\n");
    const struct config_provider *openai = config_case_provider(&test, "openai");
    ck_assert_uint_eq(openai->api_keys.count, 0);
    ck_assert_str_eq(config_case_join(&openai->api_keys_from), "header.authorization");
    config_case_done(&test);
}
END_TEST

START_TEST(tokens_are_looked_up)
{
    struct config_case test = load("[server]\ntokens = one, env:KEY,file:/secret\n");
    check_list(&test.config->server.tokens, LIST("one", "sk-env", "sk-from-file"));
    config_case_done(&test);
}
END_TEST

START_TEST(a_credential_is_in_systemd_s_directory)
{
    struct config_case test = config_case_load("[provider openai]\napi_key = credential:name\n",
                                               LIST("CREDENTIALS_DIRECTORY=/credentials"), NULL);
    ck_assert_str_eq(config_case_join(&config_case_provider(&test, "openai")->api_keys),
                     "sk-from-file");
    config_case_done(&test);
}
END_TEST

START_TEST(secrets_that_cannot_be_read_are_told_each_at_its_place)
{
    struct config_case test = config_case_load("[server]\ntokens = ok, env:NONE\n"
                                               "[provider openai]\napi_key = file:/none\n"
                                               "header.X-Key = credential:x\n",
                                               NULL, NULL);
    ck_assert_int_eq(test.r, -EINVAL);
    ck_assert_uint_eq(test.errors.errors.count, 3);
    ck_assert_str_eq(test.errors.errors.at[0],
                     "f.ini:2: [server] tokens: the environment variable NONE is not set; allowed: "
                     "a secret of 1 to 512 bytes without control bytes, env:NAME, file:PATH or "
                     "credential:NAME");
    ck_assert_ptr_nonnull(strstr(test.errors.errors.at[1],
                                 "f.ini:4: [provider openai] api_key: /none: no such file; "));
    ck_assert_ptr_nonnull(
        strstr(test.errors.errors.at[2],
               "f.ini:5: [provider openai] header.X-Key: $CREDENTIALS_DIRECTORY"));
    config_case_done(&test);
}
END_TEST

START_TEST(a_secret_that_does_not_win_is_not_looked_up)
{
    struct config_case test =
        config_case_load("[provider openai]\napi_key = file:/none\n",
                         LIST("UNDERSTUDY_PROVIDER_OPENAI_API_KEY=sk-1"), NULL);
    ck_assert_str_eq(config_case_join(&config_case_provider(&test, "openai")->api_keys), "sk-1");
    config_case_done(&test);
}
END_TEST

START_TEST(headers_are_kept_and_only_secret_ones_looked_up)
{
    struct config_case test =
        config_case_load("[provider openai]\nheader.X-Team = env:KEY\n"
                         "header.X-Api-Key = env:KEY\nheader.X-Other = a\n",
                         LIST("KEY=sk-env"), LIST("provider.openai.header.x-team=b, c"));
    const struct config_provider *openai = config_case_provider(&test, "openai");
    ck_assert_uint_eq(openai->header_count, 3);
    ck_assert_str_eq(openai->headers[0].name, "X-Api-Key");
    ck_assert_str_eq(openai->headers[0].value, "sk-env");
    ck_assert_str_eq(openai->headers[1].value, "a");
    ck_assert_str_eq(openai->headers[2].name, "x-team");
    ck_assert_str_eq(openai->headers[2].value, "b, c");
    config_case_done(&test);
}
END_TEST

START_TEST(a_header_that_is_no_secret_is_never_a_reference)
{
    struct config_case test = load("[provider openai]\nheader.X-Team = env:KEY\n");
    ck_assert_str_eq(config_case_provider(&test, "openai")->headers[0].value, "env:KEY");
    config_case_done(&test);
}
END_TEST

START_TEST(a_header_of_4000_bytes_is_whole)
{
    char value[4001], file[4100];
    memset(value, 'v', 4000);
    value[4000] = '\0';
    (void)snprintf(file, sizeof(file), "[provider openai]\nheader.X-Long = %s\n", value);
    struct config_case test = load(file);
    ck_assert_str_eq(config_case_provider(&test, "openai")->headers[0].value, value);
    config_case_done(&test);
}
END_TEST

static const struct {
    const char *provider;
    const char *given;
    const char *base_url;
    bool local;
    const char *proxy; /* NULL = none */
    bool far_by_proxy;
} addresses[] = {
    {"openai", "https://api.example/v1/", "https://api.example/v1", false, NULL, false},
    {"openai", "https://api.example/", "https://api.example", false, NULL, false},
    {"openai", "http://192.168.1.5:8000/v1", "http://192.168.1.5:8000/v1", true, NULL, false},
    {"openai", "http://8.8.8.8/v1", "http://8.8.8.8/v1", false, NULL, false},
    {"ollama", "http://localhost:11434/v1/", "http://localhost:11434", true, NULL, false},
    {"ollama", "http://box:11434//", "http://box:11434", true, NULL, false},
    {"ollama", "https://ollama.example/api1", "https://ollama.example/api1", false, NULL, false},
    {"ollama", "http://box:11434", "http://box:11434", false, "http://far.example:3128", true},
    {"ollama", "http://[::1]:11434", "http://[::1]:11434", false, "socks5h://user:p@ss@8.8.8.8",
     true},
    {"ollama", "http://box:11434", "http://box:11434", true, "http://u:p@127.0.0.1:3128", false},
    {"ollama", "http://box:11434", "http://box:11434", true, "socks5://[fd00::1]:1080", false},
    {"openai", "https://api.example", "https://api.example", false, "http://localhost:3128", false},
    {"openai", "https://api.example", "https://api.example", false, "http://far.example", false},
};

START_TEST(addresses_are_trimmed_and_placed)
{
    char flag[128], proxy[128];
    (void)snprintf(flag, sizeof(flag), "provider.%s.base_url=%s", addresses[_i].provider,
                   addresses[_i].given);
    (void)snprintf(proxy, sizeof(proxy), "provider.%s.proxy=%s", addresses[_i].provider,
                   addresses[_i].proxy ? addresses[_i].proxy : "none");
    struct config_case test = config_case_load("", NULL, LIST(flag, proxy));
    const struct config_provider *provider = config_case_provider(&test, addresses[_i].provider);
    ck_assert_str_eq(provider->base_url, addresses[_i].base_url);
    ck_assert(provider->local == addresses[_i].local);
    ck_assert(provider->far_by_proxy == addresses[_i].far_by_proxy);
    config_case_done(&test);
}
END_TEST

static const struct {
    const char *name;
    const char *file;
    const char *check_url;
} checks[] = {
    {"another host", "[provider openai]\nbase_url = https://api.example:8443/v1\n",
     "https://api.example:8443"},
    {"an own address", "[connectivity]\ncheck_url = http://x/y?z\n", "http://x/y?z"},
    {"an empty one", "[connectivity]\ncheck_url =\n", NULL},
    {"off", "[connectivity]\ncheck_url = off\n", NULL},
    {"no cloud in the route", "[route]\npriority = ollama\n", NULL},
    {"the first of the route and not of the file",
     "[provider a]\ntype = openai\nbase_url = https://a.example\n"
     "[provider b]\ntype = openai\nbase_url = https://b.example\n[route]\npriority = b, a\n",
     "https://b.example"},
    {"a local one proves nothing about the internet",
     "[provider lm]\ntype = openai\nbase_url = http://127.0.0.1:1234/v1\n"
     "[route]\npriority = lm, openai, ollama\n",
     "https://api.openai.com"},
    {"a local one when there is no other",
     "[provider lm]\ntype = openai\nbase_url = http://127.0.0.1:1234/v1\n"
     "[route]\npriority = lm, ollama\n",
     "http://127.0.0.1:1234"},
};

START_TEST(what_is_asked_whether_we_are_online)
{
    struct config_case test = load(checks[_i].file);
    ck_assert_pstr_eq(test.config->connectivity.check_url, checks[_i].check_url);
    config_case_done(&test);
}
END_TEST

START_TEST(what_is_told_of_a_model_is_kept)
{
    struct config_case test = config_case_load(
        "[model a]\ncontext = 400K\ncapabilities = completion, vision\n", NULL, NULL);
    ck_assert_int_eq(test.r, 0);
    ck_assert_int_eq(test.config->models[0].context, 400 << 10);
    ck_assert_uint_eq(test.config->models[0].capabilities.count, 2);
    ck_assert_str_eq(test.config->models[0].capabilities.at[1], "vision");
    config_case_done(&test);
}
END_TEST

START_TEST(models_are_kept)
{
    struct config_case test = config_case_load(
        "[model gpt-4.1]\nollama = llama3\nopenai = gpt-5\n[model x]\nhedge_after = 3s\n", NULL,
        LIST("model gpt-4.1.ollama=qwen3:8b", "model a.b c.ollama=y"));
    ck_assert_int_eq(test.r, 0);
    ck_assert_uint_eq(test.config->model_count, 3);
    const struct config_model *models = test.config->models;
    ck_assert_str_eq(models[0].name, "gpt-4.1");
    ck_assert_uint_eq(models[0].of_count, 2);
    ck_assert_str_eq(models[0].of[0].name, "openai");
    ck_assert_str_eq(models[0].of[0].value, "gpt-5");
    ck_assert_str_eq(models[0].of[1].name, "ollama");
    ck_assert_str_eq(models[0].of[1].value, "qwen3:8b");
    ck_assert(!models[0].has_hedge_after);
    ck_assert_int_eq(models[0].hedge_after_ms, HEDGE_AUTO);
    ck_assert(models[1].has_hedge_after);
    ck_assert_int_eq(models[1].hedge_after_ms, 3000);
    ck_assert_str_eq(models[2].name, "a.b c");
    config_case_done(&test);
}
END_TEST

START_TEST(only_presets_have_an_address_where_they_are_of_their_own_type)
{
    struct config_provider provider = {.kind = &kind_ollama};
    const struct option *base_url = option_find(SECTION_PROVIDER, text_of("base_url"));
    const struct option *model = option_find(SECTION_PROVIDER, text_of("model"));
    ck_assert_ptr_null(config_default(base_url, &provider));
    ck_assert_str_eq(config_default(model, &provider), "ministral-3:3b, auto");
    provider.preset = preset_by_name(text_of("openai")); /* whose address is no Ollama's */
    ck_assert_ptr_null(config_default(base_url, &provider));
    provider.kind = &kind_openai;
    ck_assert_str_eq(config_default(base_url, &provider), "https://api.openai.com/v1");
}
END_TEST

static void add_defaults(TCase *tc)
{
    tcase_add_test(tc, the_server_s_defaults);
    tcase_add_test(tc, the_other_sections_defaults);
    tcase_add_test(tc, openai_s_defaults);
    tcase_add_test(tc, ollama_s_defaults);
    tcase_add_test(tc, another_provider_has_the_defaults_of_its_type);
    tcase_add_test(tc, only_presets_have_an_address_where_they_are_of_their_own_type);
}

static Suite *suite(void)
{
    Suite *s = suite_create("config_fill");
    TCase *tc = tcase_create("config_fill");
    add_defaults(tc);
    tcase_add_test(tc, one_first_byte_timeout_sets_both);
    tcase_add_test(tc, a_provider_s_retry_stands_over_that_of_all);
    tcase_add_loop_test(tc, keys_are_looked_up, 0, ROWS(keys));
    tcase_add_test(tc, a_key_that_is_there_twice_is_one);
    tcase_add_test(tc, a_header_in_place_of_the_key_leaves_no_other_one);
    tcase_add_test(tc, tokens_are_looked_up);
    tcase_add_test(tc, a_credential_is_in_systemd_s_directory);
    tcase_add_test(tc, secrets_that_cannot_be_read_are_told_each_at_its_place);
    tcase_add_test(tc, a_secret_that_does_not_win_is_not_looked_up);
    tcase_add_test(tc, headers_are_kept_and_only_secret_ones_looked_up);
    tcase_add_test(tc, a_header_that_is_no_secret_is_never_a_reference);
    tcase_add_test(tc, a_header_of_4000_bytes_is_whole);
    tcase_add_loop_test(tc, addresses_are_trimmed_and_placed, 0, ROWS(addresses));
    tcase_add_loop_test(tc, what_is_asked_whether_we_are_online, 0, ROWS(checks));
    tcase_add_test(tc, models_are_kept);
    tcase_add_test(tc, what_is_told_of_a_model_is_kept);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
