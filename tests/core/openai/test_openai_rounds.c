/* Tools that the daemon runs, in requests and whole answers of chat completions. */
#include "dialect/dialect.h"
#include "dialect/rounds_row.h"
#include "unit.h"

static const struct rounds_name names[] = {
    {"a function", "{'type':'function','function':{'name':'f','parameters':{}}}", "f"},
    {"its name is decoded", "{'function':{'name':'\\u0066'}}", "f"},
    {"a custom tool", "{'type':'custom','custom':{'name':'c'}}", "c"},
    {"a name without an object around it", "{'type':'function','name':'f'}", "f"},
    {"a tool of the provider's", "{'type':'web_search'}", NULL},
    {"a server", "{'type':'mcp','server_label':'us'}", NULL},
    {"an empty name", "{'type':'function','function':{'name':''}}", NULL},
    {"a name that is none", "{'type':'function','function':{'name':7}}", NULL},
    {"no object", "'f'", NULL},
};

START_TEST(a_tool_is_known_by_its_name)
{
    rounds_name_check(dialect_openai.tools, &names[_i]);
}
END_TEST

START_TEST(a_tool_is_offered_as_a_function)
{
    rounds_offer_check(dialect_openai.tools, "it",
                       "{'type':'function','function':{'name':'us__f','description':'it',"
                       "'parameters':{'type':'object'}}}");
    rounds_offer_check(
        dialect_openai.tools, "",
        "{'type':'function','function':{'name':'us__f','parameters':{'type':'object'}}}");
}
END_TEST

static const struct {
    const char *choice;
    bool forces;
} choices[] = {
    {"'auto'", false},
    {"'none'", false},
    {"null", false},
    {"'required'", true},
    {"'any'", true},
    {"{'type':'function','function':{'name':'f'}}", true},
    {"{'type':'custom','custom':{'name':'c'}}", true},
    {"{'function':{'name':'f'}}", true},
    {"{'type':'auto'}", false},
    {"{'type':'none'}", false},
    {"{'type':'allowed_tools','allowed_tools':{'mode':'auto','tools':[]}}", false},
    {"{'type':'allowed_tools','allowed_tools':{'mode':'required','tools':[]}}", true},
    {"{'type':'allowed_tools','allowed_tools':{}}", false},
    {"7", false},
};

START_TEST(a_choice_forces_a_call_or_not)
{
    char *choice = json_row_text(choices[_i].choice);
    ck_assert_msg(dialect_openai.tools->choice_forces(text_of(choice)) == choices[_i].forces, "%s",
                  choice);
    free(choice);
}
END_TEST

#define ANSWER(message)                                                                            \
    "{'choices':[{'index':0,'message':" message ",'finish_reason':'tool_calls'}]}"
#define CALL(id, name)                                                                             \
    "{'id':'" id "','type':'function','function':{'name':'" name "','arguments':'{}'}}"

static const struct rounds_calls calls[] = {
    {"none", ANSWER("{'content':'x'}"), ""},
    {"some, in their order", ANSWER("{'tool_calls':[" CALL("a", "us__f") "," CALL("b", "g") "]}"),
     "a|us__f|{} b|g|{} "},
    {"arguments as the model wrote them",
     ANSWER("{'tool_calls':[{'id':'a','function':{'name':'f','arguments':'{\\'x\\': 1.50'}}]}"),
     "a|f|{'x': 1.50 "},
    {"arguments that are an object, and none",
     ANSWER("{'tool_calls':[{'id':'a','function':{'name':'f','arguments':{'x':1}}},{'function':{'"
            "name':'g'}}]}"),
     "a|f|{'x':1} |g| "},
    {"a custom tool's",
     ANSWER("{'tool_calls':[{'id':'a','type':'custom','custom':{'name':'c','input':'do it'}}]}"),
     "a|c|do it "},
    {"as it was before tools",
     ANSWER("{'tool_calls':null,'function_call':{'name':'f','arguments':'{}'}}"), "|f|{} "},
    {"one without a name is none",
     ANSWER("{'tool_calls':[{'id':'a','function':{'arguments':'{}'}}]}"), ""},
    {"only of the first choice",
     "{'choices':[{'index':1,'message':{'tool_calls':[" CALL(
         "b", "g") "]}},{'index':0,'message':{'tool_calls':[" CALL("a", "f") "]}}]}",
     "a|f|{} "},
    {"no answer", "{'error':{}}", ""},
    {"choices that are none", "{'choices':[7]}", ""},
};

START_TEST(an_answer_has_its_calls)
{
    rounds_calls_check(dialect_openai.tools, &calls[_i]);
}
END_TEST

#define RESULTS(a, b)                                                                              \
    ",{'role':'tool','tool_call_id':'" a "','content':'21 \xc2\xb0'},"                             \
    "{'role':'tool','tool_call_id':'" b "','content':'[tool error] no'}"

static const struct rounds_turn turns[] = {
    {"every byte of the answer stays",
     ANSWER("{'role':'assistant', 'content' : "
            "null,'reasoning_content':'h\\u006d','tool_calls':[" CALL("a", "us__f") "," CALL(
                "b", "us__g") "],"
                              "'extra_content':{'google':{'thought_signature':'x'}},'n':1.50}"),
     "{'role':'assistant', 'content' : null,'reasoning_content':'h\\u006d','tool_calls':[" CALL(
         "a", "us__f") "," CALL("b", "us__g") "],"
                                              "'extra_content':{'google':{'thought_signature':'x'}}"
                                              ",'n':1.50}" RESULTS("a", "b"),
     {"a", "b"}},
    {"as it was before tools",
     ANSWER("{'role':'assistant','function_call':{'name':'us__g'}}"),
     "{'role':'assistant','function_call':{'name':'us__g'}},"
     "{'role':'tool','tool_call_id':'a','content':'21 \xc2\xb0'},"
     "{'role':'function','name':'us__g','content':'[tool error] no'}",
     {"a", ""}},
    {"ids that are absent",
     ANSWER("{'role':'assistant'}"),
     "{'role':'assistant'}" RESULTS("", ""),
     {"", ""}},
};

START_TEST(the_turn_goes_back_as_it_came)
{
    rounds_turn_check(dialect_openai.tools, &turns[_i]);
}
END_TEST

#define SAID(content) "{'choices':[{'message':{'content':" content "}}]}"
#define LAST(message, reason)                                                                      \
    "{'id':'x','choices':[ {'index':0,'message':" message ",'finish_reason':'" reason "'} ]}"

static const struct rounds_join joins[] = {
    {"nothing before, nothing of ours", "[]", LAST("{'role':'assistant','content':'x'}", "stop"),
     NULL},
    {"rounds that said nothing", "[" SAID("null") "," SAID("''") "]",
     LAST("{'content':'x'}", "stop"), NULL},
    {"what was said before goes before it", "[" SAID("'a\\n'") "," SAID("'\\'b'") "]",
     LAST("{'role':'assistant','content':'\\u0063'}", "stop"),
     LAST("{'role':'assistant','content':'a\\n\\'b\\u0063'}", "stop")},
    {"and in the place of null", "[" SAID("'a'") "]",
     LAST("{'content':null,'tool_calls':[" CALL("b", "g") "]}", "tool_calls"),
     LAST("{'content':'a','tool_calls':[" CALL("b", "g") "]}", "tool_calls")},
    {"and of nothing", "[" SAID("'a'") "]", LAST("{'role':'assistant'}", "stop"),
     LAST("{'content':'a','role':'assistant'}", "stop")},
    {"and where nothing else stays", "[" SAID("'a'") "]",
     LAST("{'tool_calls':[" CALL("a", "us__f") "]}", "tool_calls"),
     LAST("{'content':'a'}", "stop")},
    {"parts",
     "[" SAID("[{'type':'thinking','thinking':[]},{'type':'text','text':'a'},{'type':'text','text':"
              "'b'}]") "]",
     LAST("{'content':[{'type':'text','text':'c'}]}", "stop"),
     LAST("{'content':[{'type':'text','text':'ab'},{'type':'text','text':'c'}]}", "stop")},
    {"no parts", "[" SAID("'a'") "]", LAST("{'content':[]}", "stop"),
     LAST("{'content':[{'type':'text','text':'a'}]}", "stop")},
    {"calls of ours are left out", "[]",
     LAST("{'content':null,'tool_calls':[" CALL("a", "us__f") ", " CALL("b", "g") "," CALL(
              "c", "us__f") "]}",
          "tool_calls"),
     LAST("{'content':null,'tool_calls':[ " CALL("b", "g") "]}", "tool_calls")},
    {"and where none is left it ends without", "[]",
     LAST("{'content':'x','tool_calls':[" CALL("a", "us__f") "]}", "tool_calls"),
     LAST("{'content':'x'}", "stop")},
    {"but for the reason of another end", "[]",
     LAST("{'content':'x','tool_calls':[" CALL("a", "us__f") "]}", "length"),
     LAST("{'content':'x'}", "length")},
    {"a function_call is another call", "[]",
     LAST("{'function_call':{'name':'g'},'tool_calls':[" CALL("a", "us__f") "]}", "function_call"),
     LAST("{'function_call':{'name':'g'}}", "function_call")},
    {"unless it is ours, too", "[]",
     LAST("{'function_call':{'name':'us__g'},'tool_calls':[" CALL("a", "us__f") "]}", "tool_calls"),
     LAST("{}", "stop")},
    {"ours beside a call of the app's", "[]",
     LAST("{'function_call':{'name':'us__g'},'tool_calls':[" CALL("b", "g") "]}", "tool_calls"),
     LAST("{'tool_calls':[" CALL("b", "g") "]}", "tool_calls")},
    {"none of it is null", "[]",
     LAST("{'function_call':null,'tool_calls':[" CALL("a", "us__f") "]}", "tool_calls"),
     LAST("{'function_call':null}", "stop")},
    {"usage is the sum", "[{'usage':{'p':1,'d':{'c':1}}},{'usage':null},{}]",
     "{'usage' : {'p':2,'d':{'c':2}},'choices':[]}",
     "{'usage' : {'p':3,'d':{'c':3}},'choices':[]}"},
    {"also where the last round told none", "[{'usage':{'p':1}},{'usage':{'p':1}}]",
     "{'choices':[]}", "{'usage':{'p':2},'choices':[]}"},
    {"or null", "[{'usage':{'p':1}}]", "{'usage':null}", "{'usage':{'p':1}}"},
    {"other choices stay", "[" SAID("'a'") "]",
     "{'choices':[{'index':1,'message':{'content':'y'}},{'index':0,'message':{'content':'x'}}]}",
     "{'choices':[{'index':1,'message':{'content':'y'}},{'index':0,'message':{'content':'ax'}}]}"},
};

START_TEST(answers_become_one)
{
    rounds_join_check(dialect_openai.tools, &joins[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("openai_rounds");
    TCase *tc = tcase_create("rounds");
    tcase_add_loop_test(tc, a_tool_is_known_by_its_name, 0, ROWS(names));
    tcase_add_test(tc, a_tool_is_offered_as_a_function);
    tcase_add_loop_test(tc, a_choice_forces_a_call_or_not, 0, ROWS(choices));
    tcase_add_loop_test(tc, an_answer_has_its_calls, 0, ROWS(calls));
    tcase_add_loop_test(tc, the_turn_goes_back_as_it_came, 0, ROWS(turns));
    tcase_add_loop_test(tc, answers_become_one, 0, ROWS(joins));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
