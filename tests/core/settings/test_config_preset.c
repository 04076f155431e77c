/* Presets in the settings: which are there, with what, and what of them is told. */
#include "config_case.h"
#include "settings/settings.h"

static const struct {
    const char *name;
    const char *file;
    const char *const *environment;
    const char *provider;
    const char *base_url;
    const char *type;
    const char *key;      /* NULL = it has none */
    const char *key_from; /* NULL = from nowhere */
    bool no_key;
    bool idle;
} rows[] = {
    {"one in the route has its key from the environment", "[route]\npriority = groq, ollama\n",
     LIST("GROQ_API_KEY=k-1"), "groq", "https://api.groq.com/openai/v1", "openai", "k-1",
     "GROQ_API_KEY", false, false},
    {"and is named by the plain variable", "", LIST("PROVIDER_PRIORITY=xai", "XAI_API_KEY=k-1"),
     "xai", "https://api.x.ai/v1", "openai", "k-1", "XAI_API_KEY", false, false},
    {"an empty variable is no key", "[route]\npriority = groq\n", LIST("GROQ_API_KEY="), "groq",
     "https://api.groq.com/openai/v1", "openai", NULL, NULL, false, false},
    {"without its variable it has no key", "[route]\npriority = gemini\n", NULL, "gemini",
     "https://generativelanguage.googleapis.com/v1beta/openai", "openai", NULL, NULL, false, false},
    {"a section with only a model keeps the rest", "[provider groq]\nmodel = m\n",
     LIST("GROQ_API_KEY=k-1"), "groq", "https://api.groq.com/openai/v1", "openai", "k-1",
     "GROQ_API_KEY", false, false},
    {"a section's address keeps key and type",
     "[provider groq]\nbase_url = http://127.0.0.1:9/v1/\n", LIST("GROQ_API_KEY=k-1"), "groq",
     "http://127.0.0.1:9/v1", "openai", "k-1", "GROQ_API_KEY", false, false},
    {"a section's key wins", "[provider groq]\napi_key = mine\n", LIST("GROQ_API_KEY=k-1"), "groq",
     "https://api.groq.com/openai/v1", "openai", "mine", "f.ini:2", false, false},
    {"and anthropic's", "[provider anthropic]\napi_key = mine\n", LIST("ANTHROPIC_API_KEY=k-1"),
     "anthropic", "https://api.anthropic.com", "anthropic", "mine", "f.ini:2", false, false},
    {"the variable of openai is a setting's, which wins over the file",
     "[provider openai]\napi_key = mine\n", LIST("OPENAI_API_KEY=k-1"), "openai",
     "https://api.openai.com/v1", "openai", "k-1", "OPENAI_API_KEY", false, false},
    {"the long variable wins over the plain one", "",
     LIST("GROQ_API_KEY=k-1", "UNDERSTUDY_PROVIDER_GROQ_API_KEY=k-2"), "groq",
     "https://api.groq.com/openai/v1", "openai", "k-2", "UNDERSTUDY_PROVIDER_GROQ_API_KEY", false,
     false},
    {"a dash is an underscore there", "",
     LIST("UNDERSTUDY_PROVIDER_OLLAMA_CLOUD_BASE_URL=http://127.0.0.1:9", "OLLAMA_API_KEY=k-1"),
     "ollama-cloud", "http://127.0.0.1:9", "ollama", "k-1", "OLLAMA_API_KEY", false, false},
    {"its variable may hold several keys", "[route]\npriority = groq\n",
     LIST("GROQ_API_KEY=k-1, k-2"), "groq", "https://api.groq.com/openai/v1", "openai", "k-1, k-2",
     "GROQ_API_KEY, GROQ_API_KEY", false, false},
    {"another type has another address",
     "[provider groq]\ntype = anthropic\nbase_url = https://x.y\n", LIST("GROQ_API_KEY=k-1"),
     "groq", "https://x.y", "anthropic", "k-1", "GROQ_API_KEY", false, false},
    {"a local one needs no key", "[route]\npriority = lmstudio\n", NULL, "lmstudio",
     "http://127.0.0.1:1234/v1", "openai", NULL, NULL, true, false},
    {"but may have one", "[provider vllm]\napi_key = k-3\n", NULL, "vllm",
     "http://127.0.0.1:8000/v1", "openai", "k-3", "f.ini:2", false, false},
    {"a [model] line names one", "[model m]\nmistral = x\n", NULL, "mistral",
     "https://api.mistral.ai/v1", "openai", NULL, NULL, false, false},
    {"so does a section without a key", "[provider mistral]\n[route]\npriority = mistral\n", NULL,
     "mistral", "https://api.mistral.ai/v1", "openai", NULL, NULL, false, false},
    {"a key alone names nobody", "", LIST("MISTRAL_API_KEY=k-1"), "mistral",
     "https://api.mistral.ai/v1", "openai", "k-1", "MISTRAL_API_KEY", false, true},
    {"nobody names a local one", "", NULL, "llamacpp", "http://127.0.0.1:8080/v1", "openai", NULL,
     NULL, true, true},
    {"the address of azure is the user's",
     "[route]\npriority = azure\n[provider azure]\nbase_url = "
     "https://a.openai.azure.com/openai/v1\n",
     LIST("AZURE_OPENAI_API_KEY=k-1"), "azure", "https://a.openai.azure.com/openai/v1", "openai",
     "k-1", "AZURE_OPENAI_API_KEY", false, false},
    {"a header that carries the key", "[provider groq]\nheader.Authorization = Bearer k-1\n", NULL,
     "groq", "https://api.groq.com/openai/v1", "openai", NULL, "header.Authorization", false,
     false},
    {"which stands in place of keys", "[provider groq]\nheader.authorization = Bearer k-1\n",
     LIST("GROQ_API_KEY=k-2,k-3"), "groq", "https://api.groq.com/openai/v1", "openai", NULL,
     "header.authorization", false, false},
    {"in Azure's own field",
     "[provider azure]\nbase_url = https://a.openai.azure.com/openai/v1\nheader.api-key = env:K\n",
     LIST("K=k-1"), "azure", "https://a.openai.azure.com/openai/v1", "openai", NULL,
     "header.api-key", false, false},
    {"beside keys it is one more field",
     "[provider groq]\nheader.api-key = k-1\n[route]\npriority = groq\n", LIST("GROQ_API_KEY=k-2"),
     "groq", "https://api.groq.com/openai/v1", "openai", "k-2", "GROQ_API_KEY", false, false},
    {"any other header is none", "[provider groq]\nheader.X-Team-Token = t\n", NULL, "groq",
     "https://api.groq.com/openai/v1", "openai", NULL, NULL, false, false},
    {"a variable is not for one's own machine of that name",
     "[provider qwen]\ntype = ollama\nbase_url = http://10.0.0.9:11434\n",
     LIST("DASHSCOPE_API_KEY=k-1"), "qwen", "http://10.0.0.9:11434", "ollama", NULL, NULL, false,
     false},
    {"but a key that is written is",
     "[provider qwen]\ntype = ollama\nbase_url = http://10.0.0.9:11434\n"
     "api_key = env:DASHSCOPE_API_KEY\n",
     LIST("DASHSCOPE_API_KEY=k-1"), "qwen", "http://10.0.0.9:11434", "ollama", "k-1",
     "DASHSCOPE_API_KEY", false, false},
    {"and it is for another API of that cloud",
     "[provider deepseek]\ntype = anthropic\nbase_url = https://api.deepseek.com/anthropic\n",
     LIST("DEEPSEEK_API_KEY=k-1"), "deepseek", "https://api.deepseek.com/anthropic", "anthropic",
     "k-1", "DEEPSEEK_API_KEY", false, false},
    {"a section of one's own name is as before",
     "[provider ollama_cloud]\ntype = openai\nbase_url = https://x.y\n"
     "[route]\npriority = ollama_cloud\n",
     LIST("UNDERSTUDY_PROVIDER_OLLAMA_CLOUD_API_KEY=k-1"), "ollama_cloud", "https://x.y", "openai",
     "k-1", "UNDERSTUDY_PROVIDER_OLLAMA_CLOUD_API_KEY", false, false},
};

START_TEST(a_preset_is_a_section_that_is_known_already)
{
    struct config_case test = config_case_load(rows[_i].file, rows[_i].environment, NULL);
    const struct config_provider *provider = config_case_provider(&test, rows[_i].provider);
    ck_assert_pstr_eq(provider->base_url, rows[_i].base_url);
    ck_assert_str_eq(provider->kind->word, rows[_i].type);
    ck_assert_str_eq(config_case_join(&provider->api_keys), rows[_i].key ? rows[_i].key : "");
    ck_assert_str_eq(config_case_join(&provider->api_keys_from),
                     rows[_i].key_from ? rows[_i].key_from : "");
    ck_assert_int_eq(provider->no_key, rows[_i].no_key);
    ck_assert_int_eq(provider->idle, rows[_i].idle);
    config_case_done(&test);
}
END_TEST

START_TEST(none_but_openai_has_a_model_by_default)
{
    struct config_case test = config_case_load("[route]\npriority = groq\n", NULL, NULL);
    ck_assert_uint_eq(config_case_provider(&test, "groq")->model.count, 0);
    ck_assert_str_eq(config_case_provider(&test, "openai")->model.at[0], "gpt-4");
    config_case_done(&test);
}
END_TEST

START_TEST(the_cloud_of_ollama_is_no_machine_of_ones_own)
{
    struct config_case test = config_case_load("[route]\npriority = ollama-cloud\n", NULL, NULL);
    const struct config_provider *cloud = config_case_provider(&test, "ollama-cloud");
    const struct config_provider *own = config_case_provider(&test, "ollama");
    ck_assert(config_provider_is_cloud(cloud) && config_provider_needs_key(cloud) &&
              !cloud->local && cloud->allow_cloud);
    ck_assert(!cloud->warm_up && cloud->max_inflight == 0);
    ck_assert_int_eq(cloud->first_byte_timeout_stream_ms, 60000);
    ck_assert_str_eq(cloud->model.at[0], "auto");
    ck_assert(!config_provider_is_own(cloud) && config_provider_is_own(own));
    ck_assert(!config_provider_is_cloud(own) && !config_provider_needs_key(own) &&
              !own->allow_cloud && own->warm_up);
    ck_assert_str_eq(test.config->connectivity.check_url, "https://ollama.com");
    config_case_done(&test);
}
END_TEST

/* People call their own machine as they like. */
START_TEST(an_ollama_with_the_name_of_a_preset_needs_no_key)
{
    struct config_case test = config_case_load("[route]\npriority = qwen\n[provider qwen]\ntype = "
                                               "ollama\nbase_url = http://10.0.0.9:11434\n",
                                               NULL, NULL);
    const struct config_provider *own = config_case_provider(&test, "qwen");
    ck_assert(!config_provider_needs_key(own) && !config_provider_wants_own_key(own) &&
              config_provider_is_own(own));
    ck_assert_int_eq(own->max_inflight, 4);
    ck_assert_uint_eq(test.errors.warnings.count, 0);
    config_case_done(&test);
}
END_TEST

/* That it is no good is told, and not that there is none. */
START_TEST(a_variable_that_is_no_good_is_there)
{
    struct config_case test =
        config_case_load("[route]\npriority = groq\n", LIST("GROQ_API_KEY=k,,l"), NULL);
    ck_assert_uint_eq(test.errors.errors.count, 1);
    ck_assert_uint_eq(test.errors.warnings.count, 0);
    config_case_done(&test);
}
END_TEST

/* One that nobody can ask is there only where somebody means it. */
START_TEST(an_address_that_is_not_known_is_asked_for_where_it_is_meant)
{
    struct config_case none = config_case_load("", LIST("AZURE_OPENAI_API_KEY=k"), NULL);
    struct config_case routed = config_case_load("[route]\npriority = azure\n", NULL, NULL);
    struct config_case set = config_case_load("\n[provider bedrock]\nmodel = m\n", NULL, NULL);
    ck_assert_int_eq(none.r, 0);
    ck_assert_ptr_null(config_provider_by_name(none.config, text_of("azure")));
    ck_assert_uint_eq(routed.errors.errors.count, 1);
    ck_assert_str_eq(routed.errors.errors.at[0],
                     "f.ini:2: [provider azure] base_url is needed; allowed: "
                     "https://NAME.openai.azure.com/openai/v1");
    ck_assert_str_eq(set.errors.errors.at[0],
                     "f.ini:2: [provider bedrock] base_url is needed; allowed: "
                     "https://bedrock-runtime.REGION.amazonaws.com/openai/v1");
    config_case_done(&none);
    config_case_done(&routed);
    config_case_done(&set);
}
END_TEST

static const struct {
    const char *name;
    const char *file;
    const char *line;
} mistakes[] = {
    {"in the route", "[route]\npriority = gorq, ollama\n", "; did you mean \"groq\"?"},
    {"in the route of Messages", "[route]\nmessages = openruoter\n",
     "; did you mean \"openrouter\"?"},
    {"in a [model] line", "[model m]\nminstral = x\n", "; did you mean \"mistral\"?"},
    {"as a section", "[groq]\nmodel = x\n", "; did you mean \"provider groq\"?"},
    {"as a misspelt section", "[fireorks]\nmodel = x\n", "; did you mean \"provider fireworks\"?"},
    {"one without an address", "[route]\npriority = azur\n", "; did you mean \"azure\"?"},
};

START_TEST(a_misspelt_name_is_an_error_that_knows_better)
{
    struct config_case test = config_case_load(mistakes[_i].file, NULL, NULL);
    ck_assert_int_eq(test.r, -EINVAL);
    ck_assert_msg(strstr(test.errors.errors.at[0], mistakes[_i].line), "%s",
                  test.errors.errors.at[0]);
    config_case_done(&test);
}
END_TEST

static const struct {
    const char *prefix;
    const char *file;
    const char *const *environment;
    bool found;
} prefixes[] = {
    {"groq", "", NULL, true},
    {"groq", "", LIST("GROQ_API_KEY=k"), true},
    {"lmstudio", "", NULL, true},
    {"mistral", "", NULL, false},
    {"mistral", "", LIST("MISTRAL_API_KEY=k"), false},
    {"mistral", "[route]\npriority = mistral\n", NULL, true},
    {"qwen", "[provider qwen]\nmodel = m\n", NULL, true},
    {"azure", "", NULL, false},
    {"gorq", "", NULL, false},
    {"", "", NULL, false},
};

/* mistral:7b is a model of Ollama for whoever did not set up Mistral's cloud. */
START_TEST(a_preset_is_a_prefix_unless_ollama_has_models_of_that_name)
{
    struct config_case test = config_case_load(prefixes[_i].file, prefixes[_i].environment, NULL);
    const struct config_provider *found =
        config_provider_by_prefix(test.config, text_of(prefixes[_i].prefix));
    ck_assert_msg(!found == !prefixes[_i].found, "%s", prefixes[_i].prefix);
    config_case_done(&test);
}
END_TEST

START_TEST(what_nobody_means_is_told_to_nobody)
{
    const char *const *environment = LIST("GROQ_API_KEY=k", "MISTRAL_API_KEY=k");
    struct config_case test = config_case_load("[route]\npriority = groq\n", environment, NULL);
    const struct config_source source =
        config_case_source("[route]\npriority = groq\n", environment, NULL);
    ck_assert_uint_eq(test.errors.warnings.count, 0);
    ck_assert_uint_eq(test.config->origins.environment.count, 1);
    ck_assert_str_eq(test.config->origins.environment.at[0], "GROQ_API_KEY");
    struct buf out = config_case_printed(&source, &(struct config_form){0});
    ck_assert_ptr_nonnull(strstr(out.data, "\n[provider groq]\ntype "));
    ck_assert_ptr_nonnull(strstr(out.data, "\n[provider mistral]\n")); /* its key is known */
    ck_assert_ptr_null(strstr(out.data, "\n[provider xai]\n"));
    ck_assert_ptr_null(strstr(out.data, "\n[provider vllm]\n"));
    buf_done(&out);
    config_case_done(&test);
}
END_TEST

START_TEST(a_section_that_no_route_names_is_warned_of)
{
    struct config_case test = config_case_load("[provider groq]\nmodel = m\n", NULL, NULL);
    ck_assert_int_eq(test.r, 0);
    ck_assert_uint_eq(test.errors.warnings.count, 1);
    ck_assert_msg(strstr(test.errors.warnings.at[0], "[provider groq] is in no route"), "%s",
                  test.errors.warnings.at[0]);
    config_case_done(&test);
}
END_TEST

static const struct {
    const char *file, *provider;
    enum preset_ids ids;
    bool signed_calls;
} known_for[] = {
    {"[route]\npriority = mistral\n", "mistral", PRESET_IDS_NINE, false},
    {"[provider work]\ntype = openai\nbase_url = https://api.mistral.ai/v1/\n", "work",
     PRESET_IDS_NINE, false},
    {"[provider mistral]\ntype = ollama\nbase_url = http://127.0.0.1:9\n", "mistral",
     PRESET_IDS_ANY, false},
    {"", "anthropic", PRESET_IDS_WORD, false},
    {"[route]\npriority = gemini\n", "gemini", PRESET_IDS_ANY, true},
    {"", "openai", PRESET_IDS_ANY, false},
};

START_TEST(what_a_server_is_known_for_is_found_once)
{
    struct config_case test = config_case_load(known_for[_i].file, NULL, NULL);
    const struct config_provider *provider =
        config_provider_by_name(test.config, text_of(known_for[_i].provider));
    ck_assert_int_eq(test.r, 0);
    ck_assert_int_eq(provider->tool_ids, known_for[_i].ids);
    ck_assert_int_eq(provider->signed_calls, known_for[_i].signed_calls);
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_preset");
    TCase *tc = tcase_create("config_preset");
    tcase_add_loop_test(tc, a_preset_is_a_section_that_is_known_already, 0, ROWS(rows));
    tcase_add_test(tc, none_but_openai_has_a_model_by_default);
    tcase_add_test(tc, the_cloud_of_ollama_is_no_machine_of_ones_own);
    tcase_add_test(tc, an_ollama_with_the_name_of_a_preset_needs_no_key);
    tcase_add_test(tc, a_variable_that_is_no_good_is_there);
    tcase_add_test(tc, an_address_that_is_not_known_is_asked_for_where_it_is_meant);
    tcase_add_loop_test(tc, a_misspelt_name_is_an_error_that_knows_better, 0, ROWS(mistakes));
    tcase_add_loop_test(tc, a_preset_is_a_prefix_unless_ollama_has_models_of_that_name, 0,
                        ROWS(prefixes));
    tcase_add_test(tc, what_nobody_means_is_told_to_nobody);
    tcase_add_test(tc, a_section_that_no_route_names_is_warned_of);
    tcase_add_loop_test(tc, what_a_server_is_known_for_is_found_once, 0, ROWS(known_for));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
