/* The table of the command line: each row is whole, and found by its word. */
#include "cli/cli.h"
#include "unit.h"

START_TEST(each_command_is_found_by_its_word_and_says_what_it_does)
{
    const struct cli_command_row *row = cli_command_row((enum cli_command)_i);
    enum cli_command found = CLI_COMMAND_COUNT;
    ck_assert(cli_command_find(text_of(row->word), &found));
    ck_assert_uint_eq(found, (unsigned)_i);
    /* A page begins it with a capital. */
    ck_assert(row->text[0] >= 'a' && row->text[0] <= 'z');
    ck_assert_int_eq(row->operand != NULL, row->kind != CLI_NOTHING);
}
END_TEST

START_TEST(each_option_is_found_with_its_command)
{
    size_t n = 0;
    for (const struct cli_option *option; (option = cli_option_at(n)); n++) {
        ck_assert_ptr_eq(cli_option_find(option->command, text_of(option->word)), option);
        if (option->letter)
            ck_assert_ptr_eq(cli_option_find(option->command, text_of(option->letter)), option);
        ck_assert_int_eq(option->value != NULL, option->kind != CLI_NOTHING);
        ck_assert_ptr_nonnull(option->text);
    }
    ck_assert_uint_gt(n, 10);
}
END_TEST

static const struct {
    const char *name;
    enum cli_command command;
    const char *word;
    const char *found; /* NULL = nothing */
} finds[] = {
    {"an option of its command", CLI_check, "--strict", "--strict"},
    {"one of another command is none", CLI_serve, "--strict", NULL},
    {"one of a command is none before it", CLI_ANY, "--json", NULL},
    {"one of all goes with any", CLI_explain, "--config", "--config"},
    {"a letter", CLI_ANY, "-s", "--set"},
    {"a letter that the command has for its own", CLI_ask, "-s", "--system"},
    {"what it is else called is there still", CLI_ask, "--set", "--set"},
    {"the version by a small letter", CLI_ANY, "-v", "--version"},
    {"half a word is none", CLI_config, "--change", NULL},
};

START_TEST(options_are_looked_up_by_command_and_word)
{
    const struct cli_option *option = cli_option_find(finds[_i].command, text_of(finds[_i].word));
    if (!finds[_i].found)
        ck_assert_msg(!option, "%s", finds[_i].name);
    else
        ck_assert_msg(option && strcmp(option->word, finds[_i].found) == 0, "%s", finds[_i].name);
}
END_TEST

static const struct {
    const char *name;
    const char *word;
    const char *found; /* NULL = nothing */
    size_t len;
} begins[] = {
    {"a whole one", "--config", "--config", 8},
    {"one with its value", "--config=a=b", "--config", 8},
    {"one with an empty value", "--config=", "--config", 8},
    {"a letter with its value", "-cfile", "--config", 2},
    {"a letter with = in its value", "-c=x", "--config", 2},
    {"a letter alone", "-c", "--config", 2},
    {"an unknown one", "--nonsense=1", NULL, 10},
    {"no name at all", "--=1", NULL, 2},
    {"a lone -", "-", NULL, 1},
};

START_TEST(an_option_is_found_in_a_word_that_begins_with_it)
{
    size_t len = 99;
    const struct cli_option *option = cli_option_in(CLI_ANY, begins[_i].word, &len);
    ck_assert_msg(len == begins[_i].len, "%s: %zu", begins[_i].name, len);
    if (!begins[_i].found)
        ck_assert_msg(!option, "%s", begins[_i].name);
    else
        ck_assert_msg(option && strcmp(option->word, begins[_i].found) == 0, "%s", begins[_i].name);
}
END_TEST

START_TEST(what_others_call_it_is_known)
{
    ck_assert_str_eq(cli_known_elsewhere(text_of("start")), "serve");
    ck_assert_str_eq(cli_known_elsewhere(text_of("--port")), "-s server.listen=127.0.0.1:PORT");
    ck_assert_ptr_null(cli_known_elsewhere(text_of("serve")));
    enum cli_command none;
    ck_assert(!cli_command_find(text_of("start"), &none));
}
END_TEST

START_TEST(each_status_and_variable_has_a_text)
{
    for (unsigned i = 0; i < CLI_EXIT_COUNT; i++)
        ck_assert_uint_gt(strlen(cli_exit_text((enum cli_exit)i)), 3);
    for (size_t i = 0; cli_variable_at(i); i++)
        ck_assert(cli_variable_at(i)->name[0] && cli_variable_at(i)->text[0]);
    /* Known to scripts: `check` and the units count on them. */
    ck_assert_int_eq(CLI_EXIT_FAULT, 1);
    ck_assert_int_eq(CLI_EXIT_WRONG, 2);
    ck_assert_int_eq(CLI_EXIT_ONE_SIDE, 3);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("cli");
    TCase *tc = tcase_create("table");
    tcase_add_loop_test(tc, each_command_is_found_by_its_word_and_says_what_it_does, 0,
                        CLI_COMMAND_COUNT);
    tcase_add_test(tc, each_option_is_found_with_its_command);
    tcase_add_loop_test(tc, options_are_looked_up_by_command_and_word, 0, ROWS(finds));
    tcase_add_loop_test(tc, an_option_is_found_in_a_word_that_begins_with_it, 0, ROWS(begins));
    tcase_add_test(tc, what_others_call_it_is_known);
    tcase_add_test(tc, each_status_and_variable_has_a_text);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
