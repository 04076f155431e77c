/* Tools, and what chooses among them. */
#include "anthropic/anthropic_row.h"
#include "unit.h"

#define TOOLS                                                                                      \
    ",'tools':[{'name':'f','description':'does','input_schema':{'type':'object'}},{'name':'g',"    \
    "'type':'custom','input_schema':{'type':'object'}}]"
#define BOTH                                                                                       \
    "'tools':[{'name':'f','description':'does','parameters':{'type':'object'}},{'name':'g',"       \
    "'parameters':{'type':'object'}}]"
#define SEARCH "{'type':'web_search_20250305','name':'web_search','max_uses':5}"

static const struct anthropic_row rows[] = {
    {"tools with their schemas", HELLO(TOOLS), "{" BOTH ",'choice':'auto','one_call':null}", NULL,
     NULL, false},
    {"a tool without a schema", HELLO(",'tools':[{'name':'f'}]"), "{'tools':[{'name':'f'}]}", NULL,
     NULL, false},
    {"what the model does not see is silent, what it does is named",
     HELLO(",'tools':[{'name':'f','input_schema':{},'cache_control':{'type':'ephemeral'},"
           "'eager_input_streaming':true,'defer_loading':true,'input_examples':[{}],"
           "'allowed_callers':['direct']}]"),
     "{'tools':[{'name':'f','parameters':{}}]}", "tools.input_examples, tools.allowed_callers",
     NULL, false},
    {"strict, for who holds a model to it", HELLO(",'tools':[{'name':'f','strict':true}]"),
     "{'tools':[{'name':'f','strict':true}]}", NULL, NULL, false},
    {"strict, for who cannot",
     HELLO(",'tools':[{'name':'f','strict':true},{'name':'g','strict':false"
           "}]"),
     "{'tools':[{'name':'f'},{'name':'g'}]}", "tools.strict", NULL, true},
    {"Anthropic's own tools are named by their type",
     HELLO(",'tools':[" SEARCH ",{'name':'f'},{'type':'bash_20250124','name':'bash'}]"),
     "{'tools':[{'name':'f'}]}", "web_search_20250305, bash_20250124", NULL, false},
    {"auto", HELLO(TOOLS ",'tool_choice':{'type':'auto'}"), "{" BOTH ",'choice':'auto'}", NULL,
     NULL, false},
    {"one call at a time",
     HELLO(TOOLS ",'tool_choice':{'type':'auto','disable_parallel_tool_use':true}"),
     "{" BOTH ",'choice':'auto','one_call':true}", NULL, NULL, false},
    {"any", HELLO(TOOLS ",'tool_choice':{'type':'any'}"), "{" BOTH ",'choice':'any'}", NULL, NULL,
     false},
    {"a named one", HELLO(TOOLS ",'tool_choice':{'type':'tool','name':'g'}"),
     "{" BOTH ",'choice':'named','choice_name':'g'}", NULL, NULL, false},
    {"none", HELLO(TOOLS ",'tool_choice':{'type':'none'}"), "{" BOTH ",'choice':'none'}", NULL,
     NULL, false},
    {"any, for who cannot force", HELLO(TOOLS ",'tool_choice':{'type':'any'}"), "{" BOTH "}",
     "tool_choice", NULL, true},
    {"a named one, for who cannot force", HELLO(TOOLS ",'tool_choice':{'type':'tool','name':'g'}"),
     "{'tools':[{'name':'g','parameters':{'type':'object'}}]}", "tool_choice", NULL, true},
    {"none, for who cannot be told", HELLO(TOOLS ",'tool_choice':{'type':'none'}"), "{'tools':[]}",
     NULL, NULL, true},
    {"the named one was left out",
     HELLO(",'tools':[" SEARCH ",{'name':'f'}],'tool_choice':{'type':'tool','name':'web_search'}"),
     "{'tools':[{'name':'f'}],'choice':'auto'}", "web_search_20250305, tool_choice", NULL, false},
    {"any of none that are left",
     HELLO(",'tools':[" SEARCH "],'tool_choice':{'type':'any','new':1}"),
     "{'tools':[],'choice':'auto'}", "web_search_20250305, tool_choice.new, tool_choice", NULL,
     false},

    {"tools that are an object", HELLO(",'tools':{}"), NULL, NULL, "tools is not an array", false},
    {"a tool without a name", HELLO(",'tools':[{'name':'f'},{'description':'x'}]"), NULL, NULL,
     "tools[1]: a tool without a name", false},
    {"a tool that is no object", HELLO(",'tools':[7]"), NULL, NULL,
     "tools[0]: a tool without a name", false},
    {"a schema that is a text", HELLO(",'tools':[{'name':'f','input_schema':'{}'}]"), NULL, NULL,
     "tools[0]: a tool whose input_schema is not an object", false},
    {"a choice of an unknown kind", HELLO(TOOLS ",'tool_choice':{'type':'some'}"), NULL, NULL,
     "tool_choice.type is none of auto, any, tool and none", false},
    {"a choice that is a text", HELLO(TOOLS ",'tool_choice':'any'"), NULL, NULL,
     "tool_choice.type is none of auto, any, tool and none", false},
    {"a choice that names no tool", HELLO(TOOLS ",'tool_choice':{'type':'tool','name':'h'}"), NULL,
     NULL, "tool_choice names no tool of the request", false},
};

START_TEST(tools_and_their_choice)
{
    anthropic_row_check(&rows[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic_tools");
    TCase *tc = tcase_create("tools");
    tcase_add_loop_test(tc, tools_and_their_choice, 0, ANTHROPIC_ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
