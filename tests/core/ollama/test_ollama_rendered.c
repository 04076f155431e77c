/* Whether a model's template leaves the turn open that it is to go on with. */
#include "ollama/ollama.h"
#include "unit.h"

#define PROMPT(text) "{\"_debug_info\":{\"rendered_template\":\"" text "\"}}"

static const struct {
    const char *name;
    const char *body;
    const char *begun;
    bool open;
} rows[] = {
    {"the prompt ends with the text", PROMPT("<user>Hi<assistant>The answ"), "The answ", true},
    {"as JSON writes it", PROMPT("a\\n\\\"gr\\u00fc"), "\"gr\xc3\xbc", true},
    {"the turn is closed behind it", PROMPT("The answ<|im_end|>"), "The answ", false},
    {"a blank is put behind it", PROMPT("The answ "), "The answ", false},
    {"the blank at its end is taken off", PROMPT("The"), "The ", false},
    {"another text", PROMPT("The answer"), "The answ", false},
    {"the prompt is shorter than the text", PROMPT("ansr"), "The answ", false},
    {"the prompt is the text", PROMPT("The answ"), "The answ", true},
    {"an empty prompt", PROMPT(""), "a", false},
    {"an older Ollama answers instead", "{\"message\":{\"content\":\"The answ\"}}", "answ", false},
    {"without the prompt", "{\"_debug_info\":{}}", "a", false},
    {"no object", "{\"_debug_info\":1}", "a", false},
    {"a prompt that is no string", "{\"_debug_info\":{\"rendered_template\":7}}", "7", false},
    {"no JSON", "<html>", "l>", false},
    {"nothing", "", "a", false},
};

START_TEST(a_turn_is_open_or_not)
{
    bool open = ollama_rendered_open(text_of(rows[_i].body), text_of(rows[_i].begun));
    ck_assert_msg(open == rows[_i].open, "%s", rows[_i].name);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_rendered");
    TCase *tc = tcase_create("ollama_rendered");
    tcase_add_loop_test(tc, a_turn_is_open_or_not, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
