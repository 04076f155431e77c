/* Tools, and what chooses among them. */
#include "dialect/translate_row.h"
#include "unit.h"

#define TOOL(name) "{'type':'function','function':{'name':'" name "'}}"
#define TWO        ",'tools':[" TOOL("a") "," TOOL("b") "]"
#define OFFERED(name)                                                                              \
    "{'type':'function','function':{'name':'" name                                                 \
    "','parameters':{'type':'object','properties':{}}}}"

static const struct translate_row rows[] = {
    {"a tool with everything",
     ASK(",'tools':[{'type':'function','function':{'name':'a','description':'d','strict':true,"
         "'parameters':{'type':'object','properties':{'x':{'type':'string'}},'required':['x']}}}]"),
     "{'tools':[{'type':'function','function':{'name':'a','description':'d','parameters':{'type':"
     "'object','properties':{'x':{'type':'string'}},'required':['x']}}}]}",
     "tools.strict", NULL, 0},
    {"what asks for nothing is not named",
     ASK(",'tools':[{'type':'function','cache_control':{'type':'ephemeral'},'function':{'name':'a',"
         "'strict':false,'description':null}}]"),
     "{'tools':[" OFFERED("a") "]}", NULL, NULL, 0},
    {"what stands beside the function is named",
     ASK(",'tools':[{'type':'function','defer_loading':true,'function':{'name':'a'}}]"),
     "{'tools':[" OFFERED("a") "]}", "tools.defer_loading", NULL, 0},
    {"a tool with a name only takes nothing", ASK(",'tools':[" TOOL("a") "]"),
     "{'tools':[" OFFERED("a") "]}", NULL, NULL, 0},
    {"parameters null",
     ASK(",'tools':[{'type':'function','function':{'name':'a','parameters':null}}]"),
     "{'tools':[" OFFERED("a") "]}", NULL, NULL, 0},
    {"no tools at all", ASK(",'tools':[]"), "{'tools':null}", NULL, NULL, 0},
    {"tools null", ASK(",'tools':null"), "{'tools':null}", NULL, NULL, 0},
    {"legacy functions",
     ASK(",'functions':[{'name':'a','parameters':{'type':'object',"
         "'properties':{}}}],'function_call':'auto'"),
     "{'tools':[{'type':'function','function':{'name':'a','parameters':{'type':'object',"
     "'properties':{}}}}]}",
     NULL, NULL, 0},
    {"tool_choice auto", ASK(TWO ",'tool_choice':'auto'"),
     "{'tools':[" OFFERED("a") "," OFFERED("b") "]}", NULL, NULL, 0},
    {"tool_choice none sends no tools", ASK(TWO ",'tool_choice':'none'"), "{'tools':null}", NULL,
     NULL, 0},
    {"function_call none sends no tools", ASK(",'functions':[{'name':'a'}],'function_call':'none'"),
     "{'tools':null}", NULL, NULL, 0},
    {"tool_choice required is named", ASK(TWO ",'tool_choice':'required'"),
     "{'tools':[" OFFERED("a") "," OFFERED("b") "]}", "tool_choice", NULL, 0},
    {"a named tool is the only one sent, and named",
     ASK(TWO ",'tool_choice':{'type':'function','function':{'name':'b'}}"),
     "{'tools':[" OFFERED("b") "]}", "tool_choice", NULL, 0},
    {"a named legacy function",
     ASK(",'functions':[{'name':'a'},{'name':'b'}],'function_call':"
         "{'name':'b'}"),
     "{'tools':[" OFFERED("b") "]}", "function_call", NULL, 0},
    {"allowed tools are the only ones sent",
     ASK(TWO ",'tool_choice':{'type':'allowed_tools','allowed_tools':{'mode':'auto','tools':[" TOOL(
         "a") "]}}"),
     "{'tools':[" OFFERED("a") "]}", NULL, NULL, 0},
    {"allowed tools that are required are named too",
     ASK(TWO
         ",'tool_choice':{'type':'allowed_tools','allowed_tools':{'mode':'required','tools':[" TOOL(
             "a") "]}}"),
     "{'tools':[" OFFERED("a") "]}", "tool_choice", NULL, 0},
    {"a tool_choice that names nothing of the request is refused",
     ASK(TWO ",'tool_choice':{'type':'function','function':{'name':'c'}}"), NULL, NULL,
     "names no tool", 0},
    {"an allowed list that names none of the tools is refused",
     ASK(TWO ",'tool_choice':{'type':'allowed_tools','allowed_tools':{'mode':'auto','tools':["
             "{'type':'function','function':{'name':'c'}}]}}"),
     NULL, NULL, "names no tool", 0},
    {"a custom tool is left out and named",
     ASK(",'tools':[{'type':'custom','custom':{'name':'x'}}," TOOL("a") "]"),
     "{'tools':[" OFFERED("a") "]}", "tools.type", NULL, 0},
    {"a tool without a name is refused", ASK(",'tools':[{'type':'function','function':{}}]"), NULL,
     NULL, "a tool without a name", 0},
    {"a tool for a model that cannot call", ASK(TWO), NULL, NULL, "m:1 cannot call tools",
     OLLAMA_CAN_TOOLS},
    {"no tool is left for a model that cannot call", ASK(TWO ",'tool_choice':'none'"),
     "{'tools':null}", NULL, NULL, OLLAMA_CAN_TOOLS},
    {"a tool for a model of which nothing is known", ASK(",'tools':[" TOOL("a") "]"),
     "{'tools':[" OFFERED("a") "]}", NULL, NULL, UNKNOWN_ABILITIES},
};

START_TEST(tools_are_offered_as_chosen)
{
    translate_row_check(&rows[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_tools");
    TCase *tc = tcase_create("tools");
    tcase_add_loop_test(tc, tools_are_offered_as_chosen, 0, TRANSLATE_ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
