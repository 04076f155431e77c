/* The table of presets on its pages. */
#include "kind/preset.h"
#include "tell/preset_page.h"
#include "unit.h"

static const struct {
    const char *name;
    int (*print)(struct buf *out);
    const char *lines[8]; /* in this order */
} pages[] = {
    {"as text",
     preset_page_print,
     {"NAME          TYPE       BASE_URL ", " KEY FROM\n",
      "groq          openai     https://api.groq.com/openai/v1 ", " GROQ_API_KEY\n",
      "lmstudio      openai     http://127.0.0.1:1234/v1 ", " none needed\n",
      "              base_url has to be set; a model's name is that of a deployment\n"}},
    {"in the docs",
     preset_page_markdown,
     {"# Providers\n", "\n- A preset needs no section", "skipped-no-key",
      "| xai | openai | `https://api.x.ai/v1` | `XAI_API_KEY` | `/models` | an error is a string;",
      " | [2026-11](https://docs.x.ai/",
      "| ollama-cloud | ollama | `https://ollama.com` | `OLLAMA_API_KEY` | `/api/tags` |",
      "| vllm | openai | `http://127.0.0.1:8000/v1` | none needed |"}},
};

START_TEST(each_page_has_the_table)
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
    for (size_t i = 0; i < preset_count(); i++)
        if (!strchr(preset_at(i)->name, '-'))
            ck_assert_msg(strstr(out.data, preset_at(i)->name), "%s", preset_at(i)->name);
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
    Suite *s = suite_create("preset_page");
    TCase *tc = tcase_create("pages");
    tcase_add_loop_test(tc, each_page_has_the_table, 0, ROWS(pages));
    tcase_add_loop_test(tc, a_page_that_does_not_fit_is_an_error, 0, ROWS(pages));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
