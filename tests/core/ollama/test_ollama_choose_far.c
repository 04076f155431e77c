/* Ollama's own cloud: what is said where none of its models will do. */
#include <errno.h>

#include "ollama/ollama.h"
#include "unit.h"

static const struct {
    const char *wanted; /* NULL = any of its own */
    bool known, tools;
    const char *told;
} far[] = {
    {"gone:1b", true, false, "ollama-cloud has no model gone:1b"},
    {"plain:1b", true, true, "model plain:1b of ollama-cloud cannot call tools"},
    {NULL, true, true, "no model of ollama-cloud can call tools"},
    {NULL, false, false,
     "ollama-cloud has not told which models it has, and none is named; [provider ollama-cloud] "
     "model names one that is asked for all the same"},
};

/* `ollama pull` would be a bad advice. */
START_TEST(nothing_is_to_be_installed_in_a_cloud)
{
    struct ollama_model installed = {.name = (char *)(uintptr_t) "plain:1b",
                                     .capabilities = OLLAMA_CAN_COMPLETION,
                                     .capabilities_known = true};
    char *preferred[] = {(char[]){"auto"}};
    const struct ollama_models models = {&installed, far[_i].known, far[_i].known};
    const struct config_provider provider = {.name = (char *)(uintptr_t) "ollama-cloud",
                                             .preset = preset_by_name(text_of("ollama-cloud")),
                                             .model = {.at = preferred, .count = 1}};
    const struct request_facts facts = {.tools = far[_i].tools};
    const struct ollama_need need = {
        .facts = &facts, .wanted = far[_i].wanted, .explicit_ = far[_i].wanted != NULL};
    struct error why = ERROR_NONE;
    char *chosen = NULL;
    ck_assert_int_eq(ollama_choose(&provider, &models, &need, &chosen, &why), -ENOENT);
    ck_assert_str_eq(why.text, far[_i].told);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_choose_far");
    TCase *tc = tcase_create("ollama_choose_far");
    tcase_add_loop_test(tc, nothing_is_to_be_installed_in_a_cloud, 0, ROWS(far));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
