/* File, environment and flags together: who wins, and everything that is wrong told at once. */
#include "config_case.h"
#include "settings/setting.h"

static const char file[] = "[retry]\nattempts = 4\n[provider openai]\nmodel = from-file\n";

static const struct {
    const char *name;
    const char *const *environ_;
    const char *const *flags;
    int attempts;
} sources[] = {
    {"the file over the default", NULL, NULL, 4},
    {"a plain name over the file", (const char *const[]){"LLM_RETRY_ATTEMPTS=5", NULL}, NULL, 5},
    {"the long name over the plain one",
     (const char *const[]){"UNDERSTUDY_RETRY_ATTEMPTS=6", "LLM_RETRY_ATTEMPTS=5", NULL}, NULL, 6},
    {"a flag over all of them",
     (const char *const[]){"UNDERSTUDY_RETRY_ATTEMPTS=6", "LLM_RETRY_ATTEMPTS=5", NULL},
     (const char *const[]){"retry.attempts=7", NULL}, 7},
    {"the later of two flags", NULL,
     (const char *const[]){"retry.attempts=7", "retry.attempts=8", NULL}, 8},
    {"the file over an empty plain name", (const char *const[]){"LLM_RETRY_ATTEMPTS=", NULL}, NULL,
     4},
};

START_TEST(flag_over_environment_over_file_over_default)
{
    struct config_case test = config_case_load(file, sources[_i].environ_, sources[_i].flags);
    const struct config_provider *openai = config_case_provider(&test, "openai");
    ck_assert_msg(openai->retry.attempts == sources[_i].attempts, "%s: %d", sources[_i].name,
                  openai->retry.attempts);
    ck_assert_str_eq(openai->model.at[0], "from-file");
    ck_assert_uint_eq(test.errors.warnings.count, 0);
    config_case_done(&test);
}
END_TEST

START_TEST(an_environment_name_can_mean_what_a_flag_brought)
{
    struct config_case test = config_case_load(
        "", LIST("UNDERSTUDY_PROVIDER_MY_BOX_BASE_URL=http://box", "UNDERSTUDY_MODEL_X_1_MY_BOX=y"),
        LIST("provider.my-box.type=openai", "model x.1.ollama=z"));
    ck_assert_str_eq(config_case_provider(&test, "my-box")->base_url, "http://box");
    ck_assert_str_eq(config_model_by_name(test.config, text_of("x.1"))->of[1].value, "y");
    config_case_done(&test);
}
END_TEST

static const struct {
    const char *name;
    const char *file;
    const char *credential;
    const char *key;  /* NULL: none */
    const char *from; /* what says where it is from */
} credentials[] = {
    {"an empty one is none", "", "\n", NULL, NULL},
    {"an empty one leaves the file's key", "[provider openai]\napi_key = sk-own\n", "\n", "sk-own",
     "f.ini:2"},
    {"one with a key wins over the file", "[provider openai]\napi_key = sk-own\n", "sk-unit\n",
     "sk-unit", "the credential name"},
};

START_TEST(the_credential_of_the_service_may_be_empty)
{
    const char *const variables[] = {"CREDENTIALS_DIRECTORY=/credentials",
                                     "UNDERSTUDY_PROVIDER_OPENAI_API_KEY=credential:name", NULL};
    struct config_source source = config_case_source(credentials[_i].file, variables, NULL);
    struct config_case test = {0};
    char credential[16];
    (void)snprintf(credential, sizeof(credential), "%s", credentials[_i].credential);
    source.read_file_arg = credential;
    test.r = config_load(&source, &test.config, &test.errors);
    ck_assert_msg(test.r == 0, "%s: %s", credentials[_i].name,
                  test.errors.errors.count ? test.errors.errors.at[0] : "");
    const struct config_provider *openai = config_case_provider(&test, "openai");
    ck_assert_str_eq(config_case_join(&openai->api_keys),
                     credentials[_i].key ? credentials[_i].key : "");
    ck_assert_str_eq(config_case_join(&openai->api_keys_from),
                     credentials[_i].from ? credentials[_i].from : "");
    config_case_done(&test);
}
END_TEST

START_TEST(an_empty_credential_that_the_file_names_is_an_error)
{
    struct config_source source =
        config_case_source("[provider openai]\napi_key = credential:name\n",
                           LIST("CREDENTIALS_DIRECTORY=/credentials"), NULL);
    struct config_case test = {0};
    static char empty[] = "\n";
    source.read_file_arg = empty;
    test.r = config_load(&source, &test.config, &test.errors);
    ck_assert_int_eq(test.r, -EINVAL);
    ck_assert_ptr_nonnull(strstr(test.errors.errors.at[0], "the secret is empty"));
    config_case_done(&test);
}
END_TEST

START_TEST(openai_base_url_is_never_read)
{
    struct config_case test =
        config_case_load("", LIST("OPENAI_BASE_URL=http://127.0.0.1:11411/v1"), NULL);
    ck_assert_str_eq(config_case_provider(&test, "openai")->base_url, "https://api.openai.com/v1");
    ck_assert_uint_eq(test.errors.warnings.count, 0);
    config_case_done(&test);
}
END_TEST

START_TEST(an_unknown_variable_is_a_warning)
{
    struct config_case test = config_case_load("", LIST("UNDERSTUDY_RETRY_ATEMPTS=1"), NULL);
    ck_assert_int_eq(test.r, 0);
    ck_assert_uint_eq(test.errors.warnings.count, 1);
    ck_assert_str_eq(test.errors.warnings.at[0],
                     "env UNDERSTUDY_RETRY_ATEMPTS: no setting has this name; did you mean "
                     "UNDERSTUDY_RETRY_ATTEMPTS?");
    config_case_done(&test);
}
END_TEST

/* What each line of errors must begin with. */
static void check_begins(const struct strings *errors, const char *const *begins)
{
    for (size_t i = 0; i < errors->count; i++) {
        ck_assert_ptr_nonnull(begins[i]);
        ck_assert_msg(strncmp(errors->at[i], begins[i], strlen(begins[i])) == 0, "%s",
                      errors->at[i]);
        ck_assert_msg(strstr(errors->at[i], "; allowed: ") != NULL, "%s", errors->at[i]);
    }
    ck_assert_ptr_null(begins[errors->count]);
}

START_TEST(all_that_is_wrong_is_told_at_once)
{
    struct config_case test = config_case_load(
        "[retry]\nattempts = 0\nattempts = 1\nwibble = 1\nmin_wait = 1h\n"
        "[wobble]\n[server]\nlisten = 0.0.0.0:80\n  x\nrubbish\n"
        "[provider box]\ntype = openai\napi_key = env:NONE\n[route]\npriority = bux\n",
        LIST("UNDERSTUDY_SERVER_WORKERS=many", "OLLAMA_HOST=a b"),
        LIST("log.level=loud", "rubbish"));
    ck_assert_int_eq(test.r, -EINVAL);
    ck_assert_ptr_null(test.config);
    check_begins(
        &test.errors.errors,
        LIST("f.ini:2: [retry] attempts = \"0\": out of range; ",
             "f.ini:3: duplicate key [retry] attempts; ", "f.ini:4: unknown key \"wibble\"",
             "f.ini:6: unknown section \"wobble\"", "f.ini:9: an indented line", "f.ini:10: not a",
             "-s log.level: [log] level = \"loud\": ", "-s rubbish: not a setting; ",
             "env UNDERSTUDY_SERVER_WORKERS: [server] workers", "env OLLAMA_HOST: no valid host",
             "f.ini:13: [provider box] api_key: the environment variable NONE is not set; ",
             "f.ini:8: [server] listen = \"0.0.0.0:80\" is reachable",
             "f.ini:5: [retry]: min_wait (3600000 ms)",
             "f.ini:15: [route] priority: no provider is named \"bux\"",
             "f.ini:11: [provider box] base_url is needed; "));
    config_case_done(&test);
}
END_TEST

START_TEST(a_file_of_noise_gives_no_config)
{
    static const char noise[] = "\xff\xfe[\0r\0e\0t\0r\0y\0]\0\n\0a\0=\0"
                                "1\0\n";
    struct config *config = NULL;
    struct config_errors errors;
    struct config_source source = config_case_source("", NULL, NULL);
    source.file = text_make(noise, sizeof(noise) - 1);
    ck_assert_int_eq(config_load(&source, &config, &errors), -EINVAL);
    ck_assert_ptr_null(config);
    ck_assert_uint_eq(errors.errors.count, 2);
    config_errors_done(&errors);
}
END_TEST

START_TEST(what_was_written_is_there_after_errors_too)
{
    struct setting_set set;
    struct config *config = NULL;
    struct config_errors errors;
    const struct config_source source =
        config_case_source("[retry]\nattempts = 0\njitter = 0\n", NULL, NULL);
    ck_assert_int_eq(config_load_with_settings(&source, &set, &config, &errors), -EINVAL);
    ck_assert_ptr_null(config);
    ck_assert_uint_eq(set.count, 2);
    ck_assert_int_eq(setting_find(&set, SECTION_RETRY, NULL, "jitter")->origin.line, 3);
    setting_set_done(&set);
    config_errors_done(&errors);
}
END_TEST

START_TEST(nothing_at_all_gives_the_defaults)
{
    const struct config_source source = {0};
    struct config *config = NULL;
    struct config_errors errors;
    ck_assert_int_eq(config_load(&source, &config, &errors), 0);
    ck_assert_uint_ge(config->provider_count, 3);
    ck_assert_uint_eq(errors.warnings.count, 0);
    config_free(config);
    config_errors_done(&errors);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_load");
    TCase *tc = tcase_create("config_load");
    tcase_add_loop_test(tc, flag_over_environment_over_file_over_default, 0, ROWS(sources));
    tcase_add_test(tc, an_environment_name_can_mean_what_a_flag_brought);
    tcase_add_loop_test(tc, the_credential_of_the_service_may_be_empty, 0, ROWS(credentials));
    tcase_add_test(tc, an_empty_credential_that_the_file_names_is_an_error);
    tcase_add_test(tc, openai_base_url_is_never_read);
    tcase_add_test(tc, an_unknown_variable_is_a_warning);
    tcase_add_test(tc, all_that_is_wrong_is_told_at_once);
    tcase_add_test(tc, a_file_of_noise_gives_no_config);
    tcase_add_test(tc, what_was_written_is_there_after_errors_too);
    tcase_add_test(tc, nothing_at_all_gives_the_defaults);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
