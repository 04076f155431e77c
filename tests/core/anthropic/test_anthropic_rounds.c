/* Tools of ours in whole Messages: what they call, the turn behind them, one answer of several. */
#include <errno.h>

#include "anthropic/anthropic_strict.h"
#include "anthropic/dialect_anthropic.h"
#include "dialect/weave_test.h"
#include "unit.h"

static const struct dialect_tools *const tools = &dialect_anthropic_rounds;

/* ---- requests */

static const struct {
    const char *tool;
    const char *name; /* NULL = it has none */
} names[] = {
    {"{'name':'a','input_schema':{}}", "a"},
    {"{'type':'custom','name':'s\\u006by__x'}", "sky__x"},
    {"{'type':'bash_20250124','name':'bash'}", "bash"},
    {"{'type':'mcp_toolset','mcp_server_name':'x'}", NULL},
    {"{'name':7}", NULL},
    {"'name'", NULL},
};

START_TEST(a_tool_has_a_name)
{
    weave_test_name(tools, names[_i].tool, names[_i].name);
}
END_TEST

static const struct {
    const char *choice;
    bool forces;
} choices[] = {
    {"{'type':'auto'}", false},
    {"{'type':'none'}", false},
    {"{'type':'any','disable_parallel_tool_use':true}", true},
    {"{'type':'tool','name':'a'}", true},
    {"null", false},
    {"'any'", false},
};

START_TEST(a_choice_forces)
{
    char *choice = json_row_text(choices[_i].choice);
    ck_assert_msg(tools->choice_forces(text_of(choice)) == choices[_i].forces, "%s", choice);
    free(choice);
}
END_TEST

START_TEST(an_offer_is_a_tool_that_the_api_takes)
{
    static const struct tool_offer offers[] = {
        {{"sky__x", 6}, {"says \"x\"", 8}, {"{\"type\":\"object\"}", 17}},
        {{"sky__x", 6}, {"", 0}, {"{\"type\":\"object\"}", 17}}};
    static const char *const wants[] = {
        "{'name':'sky__x','description':'says \\'x\\'','input_schema':{'type':'object'}}",
        "{'name':'sky__x','input_schema':{'type':'object'}}"};
    struct buf out;
    char *want = json_row_text(wants[_i]);
    buf_init(&out, 1000);
    ck_assert_int_eq(tools->offer_write(&offers[_i], &out), 0);
    json_t *got = json_loads(out.data, 0, NULL);
    ck_assert_ptr_null(anthropic_strict_tool(got));
    ck_assert_str_eq(out.data, want);
    json_decref(got);
    buf_done(&out);
    free(want);
}
END_TEST

/* ---- whole answers */

#define ANSWER(content, rest) "{ 'id':'msg_1', 'content' : [" content "] ,'x':1.50" rest "}"
#define SAID(t)               "{'type':'text','text':'" t "'}"
#define LOOK(input)           "{'type':'tool_use','id':'t1','name':'sky__x','input':" input "}"
#define THEIRS                "{'type':'tool_use','id':'t2','name':'open_door','input':{ }}"

static const struct {
    const char *name;
    const char *answer;
    const char *calls; /* id name arguments, a line each */
} calls[] = {
    {"none", ANSWER(SAID("a"), ""), ""},
    {"of both", ANSWER(LOOK("{'a':[1, 2]}") "," SAID("a") "," THEIRS, ""),
     "t1 sky__x {'a':[1, 2]}\nt2 open_door { }\n"},
    {"input that is a text", ANSWER(LOOK("'{\\'a\\':'"), ""), "t1 sky__x {'a':\n"},
    {"input that is none", ANSWER(LOOK("null"), ""), "t1 sky__x \n"},
    {"of the provider's tools",
     ANSWER("{'type':'server_tool_use','id':'s','name':'sky__x','input':{}}", ""), ""},
    {"escapes", ANSWER("{'type':'tool_use','id':'\\u0041','name':'s\\u006by'}", ""), "A sky \n"},
    {"no content", "{}", ""},
    {"content that is none", "{'content':'sky__x'}", ""},
};

START_TEST(calls_are_read)
{
    weave_test_calls(tools, calls[_i].answer, calls[_i].calls);
}
END_TEST

static const struct {
    const char *name;
    const char *answer;
    const char *said; /* content of the assistant's turn */
} turns[] = {
    {"every byte", ANSWER(" " SAID("a\\u0041") " ,\n" LOOK("{ 'a' : 1.50}"), ""),
     "[ " SAID("a\\u0041") " ,\n" LOOK("{ 'a' : 1.50}") "]"},
    {"signatures", ANSWER("{'type':'thinking','thinking':'','signature':'Eq+/='}," LOOK("{}"), ""),
     "[{'type':'thinking','thinking':'','signature':'Eq+/='}," LOOK("{}") "]"},
    {"without texts of nothing",
     ANSWER(SAID("") "," LOOK("{}") "," SAID("") "," SAID(" ") "," SAID(""), ""),
     "[" LOOK("{}") "," SAID(" ") "]"},
    {"input that is no object", ANSWER(LOOK("'{\\'a\\':'") "," LOOK("[1]") "," LOOK("null"), ""),
     "[" LOOK("{'INVALID_JSON':'{\\'a\\':'}") "," LOOK("{'INVALID_JSON':[1]}") "," LOOK("{}") "]"},
    {"no content", "{}", "[]"},
};

START_TEST(a_turn_follows_the_answer)
{
    static const struct tool_result results[] = {
        {{"t1", 2}, {"sky__x", 6}, {"Rain \"\n\xc3\xa9", 9}, false},
        {{"t3", 2}, {"sky__y", 6}, {"[tool error] no", 15}, true}};
    struct buf out, want;
    char *answer = json_row_text(turns[_i].answer), *said = json_row_text(turns[_i].said);
    buf_init(&out, 2000);
    buf_init(&want, 2000);
    ck_assert_int_eq(tools->turn_write(text_of(answer), results, 2, &out), 0);
    ck_assert_int_eq(
        buf_printf(&want,
                   "{\"role\":\"assistant\",\"content\":%s},{\"role\":\"user\",\"content\":["
                   "{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"content\":\"Rain \\\"\\n"
                   "\xc3\xa9\"},{\"type\":\"tool_result\",\"tool_use_id\":\"t3\",\"content\":"
                   "\"[tool error] no\",\"is_error\":true}]}",
                   said),
        0);
    ck_assert_msg(text_same(buf_text(&out), buf_text(&want)), "%s: %s", turns[_i].name, out.data);
    buf_done(&out);
    buf_done(&want);
    free(answer);
    free(said);
}
END_TEST

/* ---- one answer of several */

#define USAGE(in, out) ",'usage':{'input_tokens':" in ",'output_tokens':" out "}"
#define STOPS(reason)  ",'stop_reason':'" reason "'"

static const struct {
    const char *name;
    const char *earlier;
    const char *last;
    const char *want;
} joins[] = {
    {"one round stays as it came", "[]",
     ANSWER(SAID("a") " , " THEIRS, STOPS("tool_use") USAGE("1", "2 ")),
     ANSWER(SAID("a") " , " THEIRS, STOPS("tool_use") USAGE("1", "2 "))},
    {"what was said before, and all usage",
     "[" ANSWER(SAID("Look. ") "," LOOK("{}"), STOPS("tool_use") USAGE("1", "2")) "]",
     ANSWER(SAID("Rain."), STOPS("end_turn") USAGE("10", "20")),
     ANSWER(SAID("Look. ") "," SAID("Rain."), STOPS("end_turn") USAGE("11", "22"))},
    {"two rounds before",
     "[" ANSWER(LOOK("{}"), USAGE("1", "2")) "," ANSWER(SAID("a") "," LOOK("{}"),
                                                        USAGE("3", "4")) "]",
     ANSWER(SAID("b"), STOPS("end_turn") USAGE("10", "20")),
     ANSWER(SAID("a") "," SAID("b"), STOPS("end_turn") USAGE("14", "26"))},
    {"a turn with both", "[]", ANSWER(LOOK("{}") "," THEIRS, STOPS("tool_use") USAGE("1", "2")),
     ANSWER(THEIRS, STOPS("tool_use") USAGE("1", "2"))},
    {"ours alone", "[]", ANSWER(SAID("a") "," LOOK("{}"), STOPS("tool_use") USAGE("1", "2")),
     ANSWER(SAID("a"), STOPS("end_turn") USAGE("1", "2"))},
    {"ours alone, cut off", "[]", ANSWER(LOOK("''"), STOPS("max_tokens")),
     ANSWER("", STOPS("max_tokens"))},
    {"usage that only earlier ones tell", "[" ANSWER(LOOK("{}"), USAGE("1", "2")) "]",
     ANSWER(SAID("a"), ""),
     "{'usage':{'input_tokens':1,'output_tokens':2}, 'id':'msg_1', 'content' : [" SAID(
         "a") "] ,'x':1.50}"},
    {"a last one without content", "[" ANSWER(SAID("a"), "") "]", "{}", "{}"},
};

START_TEST(answers_are_joined)
{
    weave_test_join(tools, joins[_i].earlier, joins[_i].last, joins[_i].want);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("anthropic_rounds");
    TCase *tc = tcase_create("rounds");
    tcase_add_loop_test(tc, a_tool_has_a_name, 0, ROWS(names));
    tcase_add_loop_test(tc, a_choice_forces, 0, ROWS(choices));
    tcase_add_loop_test(tc, an_offer_is_a_tool_that_the_api_takes, 0, 2);
    tcase_add_loop_test(tc, calls_are_read, 0, ROWS(calls));
    tcase_add_loop_test(tc, a_turn_follows_the_answer, 0, ROWS(turns));
    tcase_add_loop_test(tc, answers_are_joined, 0, ROWS(joins));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
