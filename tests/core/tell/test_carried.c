/* docs/dialects.md tells what the records do. */
#include <string.h>

#include "tell/carried.h"
#include "unit.h"

/* In the table behind that head. */
static const struct {
    const char *table, *line;
} lines[] = {
    {"From chat completions", "| `stop` | `stop_sequences` | `options.stop` |"},
    {"From chat completions", "| `max_tokens` | `max_tokens` | `options.num_predict` |"},
    {"From chat completions",
     "| a temperature above 1 | `temperature`; *named* `temperature` | `options.temperature` |"},
    {"From chat completions", "| `store` | *silent* | *silent* |"},
    {"From chat completions", "| a system text | `system` | `messages[]` |"},
    {"From chat completions", "| what was thought before | *silent* | `messages[].thinking` |"},
    {"From Responses", "| asked | others of its API | Anthropic | Ollama |"},
    {"From Responses",
     "| `text` | `response_format` | `system`; *named* `text.format` | `format` |"},
    {"From Responses", "| `background` | *refused*: background: an answer that is fetched later"},
    {"From Messages", "| asked | OpenAI | others of its API | Ollama |"},
    {"From Messages",
     "| `max_tokens` | `max_completion_tokens` | `max_tokens` | `options.num_predict` |"},
    {"From Messages", "| a result that is an error | `messages[].content` |"},
    {"From Ollama's chat", "| asked | OpenAI | others of its API | Anthropic |"},
    {"From Ollama's chat", "| `options.top_k` | *named* `top_k` | `top_k` | `top_k` |"},
    {"From completions", "| `echo` | *silent* | *silent* |"},
    {"From Ollama's generate", "| `raw` | *named* `raw` | *named* `raw` | *named* `raw` |"},
};

START_TEST(the_page_has_the_line)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    ck_assert_int_eq(carried_print_markdown(&out), 0);
    const char *table = strstr(out.data, lines[_i].table);
    ck_assert_msg(table != NULL, "%s", lines[_i].table);
    const char *next = strstr(table, "\n## "), *line = strstr(table, lines[_i].line);
    ck_assert_msg(line && (!next || line < next), "%s: %s", lines[_i].table, lines[_i].line);
    buf_done(&out);
}
END_TEST

START_TEST(no_row_is_without_a_word)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    ck_assert_int_eq(carried_print_markdown(&out), 0);
    ck_assert_ptr_null(strstr(out.data, "|  |"));
    ck_assert_ptr_null(strstr(out.data, "``"));
    buf_done(&out);
}
END_TEST

START_TEST(without_room_there_is_no_half_of_it)
{
    for (size_t room = 0; room < 18000; room += 997) {
        struct buf out;
        buf_init(&out, room);
        ck_assert_int_lt(carried_print_markdown(&out), 0);
        buf_done(&out);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("carried");
    TCase *tc = tcase_create("page");
    tcase_add_loop_test(tc, the_page_has_the_line, 0, ROWS(lines));
    tcase_add_test(tc, no_row_is_without_a_word);
    tcase_add_test(tc, without_room_there_is_no_half_of_it);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
