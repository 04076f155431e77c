/* Refusals in the words of those who write them, and whether a hint is known. */
#include <stdio.h>
#include <string.h>

#include "travel/travel_hint.h"
#include "unit.h"

static const struct row {
    const char *message, *provider; /* NULL: there is no hint */
} rows[] = {
    {"Function call is missing a thought_signature in functionCall parts. This is required for "
     "tools "
     "to work correctly",
     "Gemini"},
    {"Unable to submit request because Thought signature is not valid..", "Gemini"},
    {"The `reasoning_content` in the thinking mode must be passed back to the API.", "DeepSeek"},
    {"Missing `reasoning_content` field in the assistant message at message index 2.", "DeepSeek"},
    {"thinking is enabled but reasoning_content is missing in assistant tool call message at index "
     "3",
     "Moonshot"},
    {"messages.1.content.0: Invalid `signature` in `thinking` block", "Anthropic"},
    {"messages.3.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
     "Anthropic"},
    {"Tool call id was call_abc but must be a-z, A-Z, 0-9, with a length of 9.", "Mistral"},
    {"Item with id 'rs_1' not found. Items are not persisted when `store` is set to false.",
     "OpenAI"},
    {"property 'reasoning_content' is unsupported", NULL},
    {"The model is overloaded.", NULL},
    {"", NULL},
};

START_TEST(a_refusal_has_its_hint)
{
    const struct row *row = &rows[_i];
    struct provider_error error = {0};
    (void)snprintf(error.message, sizeof(error.message), "%s", row->message);
    const struct travel_hint *hint = travel_hint_of(&error);
    ck_assert_msg(!hint == !row->provider, "%s", row->message);
    if (hint)
        ck_assert_str_eq(hint->provider, row->provider);
}
END_TEST

START_TEST(every_row_says_what_to_do_and_is_met_by_a_refusal)
{
    const struct travel_hint *hint;
    for (size_t i = 0; (hint = travel_hint_at(i)) != NULL; i++) {
        size_t met = 0;
        for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
            struct provider_error error = {0};
            (void)snprintf(error.message, sizeof(error.message), "%s", rows[j].message);
            met += travel_hint_of(&error) == hint;
        }
        ck_assert_msg(met > 0, "%s", hint->words);
        ck_assert(strlen(hint->hint) > 50 && hint->hint[strlen(hint->hint) - 1] != '.');
        ck_assert_ptr_nonnull(strstr(hint->source, "2026"));
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("travel_hint");
    TCase *tc = tcase_create("travel_hint");
    tcase_add_loop_test(tc, a_refusal_has_its_hint, 0, ROWS(rows));
    tcase_add_test(tc, every_row_says_what_to_do_and_is_met_by_a_refusal);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
