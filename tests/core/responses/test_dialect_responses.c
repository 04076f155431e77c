/* Requests of the Responses API: every member is carried over, named or refused. */
#include "dialect/translate_row.h"
#include "json_row.h"
#include "unit.h"

#undef ASK
#define ASK(members) "{'model':'x','input':'hi'" members "}"
#define HI           "{'role':'user','content':'hi'}"
#define SCHEMA       "{'type':'object','properties':{'x':{'type':'string'}}}"
#define FORMAT(type) "'text':{'format':{'type':'" type "'"

static const struct translate_row rows[] = {
    {"a text", ASK(""), "{'model':'m:1','messages':[" HI "],'stream':false}", NULL, NULL, 0},
    {"instructions stand first", ASK(",'instructions':'i'"),
     "{'messages':[{'role':'system','content':'i'}," HI "]}", NULL, NULL, 0},
    {"instructions alone", "{'model':'x','instructions':'i'}",
     "{'messages':[{'role':'system','content':'i'}]}", NULL, NULL, 0},
    {"instructions as a list", ASK(",'instructions':['i']"), NULL, NULL,
     "instructions that are no text", 0},
    {"instructions of nothing", ASK(",'instructions':''"), "{'messages':[" HI "]}", NULL, NULL, 0},
    {"no input", "{'model':'x'}", NULL, NULL, "input is missing or empty", 0},
    {"an input of null", "{'model':'x','input':null}", NULL, NULL, "input is missing or empty", 0},
    {"an empty text", "{'model':'x','input':''}", NULL, NULL, "input is missing or empty", 0},
    {"an empty list", "{'model':'x','input':[]}", NULL, NULL, "input is missing or empty", 0},
    {"an input of another type", "{'model':'x','input':5}", NULL, NULL, "neither a text nor", 0},
    {"numbers and limits",
     ASK(",'max_output_tokens':5,'temperature':0.5,'top_p':0.9,'seed':7,'stream':true"),
     "{'options':{'temperature':0.5,'top_p':0.9,'seed':7,'num_predict':5,'num_ctx':8192},"
     "'stream':true}",
     NULL, NULL, 0},
    {"the provider's books",
     ASK(",'store':true,'metadata':{'a':'b'},'user':'u','service_tier':'auto','prompt_cache_key':"
         "'k','safety_identifier':'s','stream_options':{'include_obfuscation':false},"
         "'client_metadata':{'a':'b'}"),
     "{'messages':[" HI "]}", NULL, NULL, 0},
    {"a response before", ASK(",'previous_response_id':'resp_1'"), NULL, NULL,
     "previous_response_id", 0},
    {"a conversation", ASK(",'conversation':{'id':'c'}"), NULL, NULL, "conversation", 0},
    {"a template", ASK(",'prompt':{'id':'p'}"), NULL, NULL, "template", 0},
    {"an answer for later", ASK(",'background':true"), NULL, NULL, "background", 0},
    {"what is not asked for",
     ASK(",'previous_response_id':null,'conversation':null,'prompt':null,'background':false,"
         "'include':[],'truncation':'disabled','parallel_tool_calls':true,'tool_choice':'auto'"),
     "{'messages':[" HI "]}", NULL, NULL, 0},
    {"what Codex always asks for is named", ASK(",'include':['reasoning.encrypted_content']"),
     "{'logprobs':null}", "include", NULL, 0},
    {"logprobs", ASK(",'include':['message.output_text.logprobs'],'top_logprobs':3"),
     "{'logprobs':true,'top_logprobs':3}", NULL, NULL, 0},
    {"logprobs that nobody has", ASK(",'top_logprobs':99"), "{'logprobs':null}", "top_logprobs",
     NULL, 0},
    {"truncation", ASK(",'truncation':'auto'"), "{}", "truncation", NULL, 0},
    {"members that nobody knows", ASK(",'max_tool_calls':3,'other':1,'none':null"), "{}",
     "max_tool_calls, other", NULL, 0},
    {"an effort", ASK(",'reasoning':{'effort':'high','summary':'auto'}"), "{'think':'high'}", NULL,
     NULL, 0},
    {"no effort at all", ASK(",'reasoning':{'effort':'none'}"), "{'think':false}", NULL, NULL, 0},
    {"an effort of null", ASK(",'reasoning':{'effort':null,'summary':null}"),
     "{'messages':[" HI "]}", NULL, NULL, 0},
    {"an effort that nobody knows", ASK(",'reasoning':{'effort':'huge','context':'auto'}"), "{}",
     "reasoning.context, reasoning.effort", NULL, 0},
    {"an effort for a model that does not think", ASK(",'reasoning':{'effort':'high'}"),
     "{'think':null}", NULL, NULL, OLLAMA_CAN_THINKING},
    {"plain text", ASK("," FORMAT("text") "}}"), "{'format':null}", NULL, NULL, 0},
    {"how many words", ASK(",'text':{'verbosity':'low'}"), "{'format':null}", "text.verbosity",
     NULL, 0},
    {"any JSON", ASK("," FORMAT("json_object") "}}"), "{'format':'json'}", NULL, NULL, 0},
    {"a schema", ASK("," FORMAT("json_schema") ",'name':'n','strict':false,'schema':" SCHEMA "}}"),
     "{'format':" SCHEMA "}", NULL, NULL, 0},
    {"a schema that is strict, and described",
     ASK("," FORMAT("json_schema") ",'name':'n','strict':true,'description':'d','schema':" SCHEMA
                                   "}}"),
     "{'format':" SCHEMA "}", "text.format.description, text.format.strict", NULL, 0},
    {"a format that nobody knows", ASK("," FORMAT("grammar") "}}"), NULL, NULL, "text.format", 0},
    {"no object", "[]", NULL, NULL, "not a JSON object", 0},
    {"no JSON", "{", NULL, NULL, "", 0},
};

START_TEST(every_member_is_carried_over_named_or_refused)
{
    translate_row_check_of(&dialect_responses, &rows[_i]);
}
END_TEST

/* An answer in events has begun; the error that comes then is one of them, and the last. */
static const struct {
    const char *name;
    const char *body;
    const char *error;
} late[] = {
    {"an error of this shape is told as it is", "{'error':\n{'type':'t','code':'c','message':'x'}}",
     "'error':{'type':'t','code':'c','message':'x'}"},
    {"an error that is a text is told in our words", "{'error':'x'}",
     "'error':{'message':'m','type':'upstream_error','param':null,'code':'timeout'}"},
    {"and so is what is no JSON", "<html>",
     "'error':{'message':'m','type':'upstream_error','param':null,'code':'timeout'}"},
};

START_TEST(an_error_that_comes_too_late_is_an_event)
{
    struct buf out;
    char *body = json_row_text(late[_i].body), *error = json_row_text(late[_i].error);
    buf_init(&out, 65536);
    ck_assert_int_eq(
        dialect_responses.app->late_error_write(text_of(body), text_of("m"), "timeout", &out), 0);
    ck_assert_msg(strncmp(out.data, "event: response.failed\ndata: {", 30) == 0, "%s: %s",
                  late[_i].name, out.data);
    ck_assert_msg(strstr(out.data, "\"sequence_number\":0"), "%s: %s", late[_i].name, out.data);
    ck_assert_msg(strstr(out.data, error), "%s: %s", late[_i].name, out.data);
    free(body);
    free(error);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_responses");
    TCase *tc = tcase_create("request");
    tcase_add_loop_test(tc, an_error_that_comes_too_late_is_an_event, 0, ROWS(late));
    tcase_add_loop_test(tc, every_member_is_carried_over_named_or_refused, 0, TRANSLATE_ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
