/* Settings of the environment: long names, plain names, OLLAMA_HOST, and unknown ones. */
#include "setting_case.h"
#include "settings/option.h"
#include "settings/setting.h"

#define URLS                                                                                       \
    "; allowed: host, :port, host:port, [v6]:port or an http:// or https:// address of these"
#define UNKNOWN "no setting has this name"

static const struct {
    const char *name;
    const char *variable;
    const char *kept;
    const char *error;
    const char *warning;
} rows[] = {
    {"a long name", "UNDERSTUDY_RETRY_ATTEMPTS=5", "[retry] attempts = 5", "", ""},
    {"a key that holds a _", "UNDERSTUDY_SERVER_MAX_INFLIGHT=5", "[server] max_inflight = 5", "",
     ""},
    {"blanks around a value", "UNDERSTUDY_RETRY_ATTEMPTS= 5 ", "[retry] attempts = 5", "", ""},
    {"a value that holds =", "UNDERSTUDY_LOG_USAGE_FILE=/a=b", "[log] usage_file = /a=b", "", ""},
    {"an empty long name sets the empty value",
     "UNDERSTUDY_CONNECTIVITY_CHECK_URL=", "[connectivity] check_url = ", "", ""},
    {"a provider of the defaults", "UNDERSTUDY_PROVIDER_OPENAI_API_KEY=sk-1",
     "[provider openai] api_key = sk-1", "", ""},
    {"a provider's own retry", "UNDERSTUDY_PROVIDER_OLLAMA_RETRY_ATTEMPTS=1",
     "[provider ollama] retry_attempts = 1", "", ""},
    {"a provider with -", "UNDERSTUDY_PROVIDER_MY_BOX_MODEL=x", "[provider my-box] model = x", "",
     ""},
    {"a model's provider", "UNDERSTUDY_MODEL_GPT_4_1_OLLAMA=llama3",
     "[model gpt-4.1] ollama = llama3", "", ""},
    {"a model's provider with -", "UNDERSTUDY_MODEL_GPT_4_1_MY_BOX=x", "[model gpt-4.1] my-box = x",
     "", ""},
    {"a model's hedge_after", "UNDERSTUDY_MODEL_GPT_4_1_HEDGE_AFTER=3s",
     "[model gpt-4.1] hedge_after = 3s", "", ""},
    {"two providers of that name", "UNDERSTUDY_PROVIDER_A_B_MODEL=x", "",
     "env UNDERSTUDY_PROVIDER_A_B_MODEL: this name stands for 2 settings, as two sections have "
     "names that differ only in what is _ here; allowed: set them in the file or with -s",
     ""},
    {"a header has no variable", "UNDERSTUDY_PROVIDER_OPENAI_HEADER_X_TEAM=a", "", "",
     "env UNDERSTUDY_PROVIDER_OPENAI_HEADER_X_TEAM: " UNKNOWN},
    {"a bad value", "UNDERSTUDY_RETRY_ATTEMPTS=many", "![retry] attempts = many",
     "env UNDERSTUDY_RETRY_ATTEMPTS: [retry] attempts = \"many\": not valid; allowed: a whole "
     "number, from 1 to 100",
     ""},
    {"an unknown name", "UNDERSTUDY_WIBBLE_WOBBLE=1", "", "",
     "env UNDERSTUDY_WIBBLE_WOBBLE: " UNKNOWN},
    {"a name of nothing", "UNDERSTUDY_=1", "", "", "env UNDERSTUDY_: " UNKNOWN},
    {"a provider that nobody names", "UNDERSTUDY_PROVIDER_BOX_MODEL=x", "", "",
     "env UNDERSTUDY_PROVIDER_BOX_MODEL: " UNKNOWN
     "; did you mean UNDERSTUDY_PROVIDER_MY_BOX_MODEL?"},
    {"a model that nobody names", "UNDERSTUDY_MODEL_GPT_5_OLLAMA=x", "", "",
     "env UNDERSTUDY_MODEL_GPT_5_OLLAMA: " UNKNOWN},
    {"small letters", "UNDERSTUDY_retry_attempts=5", "", "",
     "env UNDERSTUDY_retry_attempts: " UNKNOWN "; did you mean UNDERSTUDY_RETRY_ATTEMPTS?"},
    {"a misspelt name", "UNDERSTUDY_RETRY_ATEMPTS=5", "", "",
     "env UNDERSTUDY_RETRY_ATEMPTS: " UNKNOWN "; did you mean UNDERSTUDY_RETRY_ATTEMPTS?"},
    {"the section's word left out", "UNDERSTUDY_OLLAMA_MODEL=x", "", "",
     "env UNDERSTUDY_OLLAMA_MODEL: " UNKNOWN "; did you mean UNDERSTUDY_PROVIDER_OLLAMA_MODEL?"},
    {"a misspelt name of the last row", "UNDERSTUDY_LOG_USAGEFILE=/x", "", "",
     "env UNDERSTUDY_LOG_USAGEFILE: " UNKNOWN "; did you mean UNDERSTUDY_LOG_USAGE_FILE?"},
    {"a misspelt retry of a provider", "UNDERSTUDY_PROVIDER_OPENAI_RETRY_ATEMPTS=5", "", "",
     "env UNDERSTUDY_PROVIDER_OPENAI_RETRY_ATEMPTS: " UNKNOWN
     "; did you mean UNDERSTUDY_PROVIDER_OPENAI_RETRY_ATTEMPTS?"},
    {"the settings file is no setting", "UNDERSTUDY_CONFIG=/etc/x.ini", "", "", ""},
    {"another program's variable", "UNDERSTUDYX=1", "", "", ""},
    {"a variable without value", "UNDERSTUDY_RETRY_ATTEMPTS", "", "", ""},
    {"LLM_RETRY_ATTEMPTS", "LLM_RETRY_ATTEMPTS=5", "[retry] attempts = 5", "", ""},
    {"LLM_RETRY_MIN_WAIT", "LLM_RETRY_MIN_WAIT=1.5", "[retry] min_wait = 1.5", "", ""},
    {"LLM_RETRY_MAX_WAIT", "LLM_RETRY_MAX_WAIT=20", "[retry] max_wait = 20", "", ""},
    {"GLUELLM_MAX_TOOL_ITERATIONS", "GLUELLM_MAX_TOOL_ITERATIONS=7", "[tools] max_iterations = 7",
     "", ""},
    {"LLM_RETRY_MULTIPLIER", "LLM_RETRY_MULTIPLIER=2", "[retry] multiplier = 2", "", ""},
    {"OPENAI_API_KEY", "OPENAI_API_KEY=sk-1", "[provider openai] api_key = sk-1", "", ""},
    {"OPENAI_MODEL", "OPENAI_MODEL=gpt-4o", "[provider openai] model = gpt-4o", "", ""},
    {"OLLAMA_MODEL", "OLLAMA_MODEL=a, b", "[provider ollama] model = a, b", "", ""},
    {"PROVIDER_PRIORITY", "PROVIDER_PRIORITY=ollama,openai", "[route] priority = ollama,openai", "",
     ""},
    {"CONNECTIVITY_CHECK_URL", "CONNECTIVITY_CHECK_URL=http://x",
     "[connectivity] check_url = http://x", "", ""},
    {"CONNECTIVITY_TIMEOUT_MS", "CONNECTIVITY_TIMEOUT_MS=500", "[connectivity] timeout_ms = 500",
     "", ""},
    {"a bad plain one", "LLM_RETRY_ATTEMPTS=0", "![retry] attempts = 0",
     "env LLM_RETRY_ATTEMPTS: [retry] attempts = \"0\": out of range; allowed: a whole number, "
     "from 1 to 100",
     ""},
    {"an empty plain one counts as not set", "OPENAI_API_KEY=", "", "", ""},
    {"a blank plain one, too", "OLLAMA_HOST= ", "", "", ""},
    {"OPENAI_BASE_URL is never read", "OPENAI_BASE_URL=http://127.0.0.1:11411/v1", "", "", ""},
    {"another LLM_ variable is not ours", "LLM_RETRY_JITTER=x", "", "", ""},
    {"OLLAMA_HOST: a host", "OLLAMA_HOST=box", "[provider ollama] base_url = http://box:11434", "",
     ""},
    {"OLLAMA_HOST: a port", "OLLAMA_HOST=:1234",
     "[provider ollama] base_url = http://127.0.0.1:1234", "", ""},
    {"OLLAMA_HOST: both", "OLLAMA_HOST=box:1234", "[provider ollama] base_url = http://box:1234",
     "", ""},
    {"OLLAMA_HOST: a URL", "OLLAMA_HOST=https://box/x",
     "[provider ollama] base_url = https://box:443/x", "", ""},
    {"OLLAMA_HOST: where Ollama listens", "OLLAMA_HOST=0.0.0.0",
     "[provider ollama] base_url = http://127.0.0.1:11434", "", ""},
    {"OLLAMA_HOST: no host", "OLLAMA_HOST=a b", "", "env OLLAMA_HOST: no valid host" URLS, ""},
    {"OLLAMA_HOST: another scheme", "OLLAMA_HOST=ftp://box", "",
     "env OLLAMA_HOST: an address that begins with neither http:// nor https://" URLS, ""},
    {"OLLAMA_HOST: no port", "OLLAMA_HOST=box:x", "![provider ollama] base_url = http://box:x",
     "env OLLAMA_HOST: [provider ollama] base_url = \"http://box:x\": the port is not a number; "
     "allowed: an http:// or https:// address without user, query and fragment",
     ""},
};

/* A set that knows two models and, beside the defaults, three providers. */
static void init_with_names(struct setting_case *test)
{
    static const char *const names[][2] = {{"provider", "my-box"},
                                           {"provider", "a-b"},
                                           {"provider", "a_b"},
                                           {"model", "gpt-4.1"},
                                           {"model", "o3"}};
    const struct origin origin = {ORIGIN_FILE, 1, {"f.ini", 5}};
    struct place place;
    setting_case_init(test);
    for (int i = 0; i < ROWS(names); i++)
        ck_assert(
            setting_place(&test->set, text_of(names[i][0]), text_of(names[i][1]), &origin, &place));
}

START_TEST(a_variable_is_read)
{
    struct setting_case test;
    init_with_names(&test);
    setting_add_environment(&test.set, LIST(rows[_i].variable));
    setting_case_check_kept(&test, rows[_i].name, rows[_i].kept);
    setting_case_check_lines(&test.lines.errors, rows[_i].name, rows[_i].error);
    setting_case_check_lines(&test.lines.warnings, rows[_i].name, rows[_i].warning);
    setting_case_done(&test);
}
END_TEST

static void check_name_is_read(const struct option *option, enum option_section section,
                               const char *name)
{
    struct setting_case test;
    char variable[128];
    const struct config_provider openai = {.kind = &kind_openai, .preset = preset_at(0)};
    const char *value = config_default(option, name ? &openai : NULL);
    bool retry = section == SECTION_PROVIDER && option->section == SECTION_RETRY;
    char key[64];
    (void)snprintf(key, sizeof(key), "%s%s", retry ? "retry_" : "", option->key);
    option_environment(section, name, key, variable, 96);
    size_t length = strlen(variable);
    (void)snprintf(variable + length, sizeof(variable) - length, "=%s", value ? value : "");
    setting_case_init(&test);
    setting_add_environment(&test.set, LIST(variable));
    ck_assert_msg(test.set.count == 1 && test.report.errors == 0, "%s", variable);
    ck_assert(test.set.at[0].option == option);
    ck_assert_int_eq(test.set.at[0].section, section);
    ck_assert_pstr_eq(test.set.at[0].name, name);
    ck_assert_int_eq(test.set.at[0].origin.kind, ORIGIN_ENVIRONMENT);
    setting_case_done(&test);
}

START_TEST(every_row_has_a_name_that_is_read)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        if (option->section == SECTION_MODEL || option->section == SECTION_TOKEN ||
            option->section == SECTION_TOOL || option->type == OPTION_HEADER)
            continue;
        bool provider = option->section == SECTION_PROVIDER;
        check_name_is_read(option, option->section, provider ? "openai" : NULL);
        if (option->section == SECTION_RETRY)
            check_name_is_read(option, SECTION_PROVIDER, "ollama");
    }
}
END_TEST

START_TEST(the_long_name_wins_whatever_comes_first)
{
    for (int swapped = 0; swapped < 2; swapped++) {
        static const char *const both[] = {"LLM_RETRY_ATTEMPTS=5", "UNDERSTUDY_RETRY_ATTEMPTS=6"};
        struct setting_case test;
        setting_case_init(&test);
        setting_add_environment(&test.set, LIST(both[swapped], both[!swapped]));
        ck_assert_str_eq(setting_find(&test.set, SECTION_RETRY, NULL, "attempts")->value, "6");
        ck_assert_uint_eq(test.report.errors, 0);
        setting_case_done(&test);
    }
}
END_TEST

START_TEST(an_empty_long_name_wins_over_a_plain_one)
{
    struct setting_case test;
    setting_case_init(&test);
    setting_add_environment(&test.set,
                            LIST("UNDERSTUDY_PROVIDER_OPENAI_API_KEY=", "OPENAI_API_KEY=sk-1"));
    ck_assert_str_eq(setting_find(&test.set, SECTION_PROVIDER, "openai", "api_key")->value, "");
    setting_case_done(&test);
}
END_TEST

START_TEST(no_environment_is_none)
{
    struct setting_case test;
    setting_case_init(&test);
    setting_add_environment(&test.set, NULL);
    ck_assert_uint_eq(test.set.count, 0);
    setting_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("setting_env");
    TCase *tc = tcase_create("setting_env");
    tcase_add_loop_test(tc, a_variable_is_read, 0, ROWS(rows));
    tcase_add_test(tc, every_row_has_a_name_that_is_read);
    tcase_add_test(tc, the_long_name_wins_whatever_comes_first);
    tcase_add_test(tc, an_empty_long_name_wins_over_a_plain_one);
    tcase_add_test(tc, no_environment_is_none);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
