/* Tools that the daemon runs, in requests and whole answers of /api/chat. */
#include "dialect/dialect.h"
#include "dialect/rounds_row.h"
#include "unit.h"

static const struct rounds_name names[] = {
    {"a function", "{'type':'function','function':{'name':'f','parameters':{}}}", "f"},
    {"a tool without a name", "{'type':'web_search'}", NULL},
};

START_TEST(a_tool_is_known_by_its_name)
{
    rounds_name_check(dialect_ollama.tools, &names[_i]);
}
END_TEST

/* With a schema that Ollama can read. */
START_TEST(a_tool_is_offered_as_a_function)
{
    rounds_offer_check(dialect_ollama.tools, "it",
                       "{'type':'function','function':{'name':'us__f','description':'it',"
                       "'parameters':{'type':'object','properties':{}}}}");
}
END_TEST

START_TEST(what_ollama_cannot_read_of_a_schema_is_not_offered)
{
    char *schema = json_row_text("{'type':'object','properties':{'x':{'$ref':'#/$defs/y'}},"
                                 "'$defs':{'y':{'type':'string'}}}");
    const struct tool_offer offer = {text_of("us__f"), text_of(""), text_of(schema)};
    const struct tool_offer broken = {text_of("us__f"), text_of(""), text_of("{")};
    struct buf out;
    buf_init(&out, SIZE_MAX);
    ck_assert_int_eq(dialect_ollama.tools->offer_write(&offer, &out), 0);
    ck_assert_msg(!strstr(out.data, "$ref") && strstr(out.data, "\"x\":{\"type\":\"string\"}"),
                  "%s", out.data);
    buf_reset(&out);
    ck_assert_int_eq(dialect_ollama.tools->offer_write(&broken, &out), 0);
    ck_assert_msg(strstr(out.data, "\"parameters\":{"), "%s", out.data);
    ck_assert(!dialect_ollama.tools->choice_forces(text_of("\"required\"")));
    buf_done(&out);
    free(schema);
}
END_TEST

#define CALL(index, name) "{'function':{'index':" index ",'name':'" name "','arguments':{'x':1}}}"

static const struct rounds_calls calls[] = {
    {"none", "{'message':{'content':'x'},'done':true}", ""},
    {"without ids, arguments as they are",
     "{'message':{'tool_calls':[" CALL("0", "us__f") ",{'id':'b','function':{'name':'g'}}]}}",
     "|us__f|{'x':1} b|g| "},
    {"no message", "{'done':true}", ""},
    {"a message that is none", "{'message':'x'}", ""},
};

START_TEST(an_answer_has_its_calls)
{
    rounds_calls_check(dialect_ollama.tools, &calls[_i]);
}
END_TEST

static const struct rounds_turn turns[] = {
    {"every byte of the answer stays, results name their tool",
     "{'message':{'role':'assistant', 'content' : '','thinking':'h\\u006d','tool_calls':[" CALL(
         "0", "us__f") "," CALL("1", "us__g") "]}}",
     "{'role':'assistant', 'content' : '','thinking':'h\\u006d','tool_calls':[" CALL(
         "0", "us__f") "," CALL("1",
                                "us__g") "]},"
                                         "{'role':'tool','content':'21 "
                                         "\xc2\xb0','tool_name':'us__f'},{'role':'tool','content':'"
                                         "[tool error] no','tool_name':'us__g','tool_call_id':'b'}",
     {"", "b"}},
};

START_TEST(the_turn_goes_back_as_it_came)
{
    rounds_turn_check(dialect_ollama.tools, &turns[_i]);
}
END_TEST

#define SAID(content, counts) "{'message':{'content':'" content "'},'done':true" counts "}"

static const struct rounds_join joins[] = {
    {"nothing before, nothing of ours", "[]", SAID("x", ",'eval_count':1,'load_duration':2"), NULL},
    {"text and counts of the rounds before",
     "[" SAID("a", ",'eval_count':1,'total_duration':10") "," SAID(
         "b", ",'eval_count':2,'total_duration':20") "]",
     SAID("c", ",'total_duration':30,'eval_count':3"),
     SAID("abc", ",'total_duration':60,'eval_count':6")},
    {"what the last did not count", "[" SAID("", ",'eval_count':1,'prompt_eval_count':2") "]",
     SAID("c", ",'eval_count':1"),
     "{'prompt_eval_count':2,'message':{'content':'c'},'done':true,'eval_count':2}"},
    {"a message that had no text", "[" SAID("a", "") "]",
     "{'message':{'role':'assistant'},'done':true}",
     "{'message':{'content':'a','role':'assistant'},'done':true}"},
    {"calls of ours are left out, others are counted on", "[]",
     "{'message':{'tool_calls':[" CALL("0", "us__f") "," CALL("1", "f") "," CALL(
         "2", "us__f") "," CALL("3", "g") "]}}",
     "{'message':{'tool_calls':[" CALL("0", "f") "," CALL("1", "g") "]}}"},
    {"and none is left", "[" SAID("a", "") "]",
     "{'message':{'tool_calls':[" CALL("0", "us__f") "]},'done':true}",
     "{'message':{'content':'a'},'done':true}"},
    {"numbers that are none", "[" SAID("", ",'eval_count':null,'x_count':'y'") "]",
     SAID("c", ",'eval_count':null"), NULL},
};

START_TEST(answers_become_one)
{
    rounds_join_check(dialect_ollama.tools, &joins[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_ollama_rounds");
    TCase *tc = tcase_create("rounds");
    tcase_add_loop_test(tc, a_tool_is_known_by_its_name, 0, ROWS(names));
    tcase_add_test(tc, a_tool_is_offered_as_a_function);
    tcase_add_test(tc, what_ollama_cannot_read_of_a_schema_is_not_offered);
    tcase_add_loop_test(tc, an_answer_has_its_calls, 0, ROWS(calls));
    tcase_add_loop_test(tc, the_turn_goes_back_as_it_came, 0, ROWS(turns));
    tcase_add_loop_test(tc, answers_become_one, 0, ROWS(joins));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
