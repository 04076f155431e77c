/* Whom `ask` asks first, and whether that one needs the name of a model. */
#include "ask/ask_first.h"
#include "config_case.h"

#define NEEDS(name)                                                                                \
    name " is asked first and has no default model: name one by -m MODEL, or set model in "        \
         "[provider " name "]"

static const struct {
    const char *name;
    const char *file, *variable, *model;
    const char *first, *wrong;
} rows[] = {
    {"as it is set up", "", "OPENAI_API_KEY=k", NULL, "openai", ""},
    {"a cloud without a default", "[route]\npriority = groq, ollama\n", "GROQ_API_KEY=k", NULL,
     "groq", NEEDS("groq")},
    {"a model is named", "[route]\npriority = groq, ollama\n", "GROQ_API_KEY=k", "m", "groq", ""},
    {"its section has one", "[route]\npriority = groq\n[provider groq]\nmodel = m\n",
     "GROQ_API_KEY=k", NULL, "groq", ""},
    {"it has no key, so the next one is asked", "[route]\npriority = groq, ollama\n", "X=", NULL,
     "groq", ""},
    {"and that is the one without", "[route]\npriority = xai, groq\n", "GROQ_API_KEY=k", NULL,
     "xai", NEEDS("groq")},
    {"a server of one's own may have one model only", "[route]\npriority = vllm\n", "X=", NULL,
     "vllm", ""},
    {"a gateway of one's own",
     "[route]\npriority = box\n[provider box]\ntype = openai\nbase_url = https://b.example\n"
     "api_key = k\n",
     "X=", NULL, "box", ""},
    {"a prefix", "", "X=", "ollama:m", "ollama", ""},
};

START_TEST(the_first_is_known)
{
    struct config_case test = config_case_load(rows[_i].file, LIST(rows[_i].variable), NULL);
    const struct config_provider *first;
    struct error why = ERROR_NONE;
    ck_assert_msg(test.r == 0, "%s", rows[_i].name);
    ck_assert_int_eq(ask_first(test.config, rows[_i].model, &first, &why), 0);
    ck_assert_str_eq(first->name, rows[_i].first);
    ck_assert_msg(strcmp(why.text, rows[_i].wrong) == 0, "%s: %s", rows[_i].name, why.text);
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ask_first");
    TCase *tc = tcase_create("ask_first");
    tcase_add_loop_test(tc, the_first_is_known, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
