/* Where settings are from, as it is told at the start. */
#include "config_case.h"
#include "settings/setting.h"

static const struct {
    const char *name;
    const char *file;
    const char *environ_[4];
    const char *flags[4];
    const char *key_from;
} keys[] = {
    {"no key is from nowhere", "", {NULL}, {NULL}, ""},
    {"a plain variable", "", {"OPENAI_API_KEY=k", NULL}, {NULL}, "OPENAI_API_KEY"},
    {"the long variable wins",
     "",
     {"OPENAI_API_KEY=k", "UNDERSTUDY_PROVIDER_OPENAI_API_KEY=k", NULL},
     {NULL},
     "UNDERSTUDY_PROVIDER_OPENAI_API_KEY"},
    {"a literal in the file is told by its line",
     "\n[provider openai]\napi_key = k\n",
     {NULL},
     {NULL},
     "f.ini:3"},
    {"a reference to a variable is that variable",
     "[provider openai]\napi_key = env:MY_KEY\n",
     {"MY_KEY=k", NULL},
     {NULL},
     "MY_KEY"},
    {"a reference to a file is that file",
     "[provider openai]\napi_key = file:/secret\n",
     {NULL},
     {NULL},
     "/secret"},
    {"a credential is called one",
     "[provider openai]\napi_key = credential:name\n",
     {"CREDENTIALS_DIRECTORY=/credentials", NULL},
     {NULL},
     "the credential name"},
    {"a literal flag is the command line",
     "",
     {NULL},
     {"provider.openai.api_key=k", NULL},
     "the command line"},
    {"each key of a list is told by its own",
     "[provider openai]\napi_key = env:MY_KEYS, sk-3, file:/secret, credential:name\n",
     {"MY_KEYS=k1,k2", "CREDENTIALS_DIRECTORY=/credentials", NULL},
     {NULL},
     "MY_KEYS, MY_KEYS, f.ini:2, /secret"}, /* the credential holds what the file does */
    {"a list in a plain variable",
     "",
     {"OPENAI_API_KEY=k1,k2", NULL},
     {NULL},
     "OPENAI_API_KEY, OPENAI_API_KEY"},
    {"none is no key", "[provider openai]\napi_key = none\n", {NULL}, {NULL}, ""},
};

START_TEST(a_key_is_told_by_its_place)
{
    struct config_case test = config_case_load(keys[_i].file, keys[_i].environ_, keys[_i].flags);
    ck_assert_msg(test.r == 0, "%s", keys[_i].name);
    const char *from = config_case_join(&config_case_provider(&test, "openai")->api_keys_from);
    ck_assert_msg(strcmp(from, keys[_i].key_from) == 0, "%s: %s", keys[_i].name, from);
    config_case_done(&test);
}
END_TEST

START_TEST(nothing_set_is_from_nowhere)
{
    struct config_case test = config_case_load("# nothing\n", LIST("HOME=/x"), LIST(NULL));
    ck_assert_ptr_null(test.config->origins.file);
    ck_assert_uint_eq(test.config->origins.environment.count, 0);
    ck_assert(!test.config->origins.flags);
    config_case_done(&test);
}
END_TEST

START_TEST(what_wins_is_counted_and_once)
{
    struct config_case test = config_case_load(
        "[retry]\nattempts = 2\nmin_wait = 2s\n",
        LIST("OLLAMA_HOST=h", "LLM_RETRY_MIN_WAIT=1", "UNDERSTUDY_RETRY_MIN_WAIT=1"),
        LIST("retry.jitter=0"));
    const struct config_origins *origins = &test.config->origins;
    ck_assert_str_eq(origins->file, "f.ini");
    ck_assert_uint_eq(origins->environment.count, 2);
    ck_assert_str_eq(origins->environment.at[0], "OLLAMA_HOST");
    ck_assert_str_eq(origins->environment.at[1], "UNDERSTUDY_RETRY_MIN_WAIT");
    ck_assert(origins->flags);
    config_case_done(&test);
}
END_TEST

START_TEST(a_file_that_has_no_say_is_not_told)
{
    struct config_case test =
        config_case_load("[retry]\nattempts = 2\n", LIST(NULL), LIST("retry.attempts=3"));
    ck_assert_ptr_null(test.config->origins.file);
    ck_assert(test.config->origins.flags);
    config_case_done(&test);
}
END_TEST

START_TEST(a_format_that_is_set_stands)
{
    static const struct {
        const char *file;
        enum log_format format;
    } rows[] = {{"", LOG_FORMAT_AUTO},
                {"[log]\nformat = text\n", LOG_FORMAT_TEXT},
                {"[log]\nformat = json\n", LOG_FORMAT_JSON}};
    struct config_case test = config_case_load(rows[_i].file, LIST(NULL), LIST(NULL));
    ck_assert_int_eq(test.config->log.format, rows[_i].format);
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_origin");
    TCase *tc = tcase_create("config_origin");
    tcase_add_loop_test(tc, a_key_is_told_by_its_place, 0, ROWS(keys));
    tcase_add_test(tc, nothing_set_is_from_nowhere);
    tcase_add_test(tc, what_wins_is_counted_and_once);
    tcase_add_test(tc, a_file_that_has_no_say_is_not_told);
    tcase_add_loop_test(tc, a_format_that_is_set_stands, 0, 3);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
