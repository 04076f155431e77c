/* Messages of Ollama's own apps, written anew for Ollama: they say what was said. */
#include "dialect/translate_row.h"
#include "ollama/dialect_ollama.h"
#include "unit.h"

#define PNG "iVBORw0KGgo="

static const struct translate_row requests[] = {
    {"an image", "{'messages':[{'role':'user','content':'?','images':['" PNG "']}]}",
     "{'messages':[{'role':'user','content':'?','images':['" PNG "']}]}", NULL, NULL, 0},
    {"an image that is none", "{'messages':[{'role':'user','images':['http://x']}]}", NULL, NULL,
     "base64", 0},
    {"calls without ids, and their results in another order",
     "{'messages':[{'role':'user','content':'?'},{'role':'assistant','content':'','thinking':'hm',"
     "'tool_calls':[{'function':{'name':'f','arguments':{'a':1}}},{'function':{'name':'g',"
     "'arguments':{}}},{'function':{'name':'f','arguments':{'a':2}}}]},"
     "{'role':'tool','content':'of g','tool_name':'g'},{'role':'tool','content':'1',"
     "'tool_name':'f'},{'role':'tool','content':'2'}]}",
     "{'messages':[{'role':'user','content':'?'},{'role':'assistant','content':'','thinking':'hm',"
     "'tool_calls':[{'id':'call_1','function':{'index':0,'name':'f','arguments':{'a':1}}},"
     "{'id':'call_2','function':{'index':1,'name':'g','arguments':{}}},"
     "{'id':'call_3','function':{'index':2,'name':'f','arguments':{'a':2}}}]},"
     "{'role':'tool','content':'of g','tool_name':'g','tool_call_id':'call_2'},"
     "{'role':'tool','content':'1','tool_name':'f','tool_call_id':'call_1'},"
     "{'role':'tool','content':'2','tool_name':'f','tool_call_id':'call_3'}]}",
     NULL, NULL, 0},
    {"a call with an id, its result with it",
     "{'messages':[{'role':'assistant','tool_calls':[{'id':'c','function':{'name':'f'}}]},"
     "{'role':'tool','content':'r','tool_call_id':'c'}]}",
     "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':'c','function':{'index':0,"
     "'name':'f','arguments':{}}}]},{'role':'tool','content':'r','tool_name':'f',"
     "'tool_call_id':'c'}]}",
     NULL, NULL, 0},
    {"a call of nothing", "{'messages':[{'role':'assistant','tool_calls':[{'function':{}}]}]}",
     NULL, NULL, "without the name", 0},
    {"no messages", "{'messages':[]}", NULL, NULL, "no message", 0},
    {"no role", "{'messages':[{'content':'x'}]}", NULL, NULL, "role", 0},
    {"one text for the images", "{'messages':[{'role':'user','images':'" PNG "'}]}", NULL, NULL,
     "images is not an array of base64", 0},
    {"an image that is a number", "{'messages':[{'role':'user','images':[1]}]}", NULL, NULL,
     "an image that is no base64", 0},
    {"no object", "{'messages':['Hi']}", NULL, NULL, "a message that is not an object", 0},
    {"one message", "{'messages':{'role':'user','content':'Hi'}}", NULL, NULL,
     "messages is not an array", 0},
    {"parts", "{'messages':[{'role':'user','content':[]}]}", NULL, NULL, "not a text", 0},
};

START_TEST(a_chat_is_read)
{
    translate_row_check_of(&dialect_ollama, &requests[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_ollama_read_message");
    TCase *tc = tcase_create("all");
    tcase_add_loop_test(tc, a_chat_is_read, 0, ROWS(requests));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
