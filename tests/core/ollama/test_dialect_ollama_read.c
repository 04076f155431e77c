/* What Ollama's own apps ask, written anew for Ollama: it says what was asked. */
#include "dialect/translate_row.h"
#include "ollama/dialect_ollama.h"
#include "unit.h"

#define ASKS "'messages':[{'role':'user','content':'Hi'}]"
#define PNG  "iVBORw0KGgo="

static const struct translate_row requests[] = {
    {"a text, and the default is a stream", "{'model':'x'," ASKS "}",
     "{'model':'m:1','messages':[{'role':'user','content':'Hi'}],'stream':true,'truncate':false}",
     NULL, NULL, 0},
    {"no stream", "{" ASKS ",'stream':false}", "{'stream':false}", NULL, NULL, 0},
    {"options",
     "{" ASKS ",'options':{'temperature':0.5,'seed':4,'stop':['x'],'num_predict':9,"
     "'top_k':3,'num_gpu':1,'num_ctx':99}}",
     "{'options':{'num_ctx':8192,'num_predict':9,'temperature':0.5,'seed':4,'top_k':3,"
     "'stop':['x']}}",
     NULL, NULL, 0},
    {"no limit", "{" ASKS ",'options':{'num_predict':-1}}", "{'options':{'num_ctx':8192}}", NULL,
     NULL, 0},
    {"an option that nobody knows", "{" ASKS ",'options':{'mirostat':1}}",
     "{'options':{'num_ctx':8192}}", "options.mirostat", NULL, 0},
    {"a member that nobody knows", "{" ASKS ",'wings':2,'none':[],'no':false}", "{'wings':null}",
     "wings", NULL, 0},
    {"JSON", "{" ASKS ",'format':'json'}", "{'format':'json'}", NULL, NULL, 0},
    {"a schema", "{" ASKS ",'format':{'type':'object'}}", "{'format':{'type':'object'}}", NULL,
     NULL, 0},
    {"no format", "{" ASKS ",'format':''}", "{'format':null}", NULL, NULL, 0},
    {"another format", "{" ASKS ",'format':'yaml'}", NULL, NULL, "format is neither", 0},
    {"thinking", "{" ASKS ",'think':true}", "{'think':true}", NULL, NULL, 0},
    {"no thinking", "{" ASKS ",'think':false}", "{'think':false}", NULL, NULL, 0},
    {"much thinking", "{" ASKS ",'think':'high'}", "{'think':'high'}", NULL, NULL, 0},
    {"odd thinking", "{" ASKS ",'think':'odd'}", NULL, NULL, "think is none of", 0},
    {"no object", "[1]", NULL, NULL, "the request is not a JSON object", 0},
    {"a word for stream", "{" ASKS ",'stream':'yes'}", NULL, NULL, "stream is neither", 0},
    {"options as a list", "{" ASKS ",'options':[1]}", NULL, NULL, "options is not an object", 0},
    {"an option without a value", "{" ASKS ",'options':{'stop':null}}",
     "{'options':{'num_ctx':8192}}", NULL, NULL, 0},
    {"a limit in words", "{" ASKS ",'options':{'num_predict':'9'}}", NULL, NULL,
     "options.num_predict is not a whole number", 0},
    {"one stop as a text", "{" ASKS ",'options':{'stop':'x'}}",
     "{'options':{'num_ctx':8192,'stop':['x']}}", NULL, NULL, 0},
    {"a stop that is a number", "{" ASKS ",'options':{'stop':['x',1]}}", NULL, NULL,
     "options.stop is not an array of texts", 0},
    {"too many logprobs", "{" ASKS ",'logprobs':true,'top_logprobs':21}", NULL, NULL,
     "top_logprobs is not a number from 0 to 20", 0},
};

START_TEST(a_chat_is_read)
{
    translate_row_check_of(&dialect_ollama, &requests[_i]);
}
END_TEST

static const struct translate_row prompts[] = {
    {"a prompt", "{'prompt':'Hi'}", "{'messages':[{'role':'user','content':'Hi'}],'stream':true}",
     NULL, NULL, 0},
    {"with a system and an image", "{'prompt':'?','system':'Be terse.','images':['" PNG "']}",
     "{'messages':[{'role':'system','content':'Be terse.'},{'role':'user','content':'?','images':"
     "['" PNG "']}]}",
     NULL, NULL, 0},
    {"an image alone", "{'images':['" PNG "']}",
     "{'messages':[{'role':'user','content':'','images':['" PNG "']}]}", NULL, NULL, 0},
    {"raw", "{'prompt':'Hi','raw':true}", "{'raw':null}", "raw", NULL, 0},
    {"nothing of those", "{'prompt':'Hi','suffix':'','template':'','context':[],'raw':false}",
     "{'suffix':null}", NULL, NULL, 0},
    {"a suffix", "{'prompt':'Hi','suffix':'x'}", NULL, NULL, "suffix", 0},
    {"a template", "{'prompt':'Hi','template':'x'}", NULL, NULL, "template", 0},
    {"a context", "{'prompt':'Hi','context':[1]}", NULL, NULL, "context", 0},
    {"nothing", "{}", NULL, NULL, "no prompt", 0},
    {"nothing to say", "{'prompt':''}", NULL, NULL, "no prompt", 0},
    {"a prompt of parts", "{'prompt':['Hi']}", NULL, NULL, "prompt is not a text", 0},
    {"a system of parts", "{'prompt':'Hi','system':['x']}", NULL, NULL, "system is not a text", 0},
};

START_TEST(a_generation_is_read)
{
    translate_row_check_of(&dialect_generate, &prompts[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_ollama_read");
    TCase *tc = tcase_create("all");
    tcase_add_loop_test(tc, a_chat_is_read, 0, ROWS(requests));
    tcase_add_loop_test(tc, a_generation_is_read, 0, ROWS(prompts));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
