/* Error bodies in every shape that providers use, and what is no error. */
#include "failure/provider_error.h"
#include "json_row.h"
#include "text/buf.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *body; /* with ' for " */
    struct provider_error want;
} found[] = {
    {"OpenAI's",
     "{'error':{'message':'Incorrect API key','type':'invalid_request_error','param':'model',"
     "'code':'invalid_api_key'}}",
     {"Incorrect API key", "invalid_request_error", "invalid_api_key", "model", 0}},
    {"OpenAI's with nulls",
     "{'error':{'message':'no','type':'server_error','param':null,'code':null}}",
     {"no", "server_error", "", "", 0}},
    {"a number as code", "{'error':{'message':'no','code':429}}", {"no", "", "429", "", 0}},
    {"blanks around the body", " \r\n{ 'error' : { 'message' : 'no' } }\n", {"no", "", "", "", 0}},
    {"Azure's filter",
     "{'error':{'message':'filtered','type':null,'param':'prompt','code':'content_filter',"
     "'status':400,'innererror':{'code':'ResponsibleAIPolicyViolation'}}}",
     {"filtered", "ResponsibleAIPolicyViolation", "content_filter", "prompt", 0}},
    {"Azure's gateway",
     "{'statusCode':401,'message':'Access denied'}",
     {"Access denied", "", "", "", 0}},
    {"Anthropic's",
     "{'type':'error','error':{'type':'overloaded_error','message':'Overloaded'},"
     "'request_id':'req_1'}",
     {"Overloaded", "overloaded_error", "", "", 0}},
    {"Anthropic's with details",
     "{'type':'error','error':{'type':'rate_limit_error','message':'no','details':"
     "{'error_code':'enforced_spend_limit_reached'}}}",
     {"no", "rate_limit_error", "enforced_spend_limit_reached", "", 0}},
    {"OpenRouter's moderation",
     "{'error':{'code':403,'message':'flagged','metadata':{'flagged_input':'x','reasons':[]}}}",
     {"flagged", "flagged_input", "403", "", 0}},
    {"OpenRouter's other metadata",
     "{'error':{'code':502,'message':'no','metadata':{'provider_name':'y'}}}",
     {"no", "", "502", "", 0}},
    {"Google's in an array",
     "[{'error':{'code':503,'message':'The model is overloaded','status':'UNAVAILABLE'}}]",
     {"The model is overloaded", "UNAVAILABLE", "503", "", 0}},
    {"Google's with its reason",
     "[{'error':{'code':400,'message':'API key not valid.','status':'INVALID_ARGUMENT','details':"
     "[{'@type':'type.googleapis.com/google.rpc.ErrorInfo','reason':'API_KEY_INVALID'},"
     "{'@type':'type.googleapis.com/google.rpc.LocalizedMessage','locale':'en-US'}]}}]",
     {"API key not valid.", "API_KEY_INVALID", "400", "", 0}},
    {"OpenRouter's with the provider's own",
     "{'error':{'code':400,'message':'Provider returned error','metadata':{'provider_name':'x',"
     "'raw':'{\\'error\\':{\\'message\\':\\'too long\\',\\'code\\':\\'too_long\\'}}'}}}",
     {"too long", "too_long", "400", "", 0}},
    /* The words of who refused say what is wrong; OpenRouter's say only that somebody did. */
    {"OpenRouter's with a provider's text",
     "{'error':{'code':429,'message':'Provider returned error','metadata':{'raw':'x is "
     "rate-limited upstream. Please retry in 3s'}}}",
     {"x is rate-limited upstream. Please retry in 3s", "", "429", "", 3000}},
    {"OpenRouter's with a provider's list",
     "{'error':{'code':400,'message':'Provider returned error','metadata':{'raw':"
     "'\\n[{\\'error\\':{\\'code\\':400,\\'message\\':\\'no\\',\\'status\\':\\'OUT\\'}}]'}}}",
     {"no", "OUT", "400", "", 0}},
    {"OpenRouter's with a provider's object",
     "{'error':{'code':400,'message':'Provider returned error','metadata':{'raw':"
     "{'error':{'message':'too long, retry after 2s','type':'a','code':'too_long'}}}}}",
     {"too long, retry after 2s", "too_long", "400", "", 2000}},
    {"OpenRouter's with a provider's code alone",
     "{'error':{'code':400,'message':'no','metadata':{'raw':'{\\'error\\':{\\'code\\':\\'x\\'}}'}}"
     "}",
     {"no", "x", "400", "", 0}},
    {"OpenRouter's with an object in an object",
     "{'error':{'message':'a','metadata':{'raw':{'error':{'message':'b','metadata':{'raw':"
     "{'message':'c'}}}}}}}",
     {"b", "", "", "", 0}},
    {"OpenRouter's with an object that is no error",
     "{'error':{'code':400,'message':'no','metadata':{'raw':{'error':{'param':'p'}}}}}",
     {"no", "", "400", "", 0}},
    {"OpenRouter's with a wait of its own",
     "{'error':{'code':429,'message':'retry in 4s','metadata':{'raw':'slow down'}}}",
     {"slow down", "", "429", "", 4000}},
    {"OpenRouter's with a provider's page",
     "{'error':{'code':502,'message':'Provider returned error','metadata':{'raw':' <html>'}}}",
     {"Provider returned error", "", "502", "", 0}},
    {"OpenRouter's with a provider's cut JSON",
     "{'error':{'code':400,'message':'Provider returned error','metadata':{'raw':'{broken'}}}",
     {"Provider returned error", "", "400", "", 0}},
    {"OpenRouter's with a provider's nothing",
     "{'error':{'code':400,'message':'Provider returned error','metadata':{'raw':' '}}}",
     {"Provider returned error", "", "400", "", 0}},
    {"behind a byte order mark", "\xef\xbb\xbf{'error':{'message':'no'}}", {"no", "", "", "", 0}},
    {"JSON behind a line in a message",
     "{'error':{'message':'\\n{\\'error\\':{\\'message\\':\\'in\\'}}\\n'}}",
     {"in", "", "", "", 0}},
    {"a list of messages",
     "{'error':{'message':['too long','and more'],'code':'x'}}",
     {"too long", "", "x", "", 0}},
    {"a list of sentences beside a word",
     "{'statusCode':400,'message':['no a','no b'],'error':'Bad Request'}",
     {"no a", "Bad Request", "", "", 0}},
    {"a flat list of messages", "{'message':['no a','no b'],'code':'y'}", {"no a", "", "y", "", 0}},
    {"a list of objects as the message",
     "{'error':{'message':[{'msg':'no a','loc':['body','a']}]}}",
     {"no a", "", "", "a", 0}},
    {"a message in a message in a message",
     "{'error':{'message':{'message':{'message':'no'}},'code':'z'}}",
     {"", "", "z", "", 0}},
    {"a list of texts as the error", "{'error':['no a','no b']}", {"no a", "", "", "", 0}},
    {"xAI's",
     "{'code':'Client specified an invalid argument','error':'Incorrect API key provided: x.'}",
     {"Incorrect API key provided: x.", "", "Client specified an invalid argument", "", 0}},
    {"MiniMax's",
     "{'choices':null,'base_resp':{'status_code':1008,'status_msg':'insufficient balance'}}",
     {"insufficient balance", "", "1008", "", 0}},
    {"Mistral's",
     "{'object':'error','message':'Invalid model: x','type':'invalid_model',"
     "'param':null,'code':'1500'}",
     {"Invalid model: x", "invalid_model", "1500", "", 0}},
    {"Ollama's", "{'error':'model not found'}", {"model not found", "", "", "", 0}},
    {"Ollama's with llama-server's inside",
     "{'error':'{\\'error\\':{\\'code\\':400,\\'message\\':\\'too long\\',"
     "\\'type\\':\\'exceed_context_size_error\\'}}'}",
     {"too long", "exceed_context_size_error", "400", "", 0}},
    {"JSON inside a message",
     "{'error':{'message':'{\\'error\\':{\\'message\\':\\'in\\'}}'}}",
     {"in", "", "", "", 0}},
    {"JSON inside that is no error", "{'error':'{\\'a\\':1}'}", {"{\"a\":1}", "", "", "", 0}},
    {"JSON inside that is broken", "{'error':'{\\'error\\':'}", {"{\"error\":", "", "", "", 0}},
    {"JSON inside JSON is opened once",
     "{'error':'{\\'error\\':\\'{\\\\\\'error\\\\\\':\\\\\\'in\\\\\\'}\\'}'}",
     {"{\"error\":\"in\"}", "", "", "", 0}},
    {"Spring's and NestJS's",
     "{'statusCode':400,'error':'Bad Request','message':'no, try again in 2s'}",
     {"no, try again in 2s", "Bad Request", "", "", 2000}},
    {"FastAPI's text", "{'detail':'Not Found'}", {"Not Found", "", "", "", 0}},
    {"FastAPI's object",
     "{'detail':{'error':{'message':'no','code':'x'}}}",
     {"no", "", "x", "", 0}},
    {"FastAPI's validation",
     "{'detail':[{'loc':['body','model'],'msg':'field required','type':'value_error.missing'}]}",
     {"field required", "value_error.missing", "", "model", 0}},
    {"FastAPI's validation of a field",
     "{'detail':[{'type':'extra_forbidden','loc':['body','messages',0,'foo'],'msg':'Extra "
     "inputs'}]}",
     {"Extra inputs", "extra_forbidden", "", "foo", 0}},
    {"Mistral's validation",
     "{'object':'error','message':{'detail':[{'type':'extra_forbidden','loc':['body','logit_bias'],"
     "'msg':'Extra inputs are not permitted'}]},'type':'invalid_request_error','param':null,"
     "'code':null}",
     {"Extra inputs are not permitted", "extra_forbidden", "", "logit_bias", 0}},
    {"Bedrock's way in",
     "{'Message':'Authentication failed'}",
     {"Authentication failed", "", "", "", 0}},
    {"a wait in words",
     "{'error':{'message':'Please try again in 7.66s.','code':'rate_limit_exceeded'}}",
     {"Please try again in 7.66s.", "", "rate_limit_exceeded", "", 7660}},
    {"a wait of Google's",
     "[{'error':{'code':429,'message':'Please retry in "
     "9s.','status':'RESOURCE_EXHAUSTED','details':"
     "[{'@type':'type.googleapis.com/google.rpc.RetryInfo','retryDelay':'34.07s'}]}}]",
     {"Please retry in 9s.", "RESOURCE_EXHAUSTED", "429", "", 34070}},
    {"a wait behind OpenRouter",
     "{'error':{'code':429,'message':'Provider returned error','metadata':{'raw':"
     "'{\\'error\\':{\\'message\\':\\'try again in 2s\\'}}'}}}",
     {"try again in 2s", "", "429", "", 2000}},
    {"a list of errors",
     "{'errors':[{'code':7,'message':'first'},{'message':'second'}]}",
     {"first", "", "7", "", 0}},
    {"vLLM's flat one",
     "{'object':'error','message':'no','type':'BadRequestError','param':null,'code':400}",
     {"no", "BadRequestError", "400", "", 0}},
    {"a code alone", "{'error':{'code':'content_filter'}}", {"", "", "content_filter", "", 0}},
    {"a type alone", "{'error':{'type':'overloaded_error'}}", {"", "overloaded_error", "", "", 0}},
    {"members of the wrong type are not taken",
     "{'error':{'message':'no','type':['x'],'param':{},'code':1.5}}",
     {"no", "", "", "", 0}},
    {"an unknown shape is looked for under the other names",
     "{'error':{},'detail':'this'}",
     {"this", "", "", "", 0}},
};

START_TEST(an_error_is_read_in_any_shape)
{
    const struct provider_error *want = &found[_i].want;
    struct provider_error error;
    char *body = json_row_text(found[_i].body);
    ck_assert_msg(provider_error_read(text_of(body), &error), "%s", found[_i].name);
    ck_assert_msg(strcmp(error.message, want->message) == 0, "%s: %s", found[_i].name,
                  error.message);
    ck_assert_msg(strcmp(error.type, want->type) == 0, "%s: %s", found[_i].name, error.type);
    ck_assert_msg(strcmp(error.code, want->code) == 0, "%s: %s", found[_i].name, error.code);
    ck_assert_msg(strcmp(error.param, want->param) == 0, "%s: %s", found[_i].name, error.param);
    ck_assert_msg(error.wait_ms == want->wait_ms, "%s: %lld", found[_i].name,
                  (long long)error.wait_ms);
    free(body);
}
END_TEST

START_TEST(a_cut_body_holds_no_error)
{
    char *body = json_row_text(found[_i].body);
    size_t len = strlen(body);
    while (len && body[len - 1] != '}' && body[len - 1] != ']')
        len--;
    for (size_t cut = 0; cut < len; cut++) {
        struct provider_error error;
        ck_assert_msg(!provider_error_read(text_make(body, cut), &error), "%.*s", (int)cut, body);
        ck_assert_str_eq(error.message, "");
    }
    free(body);
}
END_TEST

static const struct {
    const char *name;
    const char *body;
} none[] = {
    {"nothing", ""},
    {"Cloudflare's web page", "<!DOCTYPE html><html><title>522: timed out</title></html>"},
    {"text", "Internal Server Error"},
    {"null", "null"},
    {"a number", "500"},
    {"a string", "'error'"},
    {"an empty object", "{}"},
    {"an empty array", "[]"},
    {"an array of texts", "['error']"},
    {"error null", "{'error':null,'message':'hello'}"},
    {"error false", "{'error':false,'message':'hello'}"},
    {"an empty error", "{'error':'','message':'hello'}"},
    {"an error object without anything", "{'error':{}}"},
    {"an error object with a field alone", "{'error':{'param':'messages[0]'}}"},
    {"a place and a wait alone", "{'detail':[{'loc':['a'],'details':[{'retryDelay':'1s'}]}]}"},
    {"an error that is a number", "{'error':5}"},
    {"an empty list of errors", "{'errors':[]}"},
    {"an answer", "{'id':'chatcmpl-1','choices':[{'message':{'role':'assistant'}}]}"},
    {"Ollama's answer", "{'model':'m','message':{'role':'assistant','content':'hi'},'done':true}"},
    {"a type alone", "{'type':'message_start'}"},
};

START_TEST(what_holds_no_error_says_so)
{
    struct provider_error error;
    memset(&error, 'x', sizeof(error));
    char *body = json_row_text(none[_i].body);
    ck_assert_msg(!provider_error_read(text_of(body), &error), "%s: %s", none[_i].name,
                  error.message);
    ck_assert_str_eq(error.message, "");
    ck_assert_str_eq(error.type, "");
    ck_assert_str_eq(error.code, "");
    ck_assert_str_eq(error.param, "");
    ck_assert_int_eq(error.wait_ms, 0);
    free(body);
}
END_TEST

START_TEST(control_characters_become_blanks)
{
    struct provider_error error;
    ck_assert(provider_error_read(
        text_of("{\"error\":\"a\\nb\\u001b[31mc\\u007fd\\u009be\\u00e9\\u0000f\"}"), &error));
    ck_assert_str_eq(error.message, "a b [31mc d e\xc3\xa9 f");
}
END_TEST

static const struct {
    const char *name, *body, *message;
    bool told;
} refusals[] = {
    {"JSON", "{'error':'no'}", "no", true},
    {"a text", " Rate limit, retry in 3s\n", "Rate limit, retry in 3s", false},
    {"a JSON string", "'no, \\u00e9'", "no, \xc3\xa9", false},
    {"a page", "\n<!DOCTYPE html><title>no</title>", "", false},
    {"JSON that was cut", "{'error':{'mess", "", false},
    {"a list of texts", " ['no a','no b']", "no a", false},
    {"a list of texts that was cut", "['no a','no b'", "", false},
    {"a list of no texts", "[5,'no']", "", false},
    {"a string that was cut", "'no", "", false},
    {"what is no UTF-8", "no\xff", "", false},
    {"a control character", "a\x1b[31mb", "a [31mb", false},
    {"nothing", " \n", "", false},
    {"a text behind a byte order mark", "\xef\xbb\xbfno", "no", false},
    {"an event", "data: {'error':'no'}\n\n", "no", true},
    {"an event with its name",
     "\xef\xbb\xbf"
     "event: error\r\ndata:{'error':'no'}\r\n\r\n",
     "no", true},
    {"an event behind a comment", ": wait\n\ndata: [{'error':{'message':'no'}}]\n\n", "no", true},
    {"an event that was cut", "data: {'error':'n", "", false},
    {"an event of words", "data: no\n\n", "data: no", false},
    {"a text that speaks of data", "no data: {5}", "no data: {5}", false},
};

START_TEST(a_refusal_may_be_plain_text)
{
    struct provider_error error;
    char *body = json_row_text(refusals[_i].body);
    bool told = provider_error_read_refusal(text_of(body), &error);
    ck_assert_msg(told == refusals[_i].told, "%s", refusals[_i].name);
    ck_assert_str_eq(error.message, refusals[_i].message);
    ck_assert_int_eq(error.wait_ms, strstr(body, "retry in 3s") ? 3000 : 0);
    free(body);
}
END_TEST

START_TEST(long_texts_are_cut_between_characters)
{
    struct provider_error error;
    struct buf body;
    buf_init(&body, 4096);
    ck_assert_int_eq(buf_append_string(&body, "{\"error\":{\"code\":\""), 0);
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(buf_append_string(&body, "\xe2\x82\xac"), 0); /* 3 bytes each */
    ck_assert_int_eq(buf_append_string(&body, "\",\"message\":\""), 0);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(buf_append_string(&body, "\xf0\x9f\x98\x80"), 0); /* 4 bytes each */
    ck_assert_int_eq(buf_append_string(&body, "\"}}"), 0);
    ck_assert(provider_error_read(buf_text(&body), &error));
    ck_assert_uint_eq(strlen(error.code), 63);
    ck_assert_uint_eq(strlen(error.message), 252);
    buf_done(&body);
}
END_TEST

START_TEST(a_body_beyond_the_limit_is_not_looked_at)
{
    static char body[PROVIDER_ERROR_BODY_MAX + 2];
    static const char error_text[] = "{\"error\":\"no\"}";
    struct provider_error error;
    memset(body, ' ', sizeof(body));
    memcpy(body, error_text, sizeof(error_text) - 1);
    ck_assert(provider_error_read(text_make(body, PROVIDER_ERROR_BODY_MAX), &error));
    ck_assert(!provider_error_read(text_make(body, PROVIDER_ERROR_BODY_MAX + 1), &error));
    ck_assert_str_eq(error.message, "");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("provider_error");
    TCase *tc = tcase_create("bodies");
    tcase_add_loop_test(tc, an_error_is_read_in_any_shape, 0, ROWS(found));
    tcase_add_loop_test(tc, a_cut_body_holds_no_error, 0, ROWS(found));
    tcase_add_loop_test(tc, what_holds_no_error_says_so, 0, ROWS(none));
    tcase_add_test(tc, control_characters_become_blanks);
    tcase_add_loop_test(tc, a_refusal_may_be_plain_text, 0, ROWS(refusals));
    tcase_add_test(tc, long_texts_are_cut_between_characters);
    tcase_add_test(tc, a_body_beyond_the_limit_is_not_looked_at);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
