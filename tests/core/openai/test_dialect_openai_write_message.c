/* Messages for a server of OpenAI's dialect, of apps that speak otherwise. */
#include <errno.h>

#include "dialect/dialect.h"
#include "json_row.h"
#include "openai/dialect_openai.h"
#include "unit.h"

#define INPUT(items)   "{'model':'x','input':[" items "]}"
#define HI             "{'role':'user','content':'hi'}"
#define MESSAGES(list) "{'messages':[" list "]}"
#define CALL(id, name)                                                                             \
    "{'type':'function_call','call_id':'" id "','name':'" name "','arguments':'{\\'x\\':1}'}"
#define CALLED(id, name)                                                                           \
    "{'id':'" id "','type':'function','function':{'name':'" name "','arguments':'{\\'x\\':1}'}}"
#define GAVE(id, said)    "{'type':'function_call_output','call_id':'" id "','output':" said "}"
#define GAVE_TO(id, said) "{'role':'tool','tool_call_id':'" id "','content':'" said "'}"
#define PNG               "'data:image/png;base64,aGk='"

static const struct {
    const char *name;
    const char *body; /* of the Responses API */
    const char *want;
} rows[] = {
    {"a system text", "{'model':'x','input':'hi','instructions':'i'}",
     MESSAGES("{'role':'system','content':'i'}," HI)},
    {"an image",
     INPUT("{'role':'user','content':[{'type':'input_text','text':'a'},{'type':"
           "'input_image','image_url':" PNG "},{'type':'input_image','image_url':"
           "'https://a/b.png'}]}"),
     MESSAGES("{'role':'user','content':[{'type':'text','text':'a'},{'type':'image_url',"
              "'image_url':{'url':" PNG "}},{'type':'image_url','image_url':{'url':"
              "'https://a/b.png'}}]}")},
    {"a document",
     INPUT("{'role':'user','content':[{'type':'input_file','filename':'a.pdf',"
           "'file_data':'data:application/pdf;base64,aGk='}]}"),
     MESSAGES("{'role':'user','content':[{'type':'file','file':{'filename':'a.pdf','file_data':"
              "'data:application/pdf;base64,aGk='}}]}")},
    {"calls and results; thoughts stay here",
     INPUT("{'type':'reasoning','summary':[{'type':'summary_text','text':'hm'}]}," CALL(
         "a", "f") "," CALL("b", "g") "," GAVE("a", "'1'") "," GAVE("b", "'2'")),
     MESSAGES("{'role':'assistant','content':null,'tool_calls':[" CALLED("a", "f") "," CALLED(
         "b", "g") "]}," GAVE_TO("a", "1") "," GAVE_TO("b", "2"))},
    {"calls and results without ids",
     INPUT(CALL("", "f") "," CALL("", "g") "," GAVE("", "'1'") "," GAVE("", "'2'")),
     MESSAGES(
         "{'role':'assistant','content':null,'tool_calls':[" CALLED("call_0_0", "f") "," CALLED(
             "call_0_1", "g") "]}," GAVE_TO("call_0_0", "1") "," GAVE_TO("call_0_1", "2"))},
    {"an image that a tool gave stands behind the results",
     INPUT(CALL("a", "f") "," CALL("b", "g") "," GAVE("a", "[{'type':'input_image','image_url':" PNG
                                                           "}]") "," GAVE("b", "'2'") "," HI),
     MESSAGES("{'role':'assistant','content':null,'tool_calls':[" CALLED("a", "f") "," CALLED(
         "b", "g") "]}," GAVE_TO("a", "") "," GAVE_TO("b",
                                                      "2") ",{'role':'user','content':[{'type':"
                                                           "'image_url','image_url':{'url':" PNG
                                                           "}}]}," HI)},
    {"a custom tool, and its call",
     INPUT("{'type':'custom_tool_call','call_id':'a','name':'p','input':'x\\n'}," GAVE("a", "'1'")),
     MESSAGES(
         "{'role':'assistant','content':null,'tool_calls':[{'id':'a','type':'function',"
         "'function':{'name':'p','arguments':'{\\'input\\':\\'x\\\\n\\'}'}}]}," GAVE_TO("a", "1"))},
    {"a call whose result never came has an empty one",
     INPUT(CALL("a", "f") "," CALL("b", "g") "," GAVE("b", "'2'") "," HI "," CALL("c", "f")),
     MESSAGES("{'role':'assistant','content':null,'tool_calls':[" CALLED("a", "f") "," CALLED(
         "b", "g") "]}," GAVE_TO("b", "2") "," GAVE_TO("a",
                                                       "") "," HI ",{'role':'assistant','content':"
                                                           "null,'tool_calls':[" CALLED(
                                                               "c", "f") "]}," GAVE_TO("c", ""))},
};

START_TEST(messages_are_written)
{
    struct buf out, dropped;
    struct error why = ERROR_NONE;
    const struct dialect_target target = {
        .app = &dialect_responses, .speaks = &dialect_openai, .model = "m"};
    char *body = json_row_text(rows[_i].body);
    buf_init(&out, 65536);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    int r = dialect_translate_request(text_of(body), &target, &out, &dropped, &why);
    ck_assert_msg(r == 0 && dropped.len == 0, "%s: %s", rows[_i].name, why.text);
    json_t *got = json_loads(out.data, 0, NULL);
    ck_assert_msg(got != NULL, "%s: not JSON: %s", rows[_i].name, out.data);
    json_row_compare(rows[_i].name, got, rows[_i].want);
    json_decref(got);
    buf_done(&out);
    buf_done(&dropped);
    free(body);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_write_message");
    TCase *tc = tcase_create("messages");
    tcase_add_loop_test(tc, messages_are_written, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
