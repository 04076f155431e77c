/* Names that begin nearly like a provider's, and those that are models of Ollama. */
#include "config/provider_hint.h"
#include "config_case.h"

static const struct {
    const char *model;
    const char *meant; /* NULL: nothing is wrong with it */
} rows[] = {
    {"olama:ministral-3:3b", "ollama"},
    {"Ollama:ministral-3:3b", "ollama"},
    {"ollma:x", "ollama"},
    {"opnai:gpt-4", "openai"},
    {"openia:gpt-4", "openai"},
    {"openrouterr:x/y", "openrouter"},
    {"openrutter:x/y", "openrouter"},
    {"ollama:x", NULL},
    {"openai:gpt-4", NULL},
    {"olama", NULL},
    {"olama:", NULL},
    {":x", NULL},
    {"llama3:8b", NULL},
    {"llama:7b", NULL},
    {"codellama:7b", NULL},
    {"mixtral:8x7b", NULL},
    {"qwen3:8b", NULL},
    {"ministral-3:3b", NULL},
    {"opencoder:8b", NULL},
    {"hf.co/x/y:q4", NULL},
    {"", NULL},
};

START_TEST(only_what_is_nearly_a_provider_is_told)
{
    struct config_case test =
        config_case_load("[provider openrouter]\ntype = openai\nbase_url = https://x.example\n"
                         "[provider mistral]\ntype = openai\nbase_url = https://y.example\n",
                         NULL, NULL);
    const struct config_provider *meant = provider_hint(test.config, text_of(rows[_i].model));
    ck_assert_msg(rows[_i].meant ? meant && strcmp(meant->name, rows[_i].meant) == 0 : !meant,
                  "%s: %s", rows[_i].model, meant ? meant->name : "nothing");
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("provider_hint");
    TCase *tc = tcase_create("provider_hint");
    tcase_add_loop_test(tc, only_what_is_nearly_a_provider_is_told, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
