/* Tools of the Responses API, there and back, and what chooses among them. */
#include "dialect/translate_row.h"
#include "responses/dialect_responses.h"
#include "unit.h"

#undef ASK
#define ASK(members) "{'model':'x','input':'hi'" members "}"
#define TOOLS(list)  ",'tools':[" list "]"
#define TOOL(name)   "{'type':'function','name':'" name "'}"
#define TWO          TOOLS(TOOL("a") "," TOOL("b"))
#define GROUP(list)                                                                                \
    "{'type':'namespace','name':'mcp__s__','description':'group','tools':[" list "]}"
#define CHOICE(choice) ",'tool_choice':" choice
#define OFFERED_AS(name, description)                                                              \
    "{'type':'function','function':{'name':'" name "'" description                                 \
    ",'parameters':{'type':'object','properties':{}}}}"
#define OFFERED(name) OFFERED_AS(name, "")

static const struct translate_row rows[] = {
    {"a function with everything",
     ASK(TOOLS("{'type':'function','name':'a','description':'d','strict':true,'parameters':{'type':"
               "'object','properties':{'x':{'type':'string'}},'required':['x']}}")),
     "{'tools':[{'type':'function','function':{'name':'a','description':'d','parameters':{'type':"
     "'object','properties':{'x':{'type':'string'}},'required':['x']}}}]}",
     NULL, NULL, 0},
    {"a function that need not be strict",
     ASK(TOOLS("{'type':'function','name':'a','strict':false,"
               "'description':null,'parameters':null}")),
     "{'tools':[" OFFERED("a") "]}", NULL, NULL, 0},
    {"what else a function has is named",
     ASK(TOOLS("{'type':'function','name':'a','defer_loading':true}")),
     "{'tools':[" OFFERED("a") "]}", "tools.defer_loading", NULL, 0},
    {"no tools", ASK(",'tools':[]"), "{'tools':null}", NULL, NULL, 0},
    {"a function without a name", ASK(TOOLS("{'type':'function'}")), NULL, NULL,
     "a tool without a name", 0},
    {"tools that the cloud runs are named",
     ASK(TOOLS(
         "{'type':'web_search'},{'type':'image_generation'},{},{'type':'\u00e9'}," TOOL("a"))),
     "{'tools':[" OFFERED("a") "]}", "tools.web_search, tools.image_generation, tools.type, other",
     NULL, 0},
    {"a custom tool is a function with one text",
     ASK(TOOLS("{'type':'custom','name':'patch','description':'d','format':{'type':'grammar',"
               "'syntax':'lark','definition':'start: x'}}")),
     "{'tools':[{'type':'function','function':{'name':'patch','description':'d','parameters':{"
     "'type':'object','properties':{'input':{'type':'string','description':'start: x'}},"
     "'required':['input']}}}]}",
     NULL, NULL, 0},
    {"a custom tool of any text",
     ASK(TOOLS("{'type':'custom','name':'p','format':{'type':'text'}}")),
     "{'tools':[{'type':'function','function':{'name':'p','parameters':{'type':'object',"
     "'properties':{'input':{'type':'string'}},'required':['input']}}}]}",
     NULL, NULL, 0},
    {"a group is flat, and described by its first tool",
     ASK(TOOLS(TOOL("a") "," GROUP("{'type':'function','name':'x','description':'own'}," TOOL(
         "y") ",{'type':'web_search'}"))),
     "{'tools':[" OFFERED("a") "," OFFERED_AS(
         "mcp__s__x", ",'description':'group\\n\\nown'") "," OFFERED("mcp__s__y") "]}",
     "tools.web_search", NULL, 0},
    {"a group without a name", ASK(TOOLS("{'type':'namespace','tools':[" TOOL("x") "]}")), NULL,
     NULL, "without a name", 0},
    {"a group of nothing", ASK(TOOLS(GROUP(""))), "{'tools':null}", NULL, NULL, 0},
    {"two tools of one name", ASK(TOOLS(TOOL("mcp__s__x") "," GROUP(TOOL("x")))),
     "{'tools':[" OFFERED("mcp__s__x") "]}", "tools.name", NULL, 0},
    {"a choice of the model's own", ASK(TWO CHOICE("'auto'")),
     "{'tools':[" OFFERED("a") "," OFFERED("b") "]}", NULL, NULL, 0},
    {"none is none", ASK(TWO CHOICE("'none'")), "{'tools':null}", NULL, NULL, 0},
    {"any is named", ASK(TWO CHOICE("'required'")), "{'tools':[" OFFERED("a") "," OFFERED("b") "]}",
     "tool_choice", NULL, 0},
    {"one is the only one offered", ASK(TWO CHOICE("{'type':'function','name':'b'}")),
     "{'tools':[" OFFERED("b") "]}", "tool_choice", NULL, 0},
    {"one of a group",
     ASK(TOOLS(TOOL("x") "," GROUP(TOOL("x")))
             CHOICE("{'type':'function','namespace':'mcp__s__','name':'x'}")),
     "{'tools':[" OFFERED_AS("mcp__s__x", ",'description':'group'") "]}", "tool_choice", NULL, 0},
    {"one that nobody offers", ASK(TWO CHOICE("{'type':'function','name':'c'}")), NULL, NULL,
     "names no tool", 0},
    {"those that are allowed",
     ASK(TWO CHOICE("{'type':'allowed_tools','mode':'auto','tools':[" TOOL("b") "]}")),
     "{'tools':[" OFFERED("b") "]}", NULL, NULL, 0},
    {"one of those that are allowed",
     ASK(TWO CHOICE("{'type':'allowed_tools','mode':'required','tools':[" TOOL("b") "]}")),
     "{'tools':[" OFFERED("b") "]}", "tool_choice", NULL, 0},
    {"none of those that are allowed",
     ASK(TWO CHOICE("{'type':'allowed_tools','mode':'auto','tools':[" TOOL("c") "]}")), NULL, NULL,
     "names no tool", 0},
    {"one that the cloud runs", ASK(TWO CHOICE("{'type':'web_search'}")),
     "{'tools':[" OFFERED("a") "," OFFERED("b") "]}", "tool_choice", NULL, 0},
    {"tools for a model that cannot call", ASK(TWO), NULL, NULL, "m:1 cannot call tools",
     OLLAMA_CAN_TOOLS},
};

START_TEST(tools_are_offered_as_chosen)
{
    translate_row_check_of(&dialect_responses, &rows[_i]);
}
END_TEST

#define TEN    "1234567890"
#define THIRTY TEN TEN TEN
#define SIXTY  THIRTY THIRTY

static const struct {
    const char *space, *name, *flat; /* flat: NULL = 64 bytes that begin like the two */
} flats[] = {
    {"mcp__s__", "x", "mcp__s__x"}, {SIXTY, "1234", SIXTY "1234"}, {SIXTY, "12345", NULL},
    {"a", SIXTY SIXTY, NULL},       {SIXTY SIXTY, "a", NULL},
};

START_TEST(a_flat_name_is_never_too_long)
{
    struct text space = text_of(flats[_i].space), name = text_of(flats[_i].name);
    struct dialect_responses_name flat = dialect_responses_flat(space, name);
    ck_assert_uint_eq(flat.len, strlen(flat.at));
    if (flats[_i].flat) {
        ck_assert_str_eq(flat.at, flats[_i].flat);
        return;
    }
    struct dialect_responses_name other = dialect_responses_flat(space, text_of(TEN SIXTY "z"));
    ck_assert_uint_eq(flat.len, DIALECT_RESPONSES_NAME_MAX);
    ck_assert_mem_eq(flat.at, space.at, space.len < 55 ? space.len : 55);
    ck_assert_str_ne(flat.at, other.at);
}
END_TEST

static const char offered[] =
    "[" TOOL("a") ",{'type':'custom','name':'p'},{'type':'web_search','name':'w'}," GROUP(
        TOOL("a") ",{'type':'custom','name':'p'}") "]";

static const struct {
    const char *name;        /* that a model called */
    const char *space, *own; /* the app's; NULL = there is none of that name */
    bool custom;
} backs[] = {
    {"a", "", "a", false},
    {"p", "", "p", true},
    {"mcp__s__a", "mcp__s__", "a", false},
    {"mcp__s__p", "mcp__s__", "p", true},
    {"w", NULL, NULL, false},
    {"mcp__s__", NULL, NULL, false},
};

START_TEST(a_call_means_the_tool_that_was_offered_by_its_name)
{
    struct dialect_responses_tool tool = {0};
    json_t *tools = json_row_load(offered);
    bool found = dialect_responses_find(tools, text_of(backs[_i].name), &tool);
    ck_assert(found == (backs[_i].own != NULL));
    if (found) {
        ck_assert(text_equals(tool.name, backs[_i].own));
        ck_assert(text_equals(tool.space, backs[_i].space));
        ck_assert(tool.custom == backs[_i].custom);
    }
    json_decref(tools);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_responses_tools");
    TCase *tc = tcase_create("tools");
    tcase_add_loop_test(tc, tools_are_offered_as_chosen, 0, TRANSLATE_ROWS(rows));
    tcase_add_loop_test(tc, a_flat_name_is_never_too_long, 0, ROWS(flats));
    tcase_add_loop_test(tc, a_call_means_the_tool_that_was_offered_by_its_name, 0, ROWS(backs));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
