/* What is meant by a section that there is none of. */
#include "config_case.h"
#include "settings/setting.h"

static const struct {
    const char *kind;
    const char *meant; /* "": nothing is near */
} rows[] = {
    {"ollama", "provider ollama"},
    {"Ollama", "provider ollama"},
    {"openai", "provider openai"},
    {"opneai", "provider openai"},
    {"olama", "provider ollama"},
    {"mybox", "provider mybox"},
    {"groq", "provider groq"},
    {"provider.openai", "provider openai"},
    {"provider:box", "provider box"},
    {"model/gpt-4.1", "model gpt-4.1"},
    {"provider", "provider"},
    {"serverr", "server"},
    {"sever", "server"},
    {"logs", "log"},
    {"logging", "log"},
    {"retries", "retry"},
    {"cloud", "provider openai"},
    {"local", "provider ollama"},
    {"wibble", ""},
    {"", ""},
};

START_TEST(the_right_word_is_found)
{
    char *names[] = {(char[]){"openai"}, (char[]){"ollama"}, (char[]){"mybox"}, (char[]){"groq"},
                     NULL};
    const struct strings providers = {names, 4};
    char meant[128];
    bool found = setting_section_suggest(text_of(rows[_i].kind), &providers, meant, sizeof(meant));
    ck_assert_msg(strcmp(meant, rows[_i].meant) == 0, "[%s]: %s", rows[_i].kind, meant);
    ck_assert(found == (rows[_i].meant[0] != '\0'));
}
END_TEST

START_TEST(it_is_told_with_the_error)
{
    struct config_case test =
        config_case_load("[ollama]\nmodel = x\n", NULL, LIST("openai.model=x"));
    ck_assert_int_eq(test.r, -EINVAL);
    ck_assert_uint_eq(test.errors.errors.count, 2);
    ck_assert_ptr_nonnull(strstr(test.errors.errors.at[0], "f.ini:1: unknown section \"ollama\""));
    ck_assert_ptr_nonnull(strstr(test.errors.errors.at[0], "did you mean \"provider ollama\"?"));
    ck_assert_ptr_nonnull(strstr(test.errors.errors.at[1], "did you mean \"provider openai\"?"));
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("setting_section");
    TCase *tc = tcase_create("setting_section");
    tcase_add_loop_test(tc, the_right_word_is_found, 0, ROWS(rows));
    tcase_add_test(tc, it_is_told_with_the_error);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
