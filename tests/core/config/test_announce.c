/* [route] announce: what may be written, and what comes of it. */
#include <errno.h>

#include "config/announce.h"
#include "unit.h"

static const struct read_row {
    const char *name, *value;
    bool behind;
    const char *text, *why; /* text NULL: it is refused with that why */
} reads[] = {
    {"a prefix", "prefix (local) ", false, "(local)", NULL},
    {"a suffix", "suffix -- {provider}", true, "-- {provider}", NULL},
    {"quotes keep blanks", "prefix \"[{model}] \"", false, "[{model}] ", NULL},
    {"quotes inside stay", "prefix say \"hi\" twice", false, "say \"hi\" twice", NULL},
    {"a lone quote is text", "suffix \"", true, "\"", NULL},
    {"the word in capitals", "PREFIX x", false, "x", NULL},
    {"many blanks", "suffix \t  x", true, "x", NULL},
    {"no word", "(local)", false, NULL, "neither prefix TEXT nor suffix TEXT"},
    {"the word alone", "prefix", false, NULL, "neither prefix TEXT nor suffix TEXT"},
    {"the word and a blank", "prefix ", false, NULL, "no text is left to be put into answers"},
    {"nothing in quotes", "suffix \"\"", true, NULL, "no text is left to be put into answers"},
    {"grown together", "prefixed x", false, NULL, "neither prefix TEXT nor suffix TEXT"},
    {"empty", "", false, NULL, "neither prefix TEXT nor suffix TEXT"},
};

START_TEST(what_may_be_written)
{
    const struct read_row *row = &reads[_i];
    struct announce announce;
    struct error why = ERROR_NONE;
    int r = announce_read(text_of(row->value), &announce, &why);
    ck_assert_msg(r == (row->text ? 0 : -EINVAL), "%s: %d", row->name, r);
    if (!row->text) {
        ck_assert_str_eq(why.text, row->why);
        return;
    }
    ck_assert_msg(text_equals(announce.text, row->text), "%s: %.*s", row->name,
                  TEXT_ARG(announce.text));
    ck_assert_int_eq(announce.behind, row->behind);
}
END_TEST

static const struct {
    const char *text, *want;
} writes[] = {
    {"[{provider}: {model}] ", "[ollama: qwen3:8b] "},
    {"{model}{model}", "qwen3:8bqwen3:8b"},
    {"no marks", "no marks"},
    {"{other} {provider", "{other} {provider"},
    {"\u00dcber {provider}", "\u00dcber ollama"},
};

START_TEST(names_are_put_in)
{
    const struct announce announce = {.text = text_of(writes[_i].text)};
    struct buf out;
    buf_init(&out, 4096);
    ck_assert_int_eq(announce_write(&announce, text_of("ollama"), text_of("qwen3:8b"), &out), 0);
    ck_assert_str_eq(out.data, writes[_i].want);
    buf_done(&out);
}
END_TEST

START_TEST(a_long_text_is_refused)
{
    struct announce announce;
    struct error why = ERROR_NONE;
    char value[ANNOUNCE_MAX + 16] = "suffix ";
    memset(value + 7, 'x', ANNOUNCE_MAX + 1);
    ck_assert_int_eq(announce_read(text_make(value, 7 + ANNOUNCE_MAX), &announce, &why), 0);
    ck_assert_int_eq(announce_read(text_make(value, 8 + ANNOUNCE_MAX), &announce, &why), -EINVAL);
    ck_assert_str_eq(why.text, "a text of more than 1024 bytes");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("announce");
    TCase *tc = tcase_create("announce");
    tcase_add_loop_test(tc, what_may_be_written, 0, ROWS(reads));
    tcase_add_loop_test(tc, names_are_put_in, 0, ROWS(writes));
    tcase_add_test(tc, a_long_text_is_refused);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
