/* What the halves of tools share: an answer's calls, whose a name is, and the sum of usages. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "dialect/tools.h"
#include "json_row.h"
#include "unit.h"

/* ---- calls: id, name and arguments as an answer has them, and as they are told */
static const struct {
    const char *name;
    const char *id, *called, *arguments;
    const char *want_id, *want_name, *want_arguments;
} calls[] = {
    {"strings are decoded", "\"c\\u0031\"", "\"weather__today\"",
     "\"{\\\"city\\\":\\\"K\\u00f6ln\\\"}\"", "c1", "weather__today", "{\"city\":\"Köln\"}"},
    {"an object stays as it is written", "\"a\"", "\"b\"", "{ \"x\": 1.50 }", "a", "b",
     "{ \"x\": 1.50 }"},
    {"what is absent is empty", NULL, "\"b\"", NULL, "", "b", ""},
    {"null is absent", "null", "\"b\"", "null", "", "b", ""},
    {"the empty string is empty", "\"\"", "\"\"", "\"\"", "", "", ""},
    {"an id that is a number stays", "7", "\"b\"", "\"{}\"", "7", "b", "{}"},
    {"other values stay, too", "true", "\"b\"", "[1, 2]", "true", "b", "[1, 2]"},
    {"a lone surrogate becomes U+FFFD", "\"a\"", "\"b\"", "\"\\ud800\"", "a", "b", "\xef\xbf\xbd"},
};

START_TEST(a_call_has_its_texts_decoded)
{
    struct tool_calls got;
    tool_calls_init(&got);
    for (int n = 1; n <= 3; n++) {
        ck_assert_int_eq(tool_calls_add(&got, text_of(calls[_i].id), text_of(calls[_i].called),
                                        text_of(calls[_i].arguments)),
                         0);
        ck_assert_uint_eq(got.count, (size_t)n);
    }
    for (size_t i = 0; i < got.count; i++)
        ck_assert_msg(text_equals(got.at[i].id, calls[_i].want_id) &&
                          text_equals(got.at[i].name, calls[_i].want_name) &&
                          text_equals(got.at[i].arguments, calls[_i].want_arguments),
                      "%s: %.*s, %.*s, %.*s", calls[_i].name, TEXT_ARG(got.at[i].id),
                      TEXT_ARG(got.at[i].name), TEXT_ARG(got.at[i].arguments));
    tool_calls_done(&got);
    ck_assert_uint_eq(got.count, 0);
    tool_calls_done(&got);
    tool_calls_done(NULL);
}
END_TEST

/* ---- names */

static bool begins_with_ours(const void *arg, struct text name)
{
    return text_starts(name, arg);
}

static const struct {
    const char *name;
    const char *string;
    bool ours;
} names[] = {
    {"one of ours", "\"ours__x\"", true},
    {"escaped it is the same", "\"\\u006furs__x\"", true},
    {"one of the app's", "\"theirs\"", false},
    {"none", NULL, false},
    {"null", "null", false},
    {"a number", "7", false},
};

START_TEST(whose_a_tool_is_goes_by_its_decoded_name)
{
    bool ours = !names[_i].ours;
    ck_assert_int_eq(
        tool_name_is_ours(begins_with_ours, "ours__", text_of(names[_i].string), &ours), 0);
    ck_assert_msg(ours == names[_i].ours, "%s", names[_i].name);
}
END_TEST

/* ---- usage, written with ' for " */
static const struct {
    const char *name;
    const char *earlier, *later, *want;
} usages[] = {
    {"numbers are added up", "{'prompt_tokens':10,'total_tokens':12}",
     "{'prompt_tokens':20,'total_tokens':25}", "{'prompt_tokens':30,'total_tokens':37}"},
    {"in objects of theirs as well", "{'d':{'cached':1,'audio':0}}", "{'d':{'cached':2}}",
     "{'d':{'cached':3,'audio':0}}"},
    {"what only one has is kept", "{'a':1}", "{'b':2}", "{'b':2,'a':1}"},
    {"null counts as absent", "{'a':1,'b':{'c':1}}", "{'a':null,'b':null}", "{'a':1,'b':{'c':1}}"},
    {"null to begin with, too", "{'a':null}", "{'a':3}", "{'a':3}"},
    {"of everything else the later is kept", "{'tier':'a','list':[1],'x':1}",
     "{'tier':'b','list':[2],'x':'y'}", "{'tier':'b','list':[2],'x':'y'}"},
    {"fractions add up", "{'cost':0.25}", "{'cost':0.5}", "{'cost':0.75}"},
    {"a fraction and a whole number", "{'cost':1}", "{'cost':0.5}", "{'cost':1.5}"},
    {"what is too much stays at the most", "{'a':9223372036854775807}", "{'a':1}",
     "{'a':9223372036854775807}"},
    {"of what no number holds the later is kept", "{'a':1.7976931348623157e308}",
     "{'a':1.7976931348623157e308}", "{'a':1.7976931348623157e308}"},
    {"one that is absent", NULL, "{ 'a' : 1.0 }", "{ 'a' : 1.0 }"},
    {"one that is null", "{ 'a' : 1.0 }", "null", "{ 'a' : 1.0 }"},
    {"none at all", "null", NULL, ""},
    {"one that cannot be read is left out", "{'\\u0000':1}", "{'a':1}", "{'a':1}"},
};

START_TEST(usages_add_up)
{
    char *earlier = usages[_i].earlier ? json_row_text(usages[_i].earlier) : NULL;
    char *later = usages[_i].later ? json_row_text(usages[_i].later) : NULL;
    char *want = json_row_text(usages[_i].want);
    for (size_t max = 0; max <= strlen(want); max++) {
        struct buf out;
        buf_init(&out, max);
        int r = tool_usage_sum(text_of(earlier), text_of(later), &out);
        ck_assert_msg(r == (max < strlen(want) ? -EMSGSIZE : 0), "%s: %d with room for %zu of %s",
                      usages[_i].name, r, max, want);
        ck_assert_msg(r < 0 || text_equals(buf_text(&out), want), "%s: %s", usages[_i].name,
                      out.data);
        buf_done(&out);
    }
    free(earlier);
    free(later);
    free(want);
}
END_TEST

/* ---- the records */

START_TEST(those_that_offer_tools_have_a_whole_half)
{
    for (size_t i = 0; i < dialect_count(); i++) {
        const struct dialect_tools *tools = dialect_at(i)->tools;
        if (!tools)
            continue;
        ck_assert(tools->turns && tools->name_read && tools->offer_write && tools->choice_forces);
        ck_assert(tools->calls_read && tools->turn_write && tools->answers_join);
        ck_assert(tools->weaver_size >= sizeof(struct tool_weaver) && tools->weave);
        ck_assert(tools->weave_answer && tools->weave_next && tools->weave_end);
        struct tool_weaver *weaver = tool_weaver_new(tools, begins_with_ours, "ours__");
        ck_assert(weaver && weaver->is_ours == begins_with_ours && weaver->ours == 0);
        tool_weaver_free(tools, weaver);
        tool_weaver_free(tools, NULL);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tools");
    TCase *tc = tcase_create("shared");
    tcase_add_loop_test(tc, a_call_has_its_texts_decoded, 0, ROWS(calls));
    tcase_add_loop_test(tc, whose_a_tool_is_goes_by_its_decoded_name, 0, ROWS(names));
    tcase_add_loop_test(tc, usages_add_up, 0, ROWS(usages));
    tcase_add_test(tc, those_that_offer_tools_have_a_whole_half);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
