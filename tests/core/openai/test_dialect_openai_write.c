/* Chat requests for a server of OpenAI's dialect, of apps that speak otherwise. */
#include <errno.h>

#include "dialect/dialect.h"
#include "json_row.h"
#include "openai/dialect_openai.h"
#include "unit.h"

#define R(members)   "{'model':'x','input':'hi'" members "}"
#define INPUT(items) "{'model':'x','input':[" items "]}"
#define HI           "{'role':'user','content':'hi'}"

static const struct {
    const char *name;
    const char *body; /* of the Responses API */
    const char *want;
    const char *dropped; /* NULL = nothing */
    const char *refused;
    bool official;
    unsigned without;
} rows[] = {
    {"a text", R(""), "{'model':'m','messages':[" HI "],'stream':null,'tools':null,'stop':null}",
     NULL, NULL, false, 0},
    {"a stream asks for its usage", R(",'stream':true"),
     "{'stream':true,'stream_options':{'include_usage':true}}", NULL, NULL, false, 0},
    {"a document by its URL",
     INPUT("{'role':'user','content':[{'type':'input_file','file_url':"
           "'https://a/b.pdf'}]}"),
     NULL, NULL, "document by its URL", false, 0},
    {"an image where there is a place for text alone",
     INPUT("{'role':'system','content':[{'type':'input_text','text':'a'},{'type':'input_image',"
           "'image_url':'data:image/png;base64,aGk='}]}," HI),
     "{'messages':[{'role':'system','content':'a'}," HI "]}", "messages.content", NULL, false, 0},
    {"tools",
     R(",'tools':[{'type':'function','name':'f','description':'d','strict':true,"
       "'parameters':{'type':'object'}},{'type':'custom','name':'p','format':{'type':"
       "'grammar','definition':'x'}}],'parallel_tool_calls':false,'tool_choice':"
       "'required'"),
     "{'tools':[{'type':'function','function':{'name':'f','description':'d','parameters':{'type':"
     "'object'},'strict':true}},{'type':'function','function':{'name':'p','parameters':{'type':"
     "'object','properties':{'input':{'type':'string','description':'x'}},'required':['input']}}}],"
     "'tool_choice':'required','parallel_tool_calls':false}",
     NULL, NULL, false, 0},
    {"a tool that is chosen",
     R(",'tools':[{'type':'function','name':'f'}],'tool_choice':{'type':"
       "'function','name':'f'}"),
     "{'tools':[{'type':'function','function':{'name':'f'}}],'tool_choice':{'type':'function',"
     "'function':{'name':'f'}}}",
     NULL, NULL, false, 0},
    {"a choice of nothing", R(",'tool_choice':'none'"), "{'tool_choice':null}", NULL, NULL, false,
     0},
    {"any JSON", R(",'text':{'format':{'type':'json_object'}}"),
     "{'response_format':{'type':'json_object'}}", NULL, NULL, false, 0},
    {"a schema",
     R(",'text':{'format':{'type':'json_schema','name':'n','strict':true,'schema':{"
       "'type':'object'}}}"),
     "{'response_format':{'type':'json_schema','json_schema':{'name':'n','strict':true,'schema':{"
     "'type':'object'}}}}",
     NULL, NULL, false, 0},
    {"numbers and a limit, elsewhere", R(",'temperature':0.5,'top_k':3,'max_output_tokens':9"),
     "{'temperature':0.5,'top_k':3,'max_tokens':9,'max_completion_tokens':null}", NULL, NULL, false,
     0},
    {"numbers and a limit, at OpenAI's", R(",'temperature':0.5,'top_k':3,'max_output_tokens':9"),
     "{'temperature':0.5,'top_k':null,'max_tokens':null,'max_completion_tokens':9}", "top_k", NULL,
     true, 0},
    {"an effort, logprobs and who asks",
     R(",'reasoning':{'effort':'high'},'include':['message.output_text.logprobs'],'top_logprobs':2,"
       "'user':'u'"),
     "{'reasoning_effort':'high','logprobs':true,'top_logprobs':2,'user':'u'}", NULL, NULL, false,
     0},
    {"a name of who asks that OpenAI would refuse",
     R(",'user':'0123456789012345678901234567890123456789012345678901234567890123x'"),
     "{'user':null}", NULL, NULL, false, 0},
    {"what was refused is left out",
     R(",'reasoning':{'effort':'high'},'max_output_tokens':9,'temperature':1,'include':["
       "'message.output_text.logprobs']"),
     "{'reasoning_effort':null,'max_tokens':null,'temperature':null,'logprobs':null}",
     "temperature, max_output_tokens, reasoning.effort, logprobs", NULL, false,
     DIALECT_OPENAI_EFFORT | DIALECT_OPENAI_LIMIT | DIALECT_OPENAI_LOGPROBS |
         1u << CHAT_NUMBER_TEMPERATURE},
    {"what we wish ourselves is left out unnamed", R(",'stream':true"),
     "{'stream':true,'stream_options':null}", NULL, NULL, false, DIALECT_OPENAI_USAGE},
};

START_TEST(a_request_is_written)
{
    struct buf out, dropped;
    struct error why = ERROR_NONE;
    const struct dialect_target target = {.app = &dialect_responses,
                                          .speaks = &dialect_openai,
                                          .model = "m",
                                          .official = rows[_i].official,
                                          .without = rows[_i].without};
    char *body = json_row_text(rows[_i].body);
    buf_init(&out, 65536);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    int r = dialect_translate_request(text_of(body), &target, &out, &dropped, &why);
    if (rows[_i].refused) {
        ck_assert_int_eq(r, -EINVAL);
        ck_assert_ptr_nonnull(strstr(why.text, rows[_i].refused));
    } else {
        ck_assert_msg(r == 0, "%s: %s", rows[_i].name, why.text);
        json_t *got = json_loads(out.data, 0, NULL);
        ck_assert_msg(got != NULL, "%s: not JSON: %s", rows[_i].name, out.data);
        json_row_compare(rows[_i].name, got, rows[_i].want);
        ck_assert_msg(text_equals(buf_text(&dropped), rows[_i].dropped ? rows[_i].dropped : ""),
                      "%s: dropped %s", rows[_i].name, buf_text(&dropped).at);
        json_decref(got);
    }
    buf_done(&out);
    buf_done(&dropped);
    free(body);
}
END_TEST

static const struct {
    const char *base_url;
    bool official;
} hosts[] = {
    {"https://api.openai.com/v1", true},
    {"https://API.openai.com:443/v1", true},
    {"https://me.openai.azure.com/openai/v1", true},
    {"https://eu.api.openai.com/v1", true},
    {"https://api.openai.com.evil.test/v1", false},
    {"https://notopenai.com/v1", false},
    {"http://127.0.0.1:8000/v1", false},
    {"https://api.groq.com/openai/v1", false},
};

START_TEST(openais_own_servers_are_known_by_their_host)
{
    ck_assert(dialect_openai_is_official(hosts[_i].base_url) == hosts[_i].official);
}
END_TEST

static const struct {
    const char *message;
    unsigned without;
} refusals[] = {
    {"Unsupported parameter: 'max_tokens' is not supported with this model.", DIALECT_OPENAI_LIMIT},
    {"Unsupported value: 'temperature' does not support 0.5 with this model.",
     1u << CHAT_NUMBER_TEMPERATURE},
    {"property 'reasoning_effort' is unsupported", DIALECT_OPENAI_EFFORT},
    {"Unrecognized request argument supplied: top_k", 1u << CHAT_NUMBER_TOP_K},
    {"logprobs are not supported", DIALECT_OPENAI_LOGPROBS},
    {"Extra inputs are not permitted stream_options", DIALECT_OPENAI_USAGE},
    {"'seed' is not supported", 0},
    {"the temperatures are too high", 0},
    {"Invalid value for 'messages[0].content'", 0},
};

START_TEST(a_refusal_names_what_we_wrote)
{
    static const char request[] =
        "{\"model\":\"m\",\"temperature\":0.5,\"top_k\":3,\"max_tokens\":9,\"reasoning_effort\":"
        "\"high\",\"logprobs\":true,\"stream_options\":{}}";
    ck_assert_uint_eq(dialect_openai_refused(text_of(request), refusals[_i].message),
                      refusals[_i].without);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_write");
    TCase *tc = tcase_create("write");
    tcase_add_loop_test(tc, a_request_is_written, 0, ROWS(rows));
    tcase_add_loop_test(tc, openais_own_servers_are_known_by_their_host, 0, ROWS(hosts));
    tcase_add_loop_test(tc, a_refusal_names_what_we_wrote, 0, ROWS(refusals));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
