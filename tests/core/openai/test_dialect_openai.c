/* Every member of an OpenAI request, and what becomes of it. */
#include "dialect/translate_row.h"
#include "unit.h"

static const struct translate_row rows[] = {
    {"the model is the target's", ASK(""), "{'model':'m:1'}", NULL, NULL, 0},
    {"stream and truncate are always sent", ASK(""), "{'stream':false,'truncate':false}", NULL,
     NULL, 0},
    {"stream is kept", ASK(",'stream':true"), "{'stream':true}", NULL, NULL, 0},
    {"stream null is false", ASK(",'stream':null"), "{'stream':false}", NULL, NULL, 0},
    {"nothing is forced that the app did not say", ASK(""),
     "{'options':{'num_ctx':8192},'format':null,'think':null,'tools':null,'logprobs':null,"
     "'shift':null,'raw':null,'template':null}",
     NULL, NULL, 0},
    {"all sampling numbers",
     ASK(",'temperature':0.2,'top_p':0.9,'frequency_penalty':0.1,'presence_penalty':-0.3,"
         "'seed':42,'top_k':40,'min_p':0.05,'typical_p':0.7,'repeat_penalty':1.1,"
         "'repeat_last_n':64"),
     "{'options':{'num_ctx':8192,'temperature':0.2,'top_p':0.9,'frequency_penalty':0.1,"
     "'presence_penalty':-0.3,'seed':42,'top_k':40,'min_p':0.05,'typical_p':0.7,"
     "'repeat_penalty':1.1,'repeat_last_n':64}}",
     NULL, NULL, 0},
    {"a whole temperature", ASK(",'temperature':1"), "{'options':{'num_ctx':8192,'temperature':1}}",
     NULL, NULL, 0},
    {"a seed with a fraction of zero", ASK(",'seed':7.0"), "{'options':{'num_ctx':8192,'seed':7}}",
     NULL, NULL, 0},
    {"numbers that are null are absent", ASK(",'temperature':null,'seed':null"),
     "{'options':{'num_ctx':8192}}", NULL, NULL, 0},
    {"a temperature in quotes is left out and named", ASK(",'temperature':'0.5'"),
     "{'options':{'num_ctx':8192}}", "temperature", NULL, 0},
    {"a seed with another fraction is left out and named", ASK(",'seed':7.5"),
     "{'options':{'num_ctx':8192}}", "seed", NULL, 0},
    {"a seed of twenty digits is left out and named", ASK(",'seed':12345678901234567890"),
     "{'options':{'num_ctx':8192}}", "seed", NULL, 0},
    {"a number beyond doubles is left out and named", ASK(",'temperature':1e400"),
     "{'options':{'num_ctx':8192}}", "temperature", NULL, 0},
    {"max_tokens", ASK(",'max_tokens':5"), "{'options':{'num_ctx':8192,'num_predict':5}}", NULL,
     NULL, 0},
    {"max_completion_tokens wins over max_tokens", ASK(",'max_completion_tokens':7,'max_tokens':5"),
     "{'options':{'num_ctx':8192,'num_predict':7}}", NULL, NULL, 0},
    {"max_completion_tokens null leaves max_tokens",
     ASK(",'max_completion_tokens':null,'max_tokens':5"),
     "{'options':{'num_ctx':8192,'num_predict':5}}", NULL, NULL, 0},
    {"a limit of 0 is none", ASK(",'max_tokens':0"), "{'options':{'num_ctx':8192}}", NULL, NULL, 0},
    {"a negative limit is left out and named", ASK(",'max_tokens':-1"),
     "{'options':{'num_ctx':8192}}", "max_tokens", NULL, 0},
    {"a limit with a fraction is left out and named", ASK(",'max_completion_tokens':1.5"),
     "{'options':{'num_ctx':8192}}", "max_completion_tokens", NULL, 0},
    {"a huge limit stays within 32 bits", ASK(",'max_tokens':9007199254740993"),
     "{'options':{'num_ctx':8192,'num_predict':2147483647}}", NULL, NULL, 0},
    {"the largest limit that 64 bits hold", ASK(",'max_tokens':9223372036854775807"),
     "{'options':{'num_ctx':8192,'num_predict':2147483647}}", NULL, NULL, 0},
    {"a limit that no 64 bits hold", ASK(",'max_tokens':1000000000000000000000000000000"),
     "{'options':{'num_ctx':8192,'num_predict':2147483647}}", NULL, NULL, 0},
    {"a limit with an exponent", ASK(",'max_completion_tokens':1e30"),
     "{'options':{'num_ctx':8192,'num_predict':2147483647}}", NULL, NULL, 0},
    {"a limit far below zero is left out and named", ASK(",'max_tokens':-1e30"),
     "{'options':{'num_ctx':8192}}", "max_tokens", NULL, 0},
    {"a stop string becomes an array", ASK(",'stop':'END'"),
     "{'options':{'num_ctx':8192,'stop':['END']}}", NULL, NULL, 0},
    {"a stop array", ASK(",'stop':['a','b']"), "{'options':{'num_ctx':8192,'stop':['a','b']}}",
     NULL, NULL, 0},
    {"an empty stop", ASK(",'stop':['']"), "{'options':{'num_ctx':8192}}", NULL, NULL, 0},
    {"stop null", ASK(",'stop':null"), "{'options':{'num_ctx':8192}}", NULL, NULL, 0},
    {"a stop that is no string is named", ASK(",'stop':['a',1]"),
     "{'options':{'num_ctx':8192,'stop':['a']}}", "stop", NULL, 0},
    {"response_format text", ASK(",'response_format':{'type':'text'}"), "{'format':null}", NULL,
     NULL, 0},
    {"response_format json_object", ASK(",'response_format':{'type':'json_object'}"),
     "{'format':'json'}", NULL, NULL, 0},
    {"response_format json_schema",
     ASK(",'response_format':{'type':'json_schema','json_schema':{'name':'x','strict':true,"
         "'schema':{'type':'object','properties':{'a':{'$ref':'#/$defs/A'}},"
         "'$defs':{'A':{'type':'integer'}}}}}"),
     "{'format':{'type':'object','properties':{'a':{'$ref':'#/$defs/A'}},"
     "'$defs':{'A':{'type':'integer'}}}}",
     "response_format.strict", NULL, 0},
    {"json_schema without a schema is any JSON",
     ASK(",'response_format':{'type':'json_schema','json_schema':{'name':'x'}}"),
     "{'format':'json'}", NULL, NULL, 0},
    {"tools beside a response_format, after which none can be called, are named",
     ASK(",'response_format':{'type':'json_object'},'tools':[{'type':'function','function':"
         "{'name':'a'}}]"),
     "{'format':'json'}", "tools", NULL, 0},
    {"tools that may not be called are not missed",
     ASK(",'response_format':{'type':'json_object'},'tool_choice':'none','tools':[{'type':"
         "'function','function':{'name':'a'}}]"),
     "{'format':'json','tools':null}", NULL, NULL, 0},
    {"an unknown response_format is refused", ASK(",'response_format':{'type':'grammar'}"), NULL,
     NULL, "response_format", 0},
    {"reasoning_effort for a model that thinks", ASK(",'reasoning_effort':'high'"),
     "{'think':'high'}", NULL, NULL, 0},
    {"reasoning_effort low", ASK(",'reasoning_effort':'low'"), "{'think':'low'}", NULL, NULL, 0},
    {"reasoning_effort medium", ASK(",'reasoning_effort':'medium'"), "{'think':'medium'}", NULL,
     NULL, 0},
    {"reasoning_effort max", ASK(",'reasoning_effort':'max'"), "{'think':'max'}", NULL, NULL, 0},
    {"reasoning_effort null", ASK(",'reasoning_effort':null"), "{'think':null}", NULL, NULL, 0},
    {"reasoning_effort none for a model that does not think", ASK(",'reasoning_effort':'none'"),
     "{'think':null}", NULL, NULL, OLLAMA_CAN_THINKING},
    {"reasoning_effort none", ASK(",'reasoning_effort':'none'"), "{'think':false}", NULL, NULL, 0},
    {"reasoning_effort minimal", ASK(",'reasoning_effort':'minimal'"), "{'think':'low'}", NULL,
     NULL, 0},
    {"reasoning_effort xhigh", ASK(",'reasoning_effort':'xhigh'"), "{'think':'max'}", NULL, NULL,
     0},
    {"reasoning.effort", ASK(",'reasoning':{'effort':'low'}"), "{'think':'low'}", NULL, NULL, 0},
    {"reasoning.enabled true", ASK(",'reasoning':{'enabled':true}"), "{'think':true}", NULL, NULL,
     0},
    {"reasoning.enabled false", ASK(",'reasoning':{'enabled':false}"), "{'think':false}", NULL,
     NULL, 0},
    {"an effort nobody knows is named", ASK(",'reasoning_effort':'extreme'"), "{'think':null}",
     "reasoning_effort", NULL, 0},
    {"reasoning_effort for a model that does not think is dropped silently",
     ASK(",'reasoning_effort':'high'"), "{'think':null}", NULL, NULL, OLLAMA_CAN_THINKING},
    {"reasoning_effort for a model of which nothing is known", ASK(",'reasoning_effort':'high'"),
     "{'think':null}", NULL, NULL, UNKNOWN_ABILITIES},
    {"logprobs", ASK(",'logprobs':true,'top_logprobs':3"), "{'logprobs':true,'top_logprobs':3}",
     NULL, NULL, 0},
    {"logprobs false", ASK(",'logprobs':false,'top_logprobs':3"),
     "{'logprobs':null,'top_logprobs':null}", NULL, NULL, 0},
    {"too many top_logprobs are named", ASK(",'logprobs':true,'top_logprobs':21"),
     "{'logprobs':true,'top_logprobs':null}", "top_logprobs", NULL, 0},
    {"n of 1", ASK(",'n':1"), "{}", NULL, NULL, 0},
    {"n of null", ASK(",'n':null"), "{}", NULL, NULL, 0},
    {"n of one and a half is refused", ASK(",'n':1.5"), NULL, NULL, "n other than 1", 0},
    {"n of 0 is refused", ASK(",'n':0"), NULL, NULL, "n other than 1", 0},
    {"n in quotes is refused", ASK(",'n':'1'"), NULL, NULL, "n other than 1", 0},
    {"n of 2 is refused", ASK(",'n':2"), NULL, NULL, "n other than 1", 0},
    {"audio output is refused", ASK(",'modalities':['text','audio'],'audio':{'voice':'x'}"), NULL,
     NULL, "text only", 0},
    {"text output may be said", ASK(",'modalities':['text']"), "{}", NULL, NULL, 0},
    {"image output is refused", ASK(",'modalities':['image']"), NULL, NULL, "text only", 0},
    {"web search is refused", ASK(",'web_search_options':{}"), NULL, NULL, "search the web", 0},
    {"logit_bias is named", ASK(",'logit_bias':{'50256':-100}"), "{}", "logit_bias", NULL, 0},
    {"an empty logit_bias asks for nothing", ASK(",'logit_bias':{}"), "{}", NULL, NULL, 0},
    {"the provider's books are dropped silently",
     ASK(",'user':'u','metadata':{'a':'b'},'store':true,'service_tier':'auto','prompt_cache_key':"
         "'k','safety_identifier':'s','prediction':{'type':'content'},"
         "'stream_options':{'include_usage':true},'parallel_tool_calls':false"),
     "{'options':{'num_ctx':8192}}", NULL, NULL, 0},
    {"verbosity is named", ASK(",'verbosity':'low'"), "{}", "verbosity", NULL, 0},
    {"members of reasoning that are not heard are named",
     ASK(",'reasoning':{'effort':'low','max_tokens':100,'summary':'auto','exclude':false}"),
     "{'think':'low'}", "reasoning.max_tokens, reasoning.summary", NULL, 0},
    {"members of stream_options, too",
     ASK(",'stream_options':{'include_usage':true,'include_obfuscation':true,'pace':5}"), "{}",
     "stream_options.pace", NULL, 0},
    {"a field that nobody knows is named", ASK(",'thinking_budget':5,'chat_mode':'x'"), "{}",
     "thinking_budget, chat_mode", NULL, 0},
    {"a field with a name that fits no header", ASK(",'a\\r\\nx':1,'b c':2"), "{}", "other", NULL,
     0},
    {"messages are missing", "{'model':'x'}", NULL, NULL, "messages is missing", 0},
    {"messages are empty", "{'messages':[]}", NULL, NULL, "messages is empty", 0},
    {"the body is an array", "[]", NULL, NULL, "not a JSON object", 0},
    {"the body is not JSON", "{", NULL, NULL, "cannot be read", 0},
};

START_TEST(every_field_is_carried_over_named_or_refused)
{
    translate_row_check(&rows[_i]);
}
END_TEST

/* What Ollama has no place for, and others do. */
START_TEST(what_others_can_say_is_kept)
{
    struct chat_request request;
    struct buf dropped;
    struct error why = ERROR_NONE;
    char *body = json_row_text(
        "{'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
        "'https://x/y.png'}}]}],'tools':[{'type':'function','function':{'name':'f','strict':true}}"
        ",{'type':'function','function':{'name':'g'}}],'tool_choice':{'type':'function','function':"
        "{'name':'g'}},'parallel_tool_calls':false,'user':'bob','response_format':{'type':"
        "'json_schema','json_schema':{'name':'n','strict':true,'schema':{'type':'object'}}}}");
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    chat_request_init(&request, &dropped);
    request.carries = CHAT_CARRY_URL | CHAT_CARRY_STRICT | CHAT_CARRY_CHOICE;
    ck_assert_msg(dialect_openai.app->request_read(text_of(body), &request, &why) == 0, "%s",
                  why.text);
    ck_assert_int_eq(request.messages[0].parts[0].source, CHAT_SOURCE_URL);
    ck_assert_uint_eq(request.tool_count, 2);
    ck_assert(request.tools[0].strict && !request.tools[1].strict);
    ck_assert(request.choice == CHAT_CHOICE_NAMED && text_equals(request.choice_name, "g"));
    ck_assert(request.one_call && request.schema_strict);
    ck_assert(text_equals(request.schema_name, "n") && text_equals(request.user, "bob"));
    ck_assert_uint_eq(dropped.len, 0);
    chat_request_done(&request);
    buf_done(&dropped);
    free(body);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai");
    TCase *tc = tcase_create("fields");
    tcase_add_loop_test(tc, every_field_is_carried_over_named_or_refused, 0, TRANSLATE_ROWS(rows));
    tcase_add_test(tc, what_others_can_say_is_kept);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
