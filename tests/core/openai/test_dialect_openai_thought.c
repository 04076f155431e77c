/* Thoughts among the parts of a message. */
#include "dialect/translate_row.h"
#include "unit.h"

#define TALK(parts)                                                                                \
    "{'messages':[{'role':'user','content':'u'},{'role':'assistant','content':[" parts "]}]}"
#define SAID(members)                                                                              \
    "{'messages':[{'role':'user','content':'u'},{'role':'assistant','content':'4'" members "}]}"
#define FOUR "{'type':'text','text':'4'}"

static const struct translate_row rows[] = {
    {"Anthropic's", TALK("{'type':'thinking','thinking':'2+2','signature':'c2ln'}," FOUR),
     SAID(",'thinking':'2+2'"), NULL, NULL, 0},
    {"Mistral's, in pieces",
     TALK("{'type':'thinking','thinking':[{'type':'text','text':'2'},{'type':'text','text':'+2'}]}"
          "," FOUR),
     SAID(",'thinking':'2\\n+2'"), NULL, NULL, 0},
    {"of type reasoning", TALK("{'type':'reasoning','text':'2+2'}," FOUR),
     SAID(",'thinking':'2+2'"), NULL, NULL, 0},
    {"of the member reasoning", TALK("{'type':'reasoning','reasoning':'2+2'}," FOUR),
     SAID(",'thinking':'2+2'"), NULL, NULL, 0},
    {"a summary",
     TALK("{'type':'reasoning','summary':[{'type':'summary_text','text':'2+2'}]}," FOUR),
     SAID(",'thinking':'2+2'"), NULL, NULL, 0},
    {"several",
     TALK("{'type':'thinking','thinking':'a'}," FOUR ",{'type':'thinking','thinking':'b'}"),
     SAID(",'thinking':'a\\nb'"), NULL, NULL, 0},
    {"what nobody can read says nothing", TALK("{'type':'redacted_thinking','data':'x'}," FOUR),
     SAID(""), NULL, NULL, 0},
    {"beside reasoning_content, which counts",
     "{'messages':[{'role':'user','content':'u'},{'role':'assistant','reasoning_content':'2+2',"
     "'content':[{'type':'thinking','thinking':'x'}," FOUR "]}]}",
     SAID(",'thinking':'2+2'"), "content.thinking", NULL, 0},
    {"beside an empty one",
     "{'messages':[{'role':'user','content':'u'},{'role':'assistant','reasoning_content':'',"
     "'content':[{'type':'thinking','thinking':'x'}," FOUR "]}]}",
     SAID(",'thinking':'x'"), NULL, NULL, 0},
    {"of a user they are left out and named",
     "{'messages':[{'role':'user','content':[{'type':'thinking','thinking':'x'}," FOUR "]}]}",
     "{'messages':[{'role':'user','content':'4'}]}", "content.thinking", NULL, 0},
};

START_TEST(thoughts_go_where_reasoning_content_goes)
{
    translate_row_check(&rows[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_thought");
    TCase *tc = tcase_create("thoughts");
    tcase_add_loop_test(tc, thoughts_go_where_reasoning_content_goes, 0, TRANSLATE_ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
