/* What is meant by a section or a key that there is none of. */
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
    {"mcp", "tool NAME"},
    {"mcpServers", "tool NAME"},
    {"tool.weather", "tool weather"},
    {"tool:weather", "tool weather"},
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

static const struct {
    enum option_section section;
    const char *key, *meant; /* NULL: nothing */
} keys[] = {
    {SECTION_SERVER, "port", "listen"},   {SECTION_SERVER, "Token", "tokens"},
    {SECTION_ROUTE, "order", "priority"}, {SECTION_PROVIDER, "url", "base_url"},
    {SECTION_TOOL, "server_url", "url"},  {SECTION_TOOL, "command", "url"},
    {SECTION_TOOL, "tools", "allow"},     {SECTION_TOOLS, "rounds", "max_iterations"},
    {SECTION_LOG, "port", NULL},          {SECTION_SERVER, "por", NULL},
    {SECTION_SERVER, "", NULL},
};

START_TEST(so_is_the_key)
{
    ck_assert_pstr_eq(setting_key_meant(keys[_i].section, text_of(keys[_i].key)), keys[_i].meant);
}
END_TEST

START_TEST(each_of_them_is_a_key)
{
    for (size_t i = 0; i < ROWS(keys); i++)
        if (keys[i].meant)
            ck_assert_ptr_nonnull(option_find(keys[i].section, text_of(keys[i].meant)));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("setting_word");
    TCase *tc = tcase_create("setting_word");
    tcase_add_loop_test(tc, the_right_word_is_found, 0, ROWS(rows));
    tcase_add_test(tc, it_is_told_with_the_error);
    tcase_add_loop_test(tc, so_is_the_key, 0, ROWS(keys));
    tcase_add_test(tc, each_of_them_is_a_key);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
