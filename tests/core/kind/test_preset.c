/* The table of presets: what every row has to say, and what the contract says of some. */
#include "kind/preset.h"
#include "text/count.h"
#include "unit.h"

START_TEST(every_row_is_whole)
{
    for (size_t i = 0; i < preset_count(); i++) {
        const struct preset *preset = preset_at(i);
        const char *url = preset->base_url ? preset->base_url : preset->base_url_form;
        ck_assert_ptr_eq(preset_by_name(text_of(preset->name)), preset); /* and none comes twice */
        ck_assert_ptr_nonnull(preset_kind(preset));
        ck_assert_msg(!preset->base_url != !preset->base_url_form, "%s", preset->name);
        ck_assert_msg(strncmp(url, "http", 4) == 0 && !text_ends(text_of(url), "/"), "%s", url);
        ck_assert_msg(strncmp(preset->source, "https://", 8) == 0 ||
                          strncmp(preset->source, "tests/", 6) == 0,
                      "%s", preset->name);
        const char *month = preset->read_on;
        ck_assert_msg(!month || (strlen(month) == 7 && month[4] == '-'), "%s", preset->name);
        ck_assert(!preset->base_url_variable || preset_kind(preset)->read_host);
        ck_assert_ptr_null(preset->defaults[PRESET_DEFAULTS_MAX - 1].key);
    }
}
END_TEST

/* One that another program may have set for itself must not set two of ours. */
START_TEST(no_variable_sets_two)
{
    for (size_t i = 0; i < preset_count(); i++)
        for (size_t k = i + 1; preset_at(i)->key_variable && k < preset_count(); k++)
            ck_assert_msg(!preset_at(k)->key_variable ||
                              strcmp(preset_at(i)->key_variable, preset_at(k)->key_variable) != 0,
                          "%s", preset_at(k)->name);
}
END_TEST

static const struct {
    const char *name;
    const char *type;
    const char *base_url; /* or its form */
    const char *key_variable;
} rows[] = {
    {"openai", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY"},
    {"anthropic", "anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY"},
    {"openrouter", "openai", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"},
    {"gemini", "openai", "https://generativelanguage.googleapis.com/v1beta/openai",
     "GEMINI_API_KEY"},
    {"xai", "openai", "https://api.x.ai/v1", "XAI_API_KEY"},
    {"groq", "openai", "https://api.groq.com/openai/v1", "GROQ_API_KEY"},
    {"mistral", "openai", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"},
    {"deepseek", "openai", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"},
    {"cerebras", "openai", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"},
    {"together", "openai", "https://api.together.xyz/v1", "TOGETHER_API_KEY"},
    {"fireworks", "openai", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"},
    {"moonshot", "openai", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY"},
    {"zai", "openai", "https://api.z.ai/api/paas/v4", "ZAI_API_KEY"},
    {"minimax", "openai", "https://api.minimax.io/v1", "MINIMAX_API_KEY"},
    {"qwen", "openai", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
     "DASHSCOPE_API_KEY"},
    {"nvidia", "openai", "https://integrate.api.nvidia.com/v1", "NVIDIA_API_KEY"},
    {"huggingface", "openai", "https://router.huggingface.co/v1", "HF_TOKEN"},
    {"ollama-cloud", "ollama", "https://ollama.com", "OLLAMA_API_KEY"},
    {"lmstudio", "openai", "http://127.0.0.1:1234/v1", NULL},
    {"llamacpp", "openai", "http://127.0.0.1:8080/v1", NULL},
    {"vllm", "openai", "http://127.0.0.1:8000/v1", NULL},
    {"azure", "openai", "https://NAME.openai.azure.com/openai/v1", "AZURE_OPENAI_API_KEY"},
    {"bedrock", "openai", "https://bedrock-runtime.REGION.amazonaws.com/openai/v1",
     "AWS_BEARER_TOKEN_BEDROCK"},
    {"ollama", "ollama", "http://127.0.0.1:11434", NULL},
};

START_TEST(they_are_what_is_promised)
{
    const struct preset *preset = preset_by_name(text_of(rows[_i].name));
    ck_assert_msg(preset != NULL, "%s", rows[_i].name);
    ck_assert_str_eq(preset->type, rows[_i].type);
    ck_assert_str_eq(preset->base_url ? preset->base_url : preset->base_url_form,
                     rows[_i].base_url);
    ck_assert_pstr_eq(preset->key_variable, rows[_i].key_variable);
}
END_TEST

START_TEST(there_are_no_others)
{
    ck_assert_uint_eq(preset_count(), ROWS(rows));
}
END_TEST

static const struct {
    const char *name;
    const char *key;
    const char *value;
    const char *variable;
} defaults[] = {
    {"openai", "type", "openai", NULL},
    {"openai", "model", NULL, "OPENAI_MODEL"},
    {"openai", "base_url", "https://api.openai.com/v1", NULL},
    {"openai", "api_key", NULL, "OPENAI_API_KEY"},
    {"ollama", "base_url", "http://127.0.0.1:11434", "OLLAMA_HOST"},
    {"ollama", "model", NULL, "OLLAMA_MODEL"},
    {"ollama", "api_key", NULL, NULL},
    {"groq", "model", "", NULL},
    {"groq", "idle_timeout", NULL, NULL},
    {"vllm", "api_key", "none", NULL},
    {"ollama-cloud", "warm_up", "no", NULL},
    {"ollama-cloud", "allow_cloud", "yes", NULL},
    {"azure", "base_url", NULL, NULL},
};

START_TEST(a_key_has_its_default_and_its_variable)
{
    const struct preset *preset = preset_by_name(text_of(defaults[_i].name));
    ck_assert_pstr_eq(preset_value(preset, defaults[_i].key), defaults[_i].value);
    ck_assert_pstr_eq(preset_variable(preset, defaults[_i].key), defaults[_i].variable);
}
END_TEST

START_TEST(what_is_no_preset_is_not_found)
{
    ck_assert_ptr_null(preset_by_name(text_of("OpenAI")));
    ck_assert_ptr_null(preset_by_name(text_of("gorq")));
    ck_assert_ptr_null(preset_by_name(text_of("")));
}
END_TEST

/* The path of a request is put behind both, whether or not the address ends in /v1. */
START_TEST(the_version_stands_in_the_base_url_or_behind_it)
{
    for (size_t i = 0; i < preset_count(); i++) {
        const struct preset *preset = preset_at(i);
        bool bare = preset_kind(preset) != &kind_openai;
        ck_assert_msg(strcmp(preset_kind(preset)->version, bare ? "/v1" : "") == 0, "%s",
                      preset->name);
        ck_assert_msg(!preset->base_url || !bare || !text_ends(text_of(preset->base_url), "/v1"),
                      "%s", preset->name);
    }
}
END_TEST

START_TEST(they_are_listed_for_people)
{
    char list[PRESET_NAMES_MAX], little[12];
    preset_names_built_in(list, sizeof(list));
    ck_assert_str_eq(list, "openai, ollama, anthropic");
    preset_names_built_in(little, sizeof(little));
    ck_assert_str_eq(little, "openai, oll");
    preset_names_others(list, sizeof(list));
    ck_assert_msg(strncmp(list, "openrouter, gemini, xai, groq, ", 31) == 0, "%s", list);
    ck_assert_msg(text_ends(text_of(list), ", azure, bedrock"), "%s", list);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("preset");
    TCase *tc = tcase_create("table");
    tcase_add_test(tc, every_row_is_whole);
    tcase_add_test(tc, no_variable_sets_two);
    tcase_add_loop_test(tc, they_are_what_is_promised, 0, ROWS(rows));
    tcase_add_test(tc, there_are_no_others);
    tcase_add_loop_test(tc, a_key_has_its_default_and_its_variable, 0, ROWS(defaults));
    tcase_add_test(tc, what_is_no_preset_is_not_found);
    tcase_add_test(tc, the_version_stands_in_the_base_url_or_behind_it);
    tcase_add_test(tc, they_are_listed_for_people);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
