/* What is told of a tool's call, and by which settings. */
#include "config_case.h"
#include "tell/explain.h"
#include "tell/explain_tool.h"
#include "tools/tool_end.h"

#define TOOLS                                                                                      \
    "[tool weather]\nurl = https://mcp.example/mcp?key=CANARY\nallow = today, week\n"              \
    "timeout = 5s\n[tool notes]\nurl = unix:/run/notes.sock\nallow = *\n"

static struct buf told(const char *file, const char *word)
{
    struct config_case loaded = config_case_load(file, NULL, NULL);
    const struct explain_query query = {.what = text_of(word)};
    struct error why = ERROR_NONE;
    struct buf out;
    ck_assert_int_eq(loaded.r, 0);
    buf_init(&out, 1 << 16);
    ck_assert_int_eq(explain_print(loaded.config, &query, &out, &why), 0);
    ck_assert_ptr_null(strstr(out.data, "CANARY"));
    config_case_done(&loaded);
    return out;
}

START_TEST(the_whole_story)
{
    struct buf out = told(TOOLS, "tool_Timeout");
    ck_assert_str_eq(
        out.data,
        "tool-timeout: the tool's server did not answer in time.\n"
        "The model sees: [tool error] weather did not answer within 30 s\n"
        "\n"
        "The request goes on: the model is asked again, with this in place of a result. The call "
        "is not made\n"
        "again, since the tool may have done its work.\n"
        "What to do: set a longer timeout in [tool NAME], if the tool needs it; what the deadline "
        "has left\n"
        "bounds it, too\n"
        "\n"
        "The settings that decide (`understudy config` tells where each comes from):\n"
        "  [tool weather] timeout = 5s\n"
        "  [tool notes] timeout = 30s\n"
        "  [route] deadline = 4m 50s\n");
    buf_done(&out);
}
END_TEST

static const struct {
    const char *file, *word, *has;
} rows[] = {
    {"", "tool-timeout", "  there is no [tool NAME]\n"},
    {TOOLS, "tool-network", "  [tool weather] url = https://mcp.example/mcp\n"},
    {TOOLS, "tool-network", "  [tool notes] url = unix:/run/notes.sock\n"},
    {TOOLS, "tool-unknown", "  [tool weather] allow = today, week\n"},
    {TOOLS, "tool-unknown", "  [tool notes] allow = *\n"},
    {"[tool a]\nurl = http://box\n", "tool-unknown", "  [tool a] allow = none\n"},
    {"[tools]\nmax_iterations = 3\n", "tool-iterations", "  [tools] max_iterations = 3\n"},
    {"[tools]\nmax_result = 2K\n", "tool-cut", "  [tools] max_result = 2048\n"},
    {"[route]\ndeadline = 60s\n", "tool-deadline", "  [route] deadline = 60s\n"},
    {"", "tool-too-large", "No setting changes that.\n"},
    {"", "TOOL-LOCAL", "x-understudy-dropped of the answer names tool:weather"},
};

START_TEST(the_settings_that_decide_are_told)
{
    struct buf out = told(rows[_i].file, rows[_i].word);
    ck_assert_msg(strstr(out.data, rows[_i].has) != NULL, "%s: %s", rows[_i].word, out.data);
    buf_done(&out);
}
END_TEST

START_TEST(each_row_is_whole)
{
    const struct explain_tool *row;
    for (size_t i = 0; (row = explain_tool_at(i)); i++) {
        ck_assert(strncmp(row->word, "tool-", 5) == 0);
        ck_assert_ptr_eq(explain_tool_find(text_of(row->word)), row);
        ck_assert_msg(strpbrk(row->model, "|\n") == NULL, "%s: not a cell of a table", row->word);
        ck_assert(row->what[0] && row->model[0] && row->then[0] && row->to_do[0]);
    }
}
END_TEST

START_TEST(each_end_of_a_call_has_a_row)
{
    static const char *const words[] = {
#define X(id, word, meaning) [TOOL_##id] = "tool-" word,
        TOOL_ENDS(X)
#undef X
    };
    ck_assert_ptr_null(explain_tool_find(text_of(words[TOOL_OK])));
    for (size_t i = TOOL_OK + 1; i < ROWS(words); i++)
        ck_assert_msg(explain_tool_find(text_of(words[i])) != NULL, "%s", words[i]);
}
END_TEST

START_TEST(other_words_are_none)
{
    static const char *const words[] = {"timeout", "tool", "tool-", "tool-timeouts", ""};
    for (size_t i = 0; i < ROWS(words); i++)
        ck_assert_ptr_null(explain_tool_find(text_of(words[i])));
    ck_assert_ptr_null(explain_tool_find((struct text){0}));
}
END_TEST

START_TEST(the_page_has_a_row_of_each)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    ck_assert_int_eq(explain_tool_print_markdown(&out), 0);
    for (size_t i = 0; explain_tool_at(i); i++) {
        char row[64];
        (void)snprintf(row, sizeof(row), "\n| %s | ", explain_tool_at(i)->word);
        ck_assert_msg(strstr(out.data, row) != NULL, "%s", row);
    }
    buf_done(&out);
    buf_init(&out, 100);
    ck_assert_int_lt(explain_tool_print_markdown(&out), 0);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("explain_tool");
    TCase *tc = tcase_create("explain_tool");
    tcase_add_test(tc, the_whole_story);
    tcase_add_loop_test(tc, the_settings_that_decide_are_told, 0, ROWS(rows));
    tcase_add_test(tc, each_row_is_whole);
    tcase_add_test(tc, each_end_of_a_call_has_a_row);
    tcase_add_test(tc, other_words_are_none);
    tcase_add_test(tc, the_page_has_a_row_of_each);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
