/* Tools of ours in whole responses: what they call, the items behind them, one answer of several.
 */
#include <errno.h>

#include "dialect/weave_test.h"
#include "responses/dialect_responses.h"
#include "responses/responses_stream.h"
#include "unit.h"

static const struct dialect_tools *const tools = &dialect_responses_rounds;

/* ---- requests */

static const struct {
    const char *tool;
    const char *name; /* NULL = it has none */
} names[] = {
    {"{'type':'function','name':'s\\u006by__x','parameters':{}}", "sky__x"},
    {"{'type':'custom','name':'apply_patch'}", "apply_patch"},
    {"{'type':'web_search'}", NULL},
    {"{'type':'mcp','server_label':'x'}", NULL},
    {"{'type':'namespace','name':'sky__','tools':[{'type':'function','name':'x'},{'type':'custom',"
     "'name':'y'},{'type':'web_search'}]}",
     "sky__x\nsky__y"},
    {"{'type':'namespace','name':'g','tools':[{'type':'function','name':"
     "'0123456789012345678901234567890123456789012345678901234567890123'}]}",
     "g012345678901234567890123456789012345678901234567890123_dd51835e"},
    {"{'type':'namespace','name':'g','tools':[]}", NULL},
    {"{'type':'namespace','name':'g'}", NULL},
    {"{'type':'function','name':null}", NULL},
    {"7", NULL},
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
    {"'auto'", false},
    {"'none'", false},
    {"'required'", true},
    {"null", false},
    {"{'type':'function','name':'a'}", true},
    {"{'type':'custom','name':'a'}", true},
    {"{'type':'web_search'}", true},
    {"{'type':'allowed_tools','mode':'auto','tools':[]}", false},
    {"{'type':'allowed_tools','mode':'required','tools':[]}", true},
};

START_TEST(a_choice_forces)
{
    char *choice = json_row_text(choices[_i].choice);
    ck_assert_msg(tools->choice_forces(text_of(choice)) == choices[_i].forces, "%s", choice);
    free(choice);
}
END_TEST

START_TEST(an_offer_is_a_function)
{
    static const struct tool_offer offers[] = {
        {{"sky__x", 6}, {"says \"x\"", 8}, {"{\"type\":\"object\"}", 17}},
        {{"sky__x", 6}, {"", 0}, {"{}", 2}}};
    static const char *const wants[] = {
        "{'type':'function','name':'sky__x','description':'says \\'x\\'','parameters':{'type':"
        "'object'},'strict':false}",
        "{'type':'function','name':'sky__x','parameters':{},'strict':false}"};
    struct buf out;
    char *want = json_row_text(wants[_i]);
    buf_init(&out, 1000);
    ck_assert_int_eq(tools->offer_write(&offers[_i], &out), 0);
    ck_assert_str_eq(out.data, want);
    buf_done(&out);
    free(want);
}
END_TEST

/* ---- whole answers */

#define ANSWER(output, rest) "{ 'id':'resp_1', 'output' : [" output "] ,'x':1.50" rest "}"
#define THOUGHT              "{'type':'reasoning','id':'rs','summary':[],'encrypted_content':'gA+/='}"

static const struct {
    const char *name;
    const char *answer;
    const char *calls; /* id name arguments, a line each */
} calls[] = {
    {"none", ANSWER(SAID("m", "a"), ""), ""},
    {"of both", ANSWER(LOOKED "," SAID("m", "a") "," OPENED, ""),
     "call_sky__x sky__x {}\ncall_open open {}\n"},
    {"arguments that are cut off",
     ANSWER(CALL_ITEM("sky__x", "incomplete", "{\\'a\\':\\u0020"), ""),
     "call_sky__x sky__x {'a': \n"},
    {"what is the app's in any case",
     ANSWER(
         "{'type':'function_call','call_id':'c1','namespace':'sky','name':'_x','arguments':'{}'},"
         "{'type':'custom_tool_call','call_id':'c2','name':'sky__x','input':'a\\nb'},"
         "{'type':'local_shell_call','call_id':'c3','action':{}},"
         "{'type':'function_call','call_id':'c4','namespace':null,'name':'sky__x'}",
         ""),
     "c1 sky._x {}\nc2 custom_tool_call.sky__x a\nb\nc3 local_shell_call. \nc4 sky__x \n"},
    {"of the provider's tools",
     ANSWER("{'type':'web_search_call','id':'w'},{'type':'mcp_call'}", ""), ""},
    {"no output", "{}", ""},
};

START_TEST(calls_are_read)
{
    weave_test_calls(tools, calls[_i].answer, calls[_i].calls);
}
END_TEST

#define RAINED "{'type':'function_call_output','call_id':'c1','output':'Rain \\'\\n\xc3\xa9'}"

START_TEST(a_turn_follows_the_answer)
{
    static const struct tool_result results[] = {
        {{"c1", 2}, {"sky__x", 6}, {"Rain \"\n\xc3\xa9", 9}, false},
        {{"c3", 2}, {"sky__y", 6}, {"[tool error] no", 15}, true}};
    static const char *const wants[] = {
        THOUGHT "," LOOKED "," RAINED ",{'type':'function_call_output','call_id':'c3','output':"
                "'[tool error] no'}",
        ("{ 'a' : 1.50}," RAINED), ""};
    static const char *const answers[] = {ANSWER(THOUGHT " ,\n" LOOKED, ""),
                                          ANSWER("{ 'a' : 1.50}", ""), "{}"};
    struct buf out;
    char *answer = json_row_text(answers[_i]), *want = json_row_text(wants[_i]);
    buf_init(&out, 2000);
    ck_assert_int_eq(tools->turn_write(text_of(answer), results, 2 - (size_t)_i, &out), 0);
    ck_assert_msg(text_equals(buf_text(&out), want), "%s", out.data);
    buf_done(&out);
    free(answer);
    free(want);
}
END_TEST

/* ---- one answer of several */

#define USAGE(in, out) ",'usage':" USED(in, out, "1")

static const struct {
    const char *name;
    const char *earlier;
    const char *last;
    const char *want;
} joins[] = {
    {"one round stays as it came", "[]", ANSWER(SAID("m", "a") " , " OPENED, USAGE("1", "2 ")),
     ANSWER(SAID("m", "a") " , " OPENED, USAGE("1", "2 "))},
    {"what was said before, and all usage",
     "[" ANSWER(THOUGHT "," SAID("m1", "Look. ") "," LOOKED, USAGE("1", "2")) "]",
     ANSWER(SAID("m2", "Rain."), USAGE("10", "20")),
     ANSWER(THOUGHT "," SAID("m1", "Look. ") "," SAID("m2", "Rain."),
            ",'usage':" USED("11", "22", "2"))},
    {"two rounds before",
     "[" ANSWER(LOOKED, USAGE("1", "2")) "," ANSWER(SAID("m1", "a") "," LOOKED, "") "]",
     ANSWER(SAID("m2", "b"), USAGE("10", "20")),
     ANSWER(SAID("m1", "a") "," SAID("m2", "b"), ",'usage':" USED("11", "22", "2"))},
    {"a turn with both", "[]", ANSWER(LOOKED "," OPENED, USAGE("1", "2")),
     ANSWER(OPENED, USAGE("1", "2"))},
    {"ours alone", "[]", ANSWER(SAID("m", "a") "," LOOKED, ""), ANSWER(SAID("m", "a"), "")},
    {"a custom tool of that name is the app's", "[]",
     ANSWER("{'type':'custom_tool_call','name':'sky__x'}", ""),
     ANSWER("{'type':'custom_tool_call','name':'sky__x'}", "")},
    {"the request's tools are told without ours", "[]",
     ANSWER(SAID("m", "a"),
            ",'tools':[{'type':'function','name':'sky__x'},7,{'type':'namespace','name':'n'},"
            "{'type':'function','name':'mine'}]"),
     ANSWER(SAID("m", "a"),
            ",'tools':[7,{'type':'namespace','name':'n'},{'type':'function','name':'mine'}]")},
    {"and as they came without any", "[]",
     ANSWER(SAID("m", "a"), ",'tools':[ {'type':'function','name':'mine'} ]"),
     ANSWER(SAID("m", "a"), ",'tools':[ {'type':'function','name':'mine'} ]")},
    {"a last one without output", "[" ANSWER(SAID("m", "a"), "") "]", "{}", "{}"},
};

START_TEST(answers_are_joined)
{
    weave_test_join(tools, joins[_i].earlier, joins[_i].last, joins[_i].want);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("responses_rounds");
    TCase *tc = tcase_create("rounds");
    tcase_add_loop_test(tc, a_tool_has_a_name, 0, ROWS(names));
    tcase_add_loop_test(tc, a_choice_forces, 0, ROWS(choices));
    tcase_add_loop_test(tc, an_offer_is_a_function, 0, 2);
    tcase_add_loop_test(tc, calls_are_read, 0, ROWS(calls));
    tcase_add_loop_test(tc, a_turn_follows_the_answer, 0, 3);
    tcase_add_loop_test(tc, answers_are_joined, 0, ROWS(joins));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
