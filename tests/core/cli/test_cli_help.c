/* What is told of the command line has every row, and fits. */
#include "cli/cli.h"
#include "cli/cli_help.h"
#include "unit.h"

static const struct {
    const char *name;
    int (*print)(struct buf *out);
    const char *lines[10]; /* in this order */
} pages[] = {
    {"for terminals",
     cli_help_print,
     {"usage: understudy [-c FILE] [-s SECTION.KEY=VALUE]... [COMMAND] [-h] [-V]\n",
      "\n  serve                   run in the foreground (default)\n", "\n    --strict ",
      "\n  explain WHAT ", "\n    --header 'NAME: VALUE'\n                          a header",
      "\n  help [COMMAND] ", "\n  -c, --config FILE ", "\nexit status:\n",
      "\n  0                       done\n", "\n  3  "}},
    {"for the docs",
     cli_help_markdown,
     {"# The command line\n", "\n### `check`\n\nAsk every provider", "\n- `--strict`\n  Status 3",
      "\n### `complete WORD...`\n", "\n## Options\n",
      "\n- `-c, --config FILE`\n  The settings file", "\n## Exit status\n\n- `0`\n  Done.\n",
      "\n## Environment\n\n- `UNDERSTUDY_CONFIG`\n",
      "\n- `PROVIDER_PRIORITY`\n  [route] priority.\n",
      "\n- `OPENAI_API_KEY`\n  [provider openai] api_key.\n"}},
};

START_TEST(each_page_has_the_rows_in_order)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    ck_assert_int_eq(pages[_i].print(&out), 0);
    const char *at = out.data;
    for (int i = 0; i < ROWS(pages[_i].lines) && pages[_i].lines[i]; i++) {
        const char *found = strstr(at, pages[_i].lines[i]);
        ck_assert_msg(found != NULL, "%s: %s", pages[_i].name, pages[_i].lines[i]);
        at = found;
    }
    for (size_t i = 0; cli_option_at(i); i++)
        ck_assert_int_eq(strstr(out.data, cli_option_at(i)->word) != NULL,
                         !cli_option_at(i)->unlisted);
    buf_done(&out);
}
END_TEST

START_TEST(no_line_is_wider_than_a_terminal)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    ck_assert_int_eq(cli_help_print(&out), 0);
    for (const char *line = out.data; *line; line += strcspn(line, "\n") + 1)
        ck_assert_msg(strcspn(line, "\n") <= 90, "%.100s", line);
    buf_done(&out);
}
END_TEST

START_TEST(what_is_for_programs_is_not_in_the_help)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    ck_assert_int_eq(cli_help_print(&out), 0);
    ck_assert_ptr_null(strstr(out.data, "\n  complete"));
    buf_done(&out);
}
END_TEST

START_TEST(a_page_that_does_not_fit_is_an_error)
{
    struct buf out;
    buf_init(&out, 300);
    ck_assert_int_lt(pages[_i].print(&out), 0);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("cli_help");
    TCase *tc = tcase_create("pages");
    tcase_add_loop_test(tc, each_page_has_the_rows_in_order, 0, ROWS(pages));
    tcase_add_test(tc, no_line_is_wider_than_a_terminal);
    tcase_add_test(tc, what_is_for_programs_is_not_in_the_help);
    tcase_add_loop_test(tc, a_page_that_does_not_fit_is_an_error, 0, ROWS(pages));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
