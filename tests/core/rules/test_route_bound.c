/* Whom a client may be answered by that is held to some providers: [token NAME] route. */
#include <errno.h>

#include "config_case.h"
#include "rules/route.h"

static const char settings[] = "[provider openai]\napi_key = sk-1\n"
                               "[provider lab]\ntype = openai\nbase_url = http://10.0.0.1/v1\n"
                               "api_key = none\nmodel = lab-own\n"
                               "[model gpt-4]\nollama = qwen3:8b\nopenai = gpt-4.1\n";

static const struct {
    const char *name;
    const char *bound; /* NULL = none */
    const char *model;
    const char *only; /* NULL = no such header */
    enum api_path path;
    const char *route; /* or "!" and the error */
} rows[] = {
    {"any", NULL, "m", NULL, API_PATH_CHAT, "openai ollama"},
    {"one", "ollama", "m", NULL, API_PATH_CHAT, "ollama"},
    {"in its own order", "ollama, openai", "m", NULL, API_PATH_CHAT, "ollama openai"},
    {"one that is in no route", "lab", "m", NULL, API_PATH_CHAT, "lab"},
    {"of Anthropic's apps, too", "ollama", "m", NULL, API_PATH_MESSAGES, "ollama"},
    {"a [model] line names models only", "ollama", "gpt-4", NULL, API_PATH_CHAT, "ollama"},
    {"the header chooses within it", "lab, ollama, openai", "m", "openai, lab", API_PATH_CHAT,
     "openai lab"},
    {"and not beyond it", "ollama", "m", "openai", API_PATH_CHAT, "!openai"},
    {"nor beside what is in it", "ollama", "m", "ollama, openai", API_PATH_CHAT, "!openai"},
    {"a prefix chooses within it", "lab, ollama", "lab:x", NULL, API_PATH_CHAT, "lab"},
    {"and begins there", "openai, lab, ollama", "openai:x", NULL, API_PATH_CHAT,
     "openai lab ollama"},
    {"but not beyond it", "ollama", "openai:gpt-4", NULL, API_PATH_CHAT, "!openai"},
    {"nor a preset that nobody named", "ollama", "anthropic:x", NULL, API_PATH_CHAT, "!anthropic"},
    {"a colon that is no prefix", "ollama", "qwen3:8b", NULL, API_PATH_CHAT, "ollama"},
    {"what only a cloud serves is skipped", "ollama", "", NULL, API_PATH_OTHER,
     "ollama=skipped-path"},
    {"embeddings stay where they are named", "ollama", "ollama:e", NULL, API_PATH_EMBEDDINGS,
     "ollama"},
    {"nobody", "", "m", NULL, API_PATH_CHAT, ""},
};

START_TEST(only_those_of_the_bound_are_asked)
{
    struct config_case test = config_case_load(settings, NULL, NULL);
    struct strings bound = {0};
    struct text item, rest = text_of(rows[_i].bound ? rows[_i].bound : "");
    struct error why = ERROR_NONE;
    struct route route;
    char said[256] = "";
    ck_assert_int_eq(test.r, 0);
    while (string_list_item(&rest, &item))
        ck_assert_int_eq(string_list_add(&bound, item), 0);
    const struct route_query query = {.model = text_of(rows[_i].model),
                                      .only = text_of(rows[_i].only),
                                      .bound = rows[_i].bound ? &bound : NULL,
                                      .path = rows[_i].path};
    int r = route_plan(test.config, &query, &route, &why);
    for (size_t i = 0; r == 0 && i < route.count; i++) {
        const char *skip = route_skip_word(route.step[i].skip);
        (void)snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%s%s%s", i ? " " : "",
                       route.step[i].provider->name, skip[0] ? "=" : "", skip);
    }
    if (rows[_i].route[0] == '!') {
        (void)snprintf(said, sizeof(said),
                       "the provider \"%s\" is not among those of this token (see its route in "
                       "[token NAME])",
                       rows[_i].route + 1);
        ck_assert_msg(r == -EACCES && strcmp(why.text, said) == 0, "%s: %s", rows[_i].name,
                      why.text);
    } else {
        ck_assert_msg(r == 0 && strcmp(said, rows[_i].route) == 0, "%s: %s", rows[_i].name, said);
    }
    route_done(&route);
    string_list_done(&bound);
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("route_bound");
    TCase *tc = tcase_create("route_bound");
    tcase_add_loop_test(tc, only_those_of_the_bound_are_asked, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
