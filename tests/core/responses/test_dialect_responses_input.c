/* Items of the input: what was said, in the order in which it was said. */
#include "dialect/translate_row.h"
#include "unit.h"

#define INPUT(items) "{'model':'x','input':[" items "]}"
#define PARTS(parts) INPUT("{'type':'message','role':'user','content':[" parts "]}")
#define USER(said)   "{'role':'user','content':'" said "'}"
#define ANSWER(said)                                                                               \
    "{'type':'message','role':'assistant','id':'msg_1','status':'completed','content':[{"          \
    "'type':'output_text','text':'" said "','annotations':[]}]}"
#define CALL(id, name)                                                                             \
    "{'type':'function_call','id':'fc_1','call_id':'" id "','name':'" name                         \
    "','arguments':'{\\'x\\':1}','status':'completed'}"
#define CALLED(i, id, name)                                                                        \
    "{'id':'" id "','function':{'index':" i ",'name':'" name "','arguments':{'x':1}}}"
#define GAVE(id, said) "{'type':'function_call_output','call_id':'" id "','output':" said "}"
#define RESULT(id, name, said)                                                                     \
    "{'role':'tool','content':'" said "','tool_name':'" name "','tool_call_id':'" id "'}"
#define IMAGE          "'data:image/png;base64,aGk='"
#define MESSAGES(list) "{'messages':[" list "]}"

static const struct translate_row rows[] = {
    {"a message without a type", INPUT("{'role':'user','content':'a'}"), MESSAGES(USER("a")), NULL,
     NULL, 0},
    {"every role",
     INPUT("{'role':'system','content':'s'},{'role':'developer','content':'d'},{'role':'user',"
           "'content':'u'},{'role':'assistant','content':'a'}"),
     MESSAGES("{'role':'system','content':'s'},{'role':'system','content':'d'}," USER(
         "u") ",{'role':'assistant','content':'a'}"),
     NULL, NULL, 0},
    {"a role that nobody knows", INPUT("{'role':'critic','content':'a'}"), NULL, NULL,
     "input[0]: role \"critic\"", 0},
    {"texts", PARTS("{'type':'input_text','text':'a'},{'type':'input_text','text':'b'}"),
     MESSAGES(USER("a\\nb")), NULL, NULL, 0},
    {"an image", PARTS("{'type':'input_image','detail':'auto','image_url':" IMAGE "}"),
     MESSAGES("{'role':'user','content':'','images':['aGk=']}"), NULL, NULL, 0},
    {"an image that is to be looked at closely",
     PARTS("{'type':'input_image','detail':'high','image_url':" IMAGE "}"),
     MESSAGES("{'role':'user','content':'','images':['aGk=']}"), "input_image.detail", NULL, 0},
    {"an image elsewhere", PARTS("{'type':'input_image','image_url':'https://a/b.png'}"), NULL,
     NULL, "by its URL", 0},
    {"an image that was uploaded", PARTS("{'type':'input_image','file_id':'f'}"), NULL, NULL,
     "is at the cloud", 0},
    {"an image that the model cannot see", PARTS("{'type':'input_image','image_url':" IMAGE "}"),
     NULL, NULL, "cannot see images", OLLAMA_CAN_VISION},
    {"a document",
     PARTS("{'type':'input_file','filename':'a.pdf','file_data':'data:application/"
           "pdf;base64,aGk='}"),
     NULL, NULL, "reads no documents", 0},
    {"a document elsewhere", PARTS("{'type':'input_file','file_url':'https://a/b.pdf'}"), NULL,
     NULL, "by its URL", 0},
    {"a document that is no data", PARTS("{'type':'input_file','file_data':'x'}"), NULL, NULL,
     "file_data", 0},
    {"a document that was uploaded", PARTS("{'type':'input_file','file_id':'f'}"), NULL, NULL,
     "is at the cloud", 0},
    {"a part of another type", PARTS("{'type':'input_smell'}"), NULL, NULL,
     "input[0]: a part of type \"input_smell\"", 0},
    {"content that is none", INPUT("{'role':'user','content':7}"), NULL, NULL, "neither a text", 0},
    {"a turn of the assistant is one message",
     INPUT("{'role':'user','content':'u'},{'type':'reasoning','id':'rs_1','summary':[{'type':"
           "'summary_text','text':'hm'}],'encrypted_content':'xyz'}," ANSWER("a") "," CALL(
               "c1", "f") "," CALL("c2", "g") "," GAVE("c1", "'one'") "," GAVE("c2", "'two'")),
     MESSAGES(USER("u") ",{'role':'assistant','content':'a','thinking':'hm','tool_calls':[" CALLED(
         "0", "c1", "f") "," CALLED("1", "c2", "g") "]}," RESULT("c1", "f",
                                                                 "one") "," RESULT("c2", "g",
                                                                                   "two")),
     NULL, NULL, 0},
    {"calls that were made one after the other",
     INPUT(CALL("c1", "f") "," GAVE("c1", "'one'") "," CALL("c2", "g") "," GAVE("c2", "'two'")),
     MESSAGES("{'role':'assistant','content':'','tool_calls':[" CALLED("0", "c1", "f") "]}," RESULT(
         "c1", "f", "one") ",{'role':'assistant','content':'',"
                           "'tool_calls':[" CALLED("0", "c2", "g") "]}," RESULT("c2", "g", "two")),
     NULL, NULL, 0},
    {"thoughts in their own words win over the summary",
     INPUT("{'type':'reasoning','summary':[{'type':'summary_text','text':'s'}],'content':[{'type':"
           "'reasoning_text','text':'w'}]}," ANSWER("a")),
     MESSAGES("{'role':'assistant','content':'a','thinking':'w'}"), NULL, NULL, 0},
    {"thoughts that only the cloud can read",
     INPUT("{'type':'reasoning','summary':[],'encrypted_content':'xyz'}," ANSWER("a")),
     MESSAGES("{'role':'assistant','content':'a'}"), NULL, NULL, 0},
    {"a result in parts",
     INPUT(CALL("c", "f") "," GAVE("c", "[{'type':'input_text','text':'4'},{"
                                        "'type':'input_image','image_url':" IMAGE "}]")),
     MESSAGES("{'role':'assistant','content':'','tool_calls':[" CALLED(
         "0", "c",
         "f") "]},{'role':'tool','content':'4','images':['aGk='],'tool_name':'f','tool_call_id':"
              "'c'}"),
     NULL, NULL, 0},
    {"arguments that a model did not finish",
     INPUT("{'type':'function_call','call_id':'c','name':'f','arguments':'{\\'x'}"),
     MESSAGES("{'role':'assistant','content':'','tool_calls':[{'id':'c','function':{'index':0,"
              "'name':'f','arguments':{}}}]}"),
     "input.arguments", NULL, 0},
    {"a call of nothing", INPUT("{'type':'function_call','call_id':'c','arguments':'{}'}"), NULL,
     NULL, "without the name", 0},
    {"a call of a group's tool",
     INPUT("{'type':'function_call','call_id':'c','namespace':'mcp__a__','name':'f','arguments':"
           "'{}'}," GAVE("c", "'r'")),
     MESSAGES("{'role':'assistant','content':'','tool_calls':[{'id':'c','function':{'index':0,"
              "'name':'mcp__a__f','arguments':{}}}]}," RESULT("c", "mcp__a__f", "r")),
     NULL, NULL, 0},
    {"a custom tool's call and result",
     INPUT("{'type':'custom_tool_call','call_id':'c','name':'patch','input':'a\\nb'},{'type':"
           "'custom_tool_call_output','call_id':'c','output':'done'}"),
     MESSAGES("{'role':'assistant','content':'','tool_calls':[{'id':'c','function':{'index':0,"
              "'name':'patch','arguments':{'input':'a\\nb'}}}]}," RESULT("c", "patch", "done")),
     NULL, NULL, 0},
    {"a command of the shell",
     INPUT("{'type':'local_shell_call','call_id':'c','status':'completed','action':{'type':'exec',"
           "'command':['ls']}}," GAVE("c", "'a.c'")),
     MESSAGES("{'role':'assistant','content':'','tool_calls':[{'id':'c','function':{'index':0,"
              "'name':'local_shell','arguments':{'type':'exec','command':['ls']}}}]}," RESULT(
                  "c", "local_shell", "a.c")),
     NULL, NULL, 0},
    {"a command of nothing", INPUT("{'type':'local_shell_call','call_id':'c'}"), NULL, NULL,
     "without an action", 0},
    {"what the cloud's own tools did is named",
     INPUT("{'role':'user','content':'u'},{'type':'web_search_call','id':'ws_1'},{'type':"
           "'tool_search_call'}," ANSWER("a")),
     MESSAGES(USER("u") ",{'role':'assistant','content':'a'}"),
     "input.web_search_call, input.tool_search_call", NULL, 0},
    {"what is kept at the cloud", INPUT("{'type':'item_reference','id':'msg_1'}"), NULL, NULL,
     "item_reference: what it stands for is at the cloud", 0},
    {"a history that was folded up", INPUT("{'type':'compaction','encrypted_content':'x'}"), NULL,
     NULL, "compaction", 0},
    {"an item that nobody knows", INPUT("{'type':'computer_call','call_id':'c'}"), NULL, NULL,
     "an item of type \"computer_call\"", 0},
    {"members that nobody knows", INPUT("{'role':'user','content':'a','mood':'good','phase':'x'}"),
     MESSAGES(USER("a")), "input.mood", NULL, 0},
};

START_TEST(items_become_messages)
{
    translate_row_check_of(&dialect_responses, &rows[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_responses_input");
    TCase *tc = tcase_create("input");
    tcase_add_loop_test(tc, items_become_messages, 0, TRANSLATE_ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
