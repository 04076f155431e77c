/* Messages: one stays one, whatever its shape. */
#include "dialect/translate_row.h"
#include "unit.h"

#define TALK(messages) "{'messages':[" messages "]}"
#define CALLS                                                                                      \
    "{'role':'assistant','content':null,'tool_calls':[{'id':'c1','type':'function','function':"    \
    "{'name':'weather','arguments':'{\\'city\\':\\'Oslo\\'}'}},{'id':'c2','type':'function',"      \
    "'function':{'name':'time','arguments':''}}]}"

/* In rows a ' in a JSON string would become a ", so the arguments above are written escaped. */
static const struct translate_row rows[] = {
    {"roles, and developer is system",
     TALK("{'role':'developer','content':'d'},{'role':'system','content':'s'},"
          "{'role':'user','content':'u','name':'bob'},{'role':'assistant','content':'a'}"),
     "{'messages':[{'role':'system','content':'d'},{'role':'system','content':'s'},"
     "{'role':'user','content':'u'},{'role':'assistant','content':'a'}]}",
     NULL, NULL, 0},
    {"parts become one text with line ends between",
     TALK("{'role':'user','content':[{'type':'text','text':'a'},{'type':'text','text':''},"
          "{'type':'text','text':'b'}]}"),
     "{'messages':[{'role':'user','content':'a\\nb'}]}", NULL, NULL, 0},
    {"images are collected beside the text",
     TALK("{'role':'user','content':[{'type':'image_url','image_url':{'url':"
          "'data:image/png;base64,AAAA'}},{'type':'text','text':'what?'},{'type':'image_url',"
          "'image_url':{'url':'data:image/jpeg;base64,BBBB'}}]}"),
     "{'messages':[{'role':'user','content':'what?','images':['AAAA','BBBB']}]}", NULL, NULL, 0},
    {"an image by its URL is refused with its message and what to do",
     TALK("{'role':'user','content':'x'},{'role':'user','content':[{'type':'image_url',"
          "'image_url':{'url':'https://example.com/cat.png'}}]}"),
     NULL, NULL, "messages[1]: an image by its URL is not fetched, send it as a data: URL", 0},
    {"a refusal among the parts of an earlier answer",
     TALK("{'role':'assistant','content':[{'type':'text','text':'No.'},{'type':'refusal',"
          "'refusal':'I will not'}]}"),
     "{'messages':[{'role':'assistant','content':'No.\\nI will not'}]}", NULL, NULL, 0},
    {"a result without content keeps its id and name",
     TALK(CALLS ",{'role':'tool','tool_call_id':'c2','content':null},"
                "{'role':'tool','tool_call_id':'c1','content':[]}"),
     "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':'c1','function':{'index':0,"
     "'name':'weather','arguments':{'city':'Oslo'}}},{'id':'c2','function':{'index':1,'name':"
     "'time','arguments':{}}}]},{'role':'tool','content':'','tool_name':'time','tool_call_id':"
     "'c2'},{'role':'tool','content':'','tool_name':'weather','tool_call_id':'c1'}]}",
     NULL, NULL, 0},
    {"a result that is an image keeps its id and name",
     TALK("{'role':'tool','tool_call_id':'z','name':'shot','content':[{'type':'text','text':'a'},"
          "{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}}]}"),
     "{'messages':[{'role':'tool','content':'a','images':['AAAA'],'tool_name':'shot',"
     "'tool_call_id':'z'}]}",
     NULL, NULL, 0},
    {"content null is empty", TALK("{'role':'assistant','content':null}"),
     "{'messages':[{'role':'assistant','content':''}]}", NULL, NULL, 0},
    {"content that is absent is empty", TALK("{'role':'assistant'}"),
     "{'messages':[{'role':'assistant','content':''}]}", NULL, NULL, 0},
    {"an array without parts is empty", TALK("{'role':'user','content':[]}"),
     "{'messages':[{'role':'user','content':''}]}", NULL, NULL, 0},
    {"a refusal stands for content",
     TALK("{'role':'assistant','content':null,'refusal':'I will not'}"),
     "{'messages':[{'role':'assistant','content':'I will not'}]}", NULL, NULL, 0},
    {"reasoning_content is thinking",
     TALK("{'role':'assistant','content':'4','reasoning_content':'2+2'}"),
     "{'messages':[{'role':'assistant','content':'4','thinking':'2+2'}]}", NULL, NULL, 0},
    {"reasoning is thinking", TALK("{'role':'assistant','content':'4','reasoning':'2+2'}"),
     "{'messages':[{'role':'assistant','content':'4','thinking':'2+2'}]}", NULL, NULL, 0},
    {"tool calls have objects, and empty arguments are {}", TALK(CALLS),
     "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':'c1','function':{'index':0,"
     "'name':'weather','arguments':{'city':'Oslo'}}},{'id':'c2','function':{'index':1,'name':"
     "'time','arguments':{}}}]}]}",
     NULL, NULL, 0},
    {"results keep the id and get the name",
     TALK(CALLS ",{'role':'tool','tool_call_id':'c2','content':'noon'},"
                "{'role':'tool','tool_call_id':'c1','content':[{'type':'text','text':'sunny'}]}"),
     "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':'c1','function':{'index':0,"
     "'name':'weather','arguments':{'city':'Oslo'}}},{'id':'c2','function':{'index':1,'name':"
     "'time','arguments':{}}}]},{'role':'tool','content':'noon','tool_name':'time','tool_call_id':"
     "'c2'},{'role':'tool','content':'sunny','tool_name':'weather','tool_call_id':'c1'}]}",
     NULL, NULL, 0},
    {"an id used twice means the later call",
     TALK("{'role':'assistant','tool_calls':[{'id':'c','function':{'name':'a','arguments':'{}'}}]},"
          "{'role':'assistant','tool_calls':[{'id':'c','function':{'name':'b','arguments':'{}'}}]},"
          "{'role':'tool','tool_call_id':'c','content':'x'}"),
     "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':'c','function':{'index':0,"
     "'name':'a','arguments':{}}}]},{'role':'assistant','content':'','tool_calls':[{'id':'c',"
     "'function':{'index':0,'name':'b','arguments':{}}}]},{'role':'tool','content':'x',"
     "'tool_name':'b','tool_call_id':'c'}]}",
     NULL, NULL, 0},
    {"a result of an unknown call keeps its own name",
     TALK("{'role':'tool','tool_call_id':'z','name':'n','content':'x'}"),
     "{'messages':[{'role':'tool','content':'x','tool_name':'n','tool_call_id':'z'}]}", NULL, NULL,
     0},
    {"arguments that were cut are {} and named",
     TALK("{'role':'assistant','tool_calls':[{'id':'c','function':{'name':'a','arguments':"
          "'{\\'city\\':\\'Os'}}]}"),
     "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':'c','function':{'index':0,"
     "'name':'a','arguments':{}}}]}]}",
     "tool_calls.arguments", NULL, 0},
    {"arguments that are an array are {} and named",
     TALK("{'role':'assistant','tool_calls':[{'id':'c','function':{'name':'a','arguments':'[1]'}}]"
          "}"),
     "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':'c','function':{'index':0,"
     "'name':'a','arguments':{}}}]}]}",
     "tool_calls.arguments", NULL, 0},
    {"arguments of blanks are {}",
     TALK("{'role':'assistant','tool_calls':[{'id':'c','function':{'name':'a','arguments':' \\n'}}]"
          "}"),
     "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':'c','function':{'index':0,"
     "'name':'a','arguments':{}}}]}]}",
     NULL, NULL, 0},
    {"arguments that are an object already",
     TALK("{'role':'assistant','tool_calls':[{'id':'c','function':{'name':'a','arguments':{'x':1}}}"
          "]}"),
     "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':'c','function':{'index':0,"
     "'name':'a','arguments':{'x':1}}}]}]}",
     NULL, NULL, 0},
    {"legacy function_call and role function",
     TALK("{'role':'assistant','content':null,'function_call':{'name':'f','arguments':'{}'}},"
          "{'role':'function','name':'f','content':'r'}"),
     "{'messages':[{'role':'assistant','content':'','tool_calls':[{'function':{'index':0,'name':'f'"
     ",'arguments':{}}}]},{'role':'tool','content':'r','tool_name':'f'}]}",
     NULL, NULL, 0},
    {"answers of nothing at the end are left out",
     TALK("{'role':'user','content':'u'},{'role':'assistant','content':null},{'role':'assistant',"
          "'content':[{'type':'text','text':''}]}"),
     "{'messages':[{'role':'user','content':'u'}]}", NULL, NULL, 0},
    {"one of nothing on the way stays",
     TALK("{'role':'user','content':'u'},{'role':'assistant','content':''},{'role':'user',"
          "'content':'v'}"),
     "{'messages':[{'role':'user','content':'u'},{'role':'assistant','content':''},{'role':'user',"
     "'content':'v'}]}",
     NULL, NULL, 0},
    {"one of thoughts at the end stays",
     TALK("{'role':'user','content':'u'},{'role':'assistant','reasoning':'hm'}"),
     "{'messages':[{'role':'user','content':'u'},{'role':'assistant','content':'','thinking':'hm'}"
     "]}",
     NULL, NULL, 0},
    {"one of calls at the end stays", TALK("{'role':'user','content':'u'}," CALLS),
     "{'messages':[{'role':'user','content':'u'},{'role':'assistant','content':'','tool_calls':[{"
     "'id':'c1','function':{'index':0,'name':'weather','arguments':{'city':'Oslo'}}},{'id':'c2',"
     "'function':{'index':1,'name':'time','arguments':{}}}]}]}",
     NULL, NULL, 0},
    {"one of nothing alone stays", TALK("{'role':'assistant','content':''}"),
     "{'messages':[{'role':'assistant','content':''}]}", NULL, NULL, 0},
    {"audio of an earlier answer is named",
     TALK("{'role':'assistant','content':'x','audio':{'id':'a1'}}"),
     "{'messages':[{'role':'assistant','content':'x'}]}", "messages.audio", NULL, 0},
    {"members that nobody carries are named",
     TALK("{'role':'user','content':[{'type':'text','text':'x','lang':'en','cache_control':{'type':"
          "'ephemeral'}}],'prefix':true,'weight':1,'name':'bob','x':null}"),
     "{'messages':[{'role':'user','content':'x'}]}",
     "messages.prefix, messages.weight, content.lang", NULL, 0},
    {"how closely to look at an image is named",
     TALK("{'role':'user','content':[{'type':'image_url','image_url':{'url':"
          "'data:image/png;base64,AAAA','detail':'high','size':5}},{'type':'input_image',"
          "'image_url':'data:image/png;base64,BBBB','detail':'auto'}]}"),
     "{'messages':[{'role':'user','content':'','images':['AAAA','BBBB']}]}",
     "image_url.detail, image_url.size", NULL, 0},
    {"an image that may be looked at in any way",
     TALK("{'role':'user','content':[{'type':'image_url','image_url':{'url':"
          "'data:image/png;base64,AAAA','detail':'auto'}}]}"),
     "{'messages':[{'role':'user','content':'','images':['AAAA']}]}", NULL, NULL, 0},
    {"a NUL inside a text", TALK("{'role':'user','content':'a\\u0000b'}"),
     "{'messages':[{'role':'user','content':'a\\u0000b'}]}", NULL, NULL, 0},
    {"half of a surrogate pair", TALK("{'role':'user','content':'a\\ud83d'}"),
     "{'messages':[{'role':'user','content':'a\\ufffd'}]}", NULL, NULL, 0},
    {"an unknown role is refused", TALK("{'role':'wizard','content':'x'}"), NULL, NULL,
     "messages[0]: role \"wizard\"", 0},
    {"a message that is no object is refused", TALK("{'role':'user','content':'x'},7"), NULL, NULL,
     "messages[1]", 0},
    {"content of another type is refused", TALK("{'role':'user','content':5}"), NULL, NULL,
     "messages[0]: content is neither", 0},
    {"a tool call without a name is refused",
     TALK("{'role':'assistant','tool_calls':[{'id':'c','function':{'arguments':'{}'}}]}"), NULL,
     NULL, "messages[0]: a tool call without", 0},
    {"a custom tool call is refused",
     TALK("{'role':'assistant','tool_calls':[{'id':'c','type':'custom','custom':{'name':'x',"
          "'input':'y'}}]}"),
     NULL, NULL, "messages[0]: a tool call without", 0},
    {"the part that is refused is told with its message",
     TALK("{'role':'user','content':'x'},{'role':'user','content':[{'type':'video'}]}"), NULL, NULL,
     "messages[1]: a part of type \"video\"", 0},
};

START_TEST(messages_stay_what_they_are)
{
    translate_row_check(&rows[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_message");
    TCase *tc = tcase_create("messages");
    tcase_add_loop_test(tc, messages_stay_what_they_are, 0, TRANSLATE_ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
