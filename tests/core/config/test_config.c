/* Looking things up in the settings, and their end. */
#include "config_case.h"
#include "settings/settings.h"

START_TEST(providers_are_found_by_their_whole_name)
{
    struct config_case test = config_case_load("[provider my-box]\ntype = openai\n"
                                               "base_url = http://box\n",
                                               NULL, NULL);
    ck_assert_int_eq(test.r, 0);
    ck_assert_str_eq(config_provider_by_name(test.config, text_of("openai"))->name, "openai");
    ck_assert_str_eq(config_provider_by_name(test.config, text_of("ollama"))->name, "ollama");
    ck_assert_str_eq(config_provider_by_name(test.config, text_of("groq"))->name, "groq");
    ck_assert_str_eq(config_provider_by_name(test.config, text_make("my-box:x", 6))->name,
                     "my-box");
    ck_assert_ptr_null(config_provider_by_name(test.config, text_of("my-bo")));
    ck_assert_ptr_eq(config_priority_at(test.config, 0),
                     config_provider_by_name(test.config, text_of("openai")));
    ck_assert_ptr_eq(config_priority_at(test.config, 1),
                     config_provider_by_name(test.config, text_of("ollama")));
    ck_assert_ptr_null(config_provider_by_name(test.config, text_of("OpenAI")));
    ck_assert_ptr_null(config_provider_by_name(test.config, text_of("")));
    config_case_done(&test);
}
END_TEST

START_TEST(models_are_found_by_their_whole_name)
{
    struct config_case test = config_case_load("[model gpt-4.1]\nollama = a\n"
                                               "[model x y]\nhedge_after = off\n",
                                               NULL, NULL);
    ck_assert_int_eq(test.r, 0);
    ck_assert_str_eq(config_model_by_name(test.config, text_of("gpt-4.1"))->of[0].value, "a");
    ck_assert_int_eq(config_model_by_name(test.config, text_of("x y"))->hedge_after_ms, HEDGE_OFF);
    ck_assert_ptr_null(config_model_by_name(test.config, text_of("gpt-4")));
    ck_assert_ptr_null(config_model_by_name(test.config, text_of("GPT-4.1")));
    config_case_done(&test);
}
END_TEST

START_TEST(without_models_none_is_found)
{
    struct config_case test = config_case_load("", NULL, NULL);
    ck_assert_int_eq(test.r, 0);
    ck_assert_uint_eq(test.config->model_count, 0);
    ck_assert_ptr_null(config_model_by_name(test.config, text_of("gpt-4")));
    config_case_done(&test);
}
END_TEST

/* The leak checker sees what would be forgotten. */
START_TEST(everything_is_freed)
{
    struct config_case test = config_case_load(
        "[server]\nlisten = 127.0.0.1:1, unix:/x\nallowed_hosts = a, b\nallowed_origins = app://x\n"
        "tokens = a, b\n[route]\npriority = ollama\n[connectivity]\ncheck_url = http://x\n"
        "[log]\nusage_file = /x\n[provider openai]\napi_key = sk-1\nca_file = /x\n"
        "proxy = http://x\nheader.A = b\nheader.Authorization = file:/secret\n"
        "[provider ollama]\nmodel = a, b\nkeep_alive = -1\n[model a]\nopenai = b\nollama = c\n",
        NULL, NULL);
    ck_assert_int_eq(test.r, 0);
    config_case_done(&test);
    ck_assert_uint_eq(test.errors.errors.count, 0);
    config_errors_done(&test.errors);
    config_free(NULL);
}
END_TEST

static const struct {
    const char *asked;
    const char *lines; /* the nearest first */
} asks[] = {
    {"gpt-4", "gpt-4 gpt-4* gpt* *"},
    {"gpt-4-turbo", "gpt-4* gpt* *"},
    {"gpt-3", "gpt* *"},
    {"gp", "*"},
    {"", "*"},
    {"gpt*", "gpt* *"},
};

START_TEST(the_nearest_model_comes_first)
{
    struct config_case test =
        config_case_load("[model *]\nollama = a\n[model gpt-4*]\nollama = b\n"
                         "[model gpt*]\nollama = c\n[model gpt-4]\nollama = d\n",
                         NULL, NULL);
    const struct config_model *line = NULL;
    char lines[64] = "";
    ck_assert_int_eq(test.r, 0);
    while ((line = config_model_next(test.config, text_of(asks[_i].asked), line)) != NULL)
        (void)snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s%s",
                       lines[0] ? " " : "", line->name);
    ck_assert_str_eq(lines, asks[_i].lines);
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config");
    TCase *tc = tcase_create("config");
    tcase_add_test(tc, providers_are_found_by_their_whole_name);
    tcase_add_test(tc, models_are_found_by_their_whole_name);
    tcase_add_loop_test(tc, the_nearest_model_comes_first, 0, sizeof(asks) / sizeof(asks[0]));
    tcase_add_test(tc, without_models_none_is_found);
    tcase_add_test(tc, everything_is_freed);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
