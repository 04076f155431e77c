/* Is it the answer that was asked for: events of streams, and whole answers. */
#include "json_row.h"
#include "openai/judge.h"
#include "text/buf.h"
#include "unit.h"

enum { CONTENT = 1, FINISHED = 2, DONE = 4, POLICY = 8 };

static unsigned known(const struct answer_facts *facts)
{
    return (facts->content ? CONTENT : 0u) | (facts->finished ? FINISHED : 0u) |
           (facts->done ? DONE : 0u) | (facts->policy ? POLICY : 0u);
}

#define DELTA(members)  "{'choices':[{'index':0,'delta':{" members "},'finish_reason':null}]}"
#define FINISH(reason)  "{'choices':[{'index':0,'delta':{},'finish_reason':" reason "}]}"
#define FAILED(members) "{'error':{" members "}}"
#define INSIDE(text, code, reason)                                                                 \
    "{'choices':[{'index':0,'delta':{'content':" text "},'error':{'code':" code                    \
    ",'message':'Provider disconnected'},'finish_reason':" reason "}]}"

static const struct {
    const char *name;
    const char *event; /* its name; NULL = none */
    const char *data;  /* with ' for " */
    unsigned known;
    enum failure failure;
} events[] = {
    /* What an answer comes in. */
    {"text", NULL, DELTA("'content':'x'"), CONTENT, FAILURE_NONE},
    {"a blank is text", NULL, DELTA("'content':' '"), CONTENT, FAILURE_NONE},
    {"an escape is text", NULL, DELTA("'content':'\\n'"), CONTENT, FAILURE_NONE},
    {"text in parts", NULL, DELTA("'content':[{'type':'text'}]"), CONTENT, FAILURE_NONE},
    {"a tool call", NULL, DELTA("'tool_calls':[{'index':0,'id':'c'}]"), CONTENT, FAILURE_NONE},
    {"a function call", NULL, DELTA("'function_call':{'name':'f'}"), CONTENT, FAILURE_NONE},
    {"a refusal", NULL, DELTA("'content':null,'refusal':'no'"), CONTENT, FAILURE_NONE},
    {"DeepSeek's reasoning", NULL, DELTA("'reasoning_content':'hm'"), CONTENT, FAILURE_NONE},
    {"OpenRouter's reasoning", NULL, DELTA("'reasoning':'hm'"), CONTENT, FAILURE_NONE},
    {"OpenRouter's reasoning in detail", NULL, DELTA("'reasoning_details':[{}]"), CONTENT,
     FAILURE_NONE},
    {"sound", NULL, DELTA("'audio':{'id':'a'}"), CONTENT, FAILURE_NONE},
    {"an image", NULL, DELTA("'images':[{}]"), CONTENT, FAILURE_NONE},
    {"text of completions", NULL, "{'choices':[{'index':0,'text':'x'}]}", CONTENT, FAILURE_NONE},
    {"a name for the event", "message", DELTA("'content':'x'"), CONTENT, FAILURE_NONE},
    {"an escaped name of a member", NULL, DELTA("'con\\u0074ent':'x'"), CONTENT, FAILURE_NONE},
    {"blanks everywhere", NULL, " { 'choices' : [ { 'delta' : { 'content' : 'x' } } ] } ", CONTENT,
     FAILURE_NONE},

    /* What is no answer yet. */
    {"the role", NULL, DELTA("'role':'assistant','content':'','refusal':null"), 0, FAILURE_NONE},
    {"content null", NULL, DELTA("'content':null"), 0, FAILURE_NONE},
    {"nothing in any member", NULL,
     DELTA("'content':'','tool_calls':[],'reasoning':'','reasoning_details':[],'audio':{}"), 0,
     FAILURE_NONE},
    {"an empty delta", NULL, DELTA(""), 0, FAILURE_NONE},
    {"a member nobody knows", NULL, DELTA("'mood':'good'"), 0, FAILURE_NONE},
    {"empty text of completions", NULL, "{'choices':[{'index':0,'text':''}]}", 0, FAILURE_NONE},
    {"no choices", NULL, "{'choices':[]}", 0, FAILURE_NONE},
    {"Azure's first event", NULL, "{'choices':[],'prompt_filter_results':[{'prompt_index':0}]}", 0,
     FAILURE_NONE},
    {"Azure's filter results", NULL,
     "{'choices':[{'index':0,'content_filter_results':{'hate':{}},'finish_reason':null}]}", 0,
     FAILURE_NONE},
    {"an object of something else", NULL, "{'object':'ping'}", 0, FAILURE_NONE},
    {"no JSON", NULL, "ping", 0, FAILURE_NONE},
    {"cut JSON", NULL, "{'choices':[{'delta':{'content':'x'}", 0, FAILURE_NONE},
    {"an array", NULL, "[]", 0, FAILURE_NONE},
    {"choices that are none", NULL, "{'choices':'x'}", 0, FAILURE_NONE},

    /* The end. */
    {"stop", NULL, FINISH("'stop'"), CONTENT | FINISHED, FAILURE_NONE},
    {"length", NULL, FINISH("'length'"), CONTENT | FINISHED, FAILURE_NONE},
    {"tool_calls", NULL, FINISH("'tool_calls'"), CONTENT | FINISHED, FAILURE_NONE},
    {"content_filter", NULL, FINISH("'content_filter'"), CONTENT | FINISHED | POLICY, FAILURE_NONE},
    {"Z.ai's sensitive", NULL, FINISH("'sensitive'"), CONTENT | FINISHED | POLICY, FAILURE_NONE},
    {"an empty finish_reason is none", NULL, FINISH("''"), 0, FAILURE_NONE},
    {"a finish_reason that is no text", NULL, FINISH("1"), 0, FAILURE_NONE},
    {"[DONE]", NULL, "[DONE]", DONE, FAILURE_NONE},
    {"[DONE] with blanks", NULL, " [DONE] ", DONE, FAILURE_NONE},
    {"[done] is not it", NULL, "[done]", 0, FAILURE_NONE},

    /* Errors. */
    {"an error object", NULL, FAILED("'message':'no','type':'server_error'"), 0, FAILURE_SERVER},
    {"an error object with a rate limit", NULL, FAILED("'code':'rate_limit_exceeded'"), 0,
     FAILURE_RATE_LIMIT},
    {"an error object with a filter", NULL, FAILED("'code':'content_filter'"), 0, FAILURE_POLICY},
    {"an error object with the context", NULL, FAILED("'code':'context_length_exceeded'"), 0,
     FAILURE_CONTEXT},
    {"an error object with nothing in it", NULL, FAILED(""), 0, FAILURE_SERVER},
    {"an error that is a text", NULL, "{'error':'overloaded'}", 0, FAILURE_SERVER},
    {"Google's error in a list", NULL,
     "[{'error':{'code':429,'message':'no','status':'RESOURCE_EXHAUSTED'}}]", 0,
     FAILURE_RATE_LIMIT},
    {"a list of something else", NULL, "[{'choices':[{'delta':{'content':'hi'}}]}]", 0,
     FAILURE_NONE},
    {"a flat error", NULL,
     "{'object':'error','message':'Service unavailable.','type':'x','code':'3000'}", 0,
     FAILURE_SERVER},
    {"an object that is no error", NULL, "{'object':'errors','message':'hi'}", 0, FAILURE_NONE},
    {"an error beside choices", NULL,
     "{'choices':[{'index':0,'delta':{'content':''},'finish_reason':'error'}],"
     "'error':{'code':502,'message':'Provider disconnected'}}",
     0, FAILURE_SERVER},
    {"an error inside a choice", NULL, INSIDE("''", "502", "'error'"), 0, FAILURE_SERVER},
    {"an error inside a choice with text", NULL, INSIDE("'x'", "502", "'stop'"), 0, FAILURE_SERVER},
    {"an error inside a choice goes by its code", NULL, INSIDE("''", "429", "null"), 0,
     FAILURE_RATE_LIMIT},
    {"a refusal inside a choice", NULL, INSIDE("''", "'content_filter'", "'error'"), 0,
     FAILURE_POLICY},
    {"error null inside a choice", NULL,
     "{'choices':[{'index':0,'delta':{'content':'x'},'error':null,'finish_reason':null}]}", CONTENT,
     FAILURE_NONE},
    {"a text that speaks of an error", NULL, DELTA("'content':'{\\'error\\':1}'"), CONTENT,
     FAILURE_NONE},
    {"finish_reason error", NULL, FINISH("'error'"), 0, FAILURE_SERVER},
    {"finish_reason error with escapes", NULL, FINISH("'err\\u006fr'"), 0, FAILURE_SERVER},
    {"Z.ai's finish_reason network_error", NULL, FINISH("'network_error'"), 0, FAILURE_SERVER},
    {"DeepSeek's finish_reason insufficient_system_resource", NULL,
     FINISH("'insufficient_system_resource'"), 0, FAILURE_SERVER},
    {"Anthropic's error event", "error",
     "{'type':'error','error':{'type':'overloaded_error','message':'Overloaded'}}", 0,
     FAILURE_SERVER},
    {"an error event with a message only", "error", "{'message':'Overloaded'}", 0, FAILURE_SERVER},
    {"an error event that is no JSON", "error", "overloaded", 0, FAILURE_SERVER},
    {"an error event without data", "error", "", 0, FAILURE_SERVER},
    {"MiniMax's base_resp", NULL,
     "{'choices':null,'base_resp':{'status_code':1008,'status_msg':'insufficient balance'}}", 0,
     FAILURE_QUOTA},
    {"MiniMax's base_resp of a good event", NULL,
     "{'choices':[{'index':0,'delta':{'content':'x'}}],'base_resp':{'status_code':0,"
     "'status_msg':''}}",
     CONTENT, FAILURE_NONE},
    {"Google's error in an array", NULL, "[{'error':{'code':503,'message':'overloaded'}}]", 0,
     FAILURE_SERVER},
    {"an array of something else", NULL, "[{'object':'ping'}]", 0, FAILURE_NONE},
    {"Mistral's object that is an error", NULL,
     "{'object':'error','message':'Service unavailable.','type':'internal_server_error'}", 0,
     FAILURE_SERVER},
    {"error null is none", NULL, "{'error':null}", 0, FAILURE_NONE},
    {"error false is none", NULL, "{'error':false}", 0, FAILURE_NONE},
    {"an empty error is none", NULL, "{'error':''}", 0, FAILURE_NONE},
};

START_TEST(an_event_is_judged)
{
    struct judge judge = {0};
    struct answer_facts facts = answer_facts_none();
    char *data = json_row_text(events[_i].data);
    judge_event(&judge, text_of(events[_i].event), text_of(data), &facts);
    ck_assert_msg(known(&facts) == events[_i].known, "%s: %u", events[_i].name, known(&facts));
    ck_assert_msg(facts.failure == events[_i].failure, "%s: %s", events[_i].name,
                  failure_word(facts.failure));
    ck_assert_msg((facts.failure == FAILURE_NONE) ==
                      (facts.error.message[0] == '\0' && facts.error.code[0] == '\0'),
                  "%s: %s", events[_i].name, facts.error.message);
    free(data);
}
END_TEST

/* Apps look at the member `error` of an object; what is told elsewhere they would take for nothing.
 */
static const struct {
    const char *event;
    const char *data;
    bool aside;
} asides[] = {
    {NULL, "{'error':{'message':'no'}}", false},
    {NULL, "{'code':'x','error':'no'}", false},
    {"error", "{'message':'no'}", false},
    {NULL, "[{'error':{'message':'no'}}]", true},
    {NULL, "{'object':'error','message':'no'}", true},
    {NULL, "{'choices':null,'base_resp':{'status_code':1000,'status_msg':'no'}}", true},
    {NULL, "{'choices':[{'index':0,'delta':{},'error':{'message':'no'}}]}", true},
};

START_TEST(an_error_that_apps_would_not_see_is_told_aside)
{
    struct judge judge = {0};
    struct answer_facts facts = answer_facts_none();
    char *data = json_row_text(asides[_i].data);
    judge_event(&judge, text_of(asides[_i].event), text_of(data), &facts);
    ck_assert_msg(facts.failure == FAILURE_SERVER && facts.told_aside == asides[_i].aside, "%s",
                  data);
    free(data);
}
END_TEST

/* Events of one stream, and whether it is finished after each. */
static const struct {
    const char *name;
    const char *data[6];
    bool finished[6];
} streams[] = {
    {"one choice", {DELTA("'content':'x'"), FINISH("'stop'")}, {false, true}},
    {"usage behind the finish",
     {FINISH("'stop'"), "{'choices':[],'usage':{'prompt_tokens':1}}"},
     {true, true}},
    {"two choices, one after the other",
     {"{'choices':[{'index':0,'delta':{'content':'a'}},{'index':1,'delta':{'content':'b'}}]}",
      "{'choices':[{'index':1,'finish_reason':'stop'}]}",
      "{'choices':[{'index':0,'finish_reason':'stop'}]}"},
     {false, false, true}},
    {"a second choice that begins late",
     {FINISH("'stop'"), "{'choices':[{'index':1,'delta':{'content':'b'}}]}",
      "{'choices':[{'index':1,'finish_reason':'length'}]}"},
     {true, false, true}},
    {"a choice without an index is the first",
     {"{'choices':[{'delta':{'content':'a'}}]}", FINISH("'stop'")},
     {false, true}},
    {"the last choice that has a bit of its own",
     {"{'choices':[{'index':62,'delta':{'content':'a'}}]}",
      "{'choices':[{'index':63,'finish_reason':'stop'}]}",
      "{'choices':[{'index':62,'finish_reason':'stop'}]}"},
     {false, false, true}},
    {"choices beyond that share one",
     {"{'choices':[{'index':64,'delta':{'content':'a'}}]}",
      "{'choices':[{'index':99999999999999999999,'finish_reason':'stop'}]}",
      "{'choices':[{'index':9223372036854775807,'finish_reason':'stop'}]}"},
     {false, false, true}},
};

START_TEST(a_stream_is_finished_when_every_choice_is)
{
    struct judge judge = {0};
    struct answer_facts facts = answer_facts_none();
    for (int i = 0; i < 6 && streams[_i].data[i]; i++) {
        char *data = json_row_text(streams[_i].data[i]);
        judge_event(&judge, text_of(NULL), text_of(data), &facts);
        ck_assert_msg(facts.finished == streams[_i].finished[i], "%s: event %d", streams[_i].name,
                      i);
        free(data);
    }
}
END_TEST

static const struct {
    const char *name;
    const char *usage;
    int64_t prompt, completion, cached;
} usages[] = {
    {"both", "{'prompt_tokens':9,'completion_tokens':12,'total_tokens':21}", 9, 12, -1},
    {"zeros", "{'prompt_tokens':0,'completion_tokens':0}", 0, 0, -1},
    {"one only", "{'prompt_tokens':9}", 9, -1, -1},
    {"null", "null", -1, -1, -1},
    {"no numbers", "{'prompt_tokens':'9','completion_tokens':null}", -1, -1, -1},
    {"negative", "{'prompt_tokens':-9,'completion_tokens':1}", -1, 1, -1},
    {"more than 64 bits", "{'prompt_tokens':9223372036854775808,'completion_tokens':1}", -1, 1, -1},
    {"no object", "[9]", -1, -1, -1},
    {"OpenAI's cache", "{'prompt_tokens':9,'prompt_tokens_details':{'cached_tokens':5}}", 9, -1, 5},
    {"nothing cached", "{'prompt_tokens':9,'prompt_tokens_details':{'cached_tokens':0}}", 9, -1, 0},
    {"DeepSeek's cache",
     "{'prompt_tokens':9,'prompt_cache_hit_tokens':6,'prompt_cache_miss_tokens':3}", 9, -1, 6},
    {"Moonshot's cache", "{'prompt_tokens':9,'cached_tokens':7}", 9, -1, 7},
    {"no details", "{'prompt_tokens':9,'prompt_tokens_details':null}", 9, -1, -1},
};

START_TEST(usage_is_read_in_events_and_whole_answers)
{
    struct buf body;
    struct judge judge = {0};
    struct answer_facts event = answer_facts_none(), whole = answer_facts_none();
    char *usage = json_row_text(usages[_i].usage);
    buf_init(&body, 4096);
    ck_assert_int_eq(
        buf_printf(&body, "{\"choices\":[{\"message\":{\"content\":\"x\"}}],\"usage\":%s}", usage),
        0);
    judge_event(&judge, text_of(NULL), buf_text(&body), &event);
    judge_whole(text_of(NULL), buf_text(&body), &whole);
    ck_assert_msg(event.prompt_tokens == usages[_i].prompt &&
                      event.completion_tokens == usages[_i].completion &&
                      event.cached_tokens == usages[_i].cached,
                  "%s", usages[_i].name);
    ck_assert_msg(whole.failure == FAILURE_NONE && whole.prompt_tokens == usages[_i].prompt &&
                      whole.completion_tokens == usages[_i].completion &&
                      whole.cached_tokens == usages[_i].cached,
                  "%s, whole", usages[_i].name);
    buf_done(&body);
    free(usage);
}
END_TEST

#define CHOICE "{'index':0,'message':{'role':'assistant','content':'hi'},'finish_reason':'stop'}"

static const struct {
    const char *name;
    const char *type; /* NULL = absent */
    const char *body;
    enum failure failure;
    const char *message; /* part of it */
} wholes[] = {
    {"an answer", "application/json", "{'choices':[" CHOICE "]}", FAILURE_NONE, ""},
    {"without a type", NULL, "{'choices':[" CHOICE "]}", FAILURE_NONE, ""},
    {"as text", "text/plain", "{'choices':[" CHOICE "]}", FAILURE_NONE, ""},
    {"two choices", NULL, "{'choices':[" CHOICE "," CHOICE "]}", FAILURE_NONE, ""},
    {"blanks around it", NULL, "\r\n {'choices':[" CHOICE "]}\n\n", FAILURE_NONE, ""},
    {"completions", NULL, "{'choices':[{'text':'hi','finish_reason':'stop'}]}", FAILURE_NONE, ""},
    {"an empty message is an answer", NULL, "{'choices':[{'message':{}}]}", FAILURE_NONE, ""},
    {"error null beside it", NULL, "{'error':null,'choices':[" CHOICE "]}", FAILURE_NONE, ""},
    {"numbers that no double holds", NULL,
     "{'created':1e999,'big':123456789012345678901234567890,'choices':[" CHOICE "]}", FAILURE_NONE,
     ""},
    {"nothing", "application/json", "", FAILURE_PROTOCOL, "empty"},
    {"blanks only", "application/json", " \r\n", FAILURE_PROTOCOL, "empty"},
    {"a web page", "text/html; charset=utf-8", "<html></html>", FAILURE_PROTOCOL, "web page"},
    {"a web page by its type", "Text/HTML", "{'choices':[" CHOICE "]}", FAILURE_PROTOCOL,
     "web page"},
    {"a web page by its look", "application/json", " <!DOCTYPE html>", FAILURE_PROTOCOL,
     "web page"},
    {"text", NULL, "hello", FAILURE_PROTOCOL, "not JSON"},
    {"a stream", "text/event-stream", "data: {'choices':[]}\n\n", FAILURE_PROTOCOL, "a stream"},
    {"a stream without a type", NULL, "\n: hi\n\ndata: {}\n\n", FAILURE_PROTOCOL, "a stream"},
    {"a stream that begins with its event's name", NULL, "event: x\ndata: {}\n\n", FAILURE_PROTOCOL,
     "a stream"},
    {"JSON with a stream's type", "text/event-stream", "{'choices':[" CHOICE "]}", FAILURE_NONE,
     ""},
    {"cut JSON", NULL, "{'choices':[" CHOICE "]", FAILURE_PROTOCOL, "not JSON"},
    {"more behind it", NULL, "{'choices':[" CHOICE "]}{}", FAILURE_PROTOCOL, "not JSON"},
    {"broken UTF-8", NULL, "{'choices':[{'message':{'content':'\xff'}}]}", FAILURE_PROTOCOL,
     "not JSON"},
    {"an array", NULL, "[]", FAILURE_PROTOCOL, "not a JSON object"},
    {"null", NULL, "null", FAILURE_PROTOCOL, "not a JSON object"},
    {"an empty object", NULL, "{}", FAILURE_PROTOCOL, "no choices"},
    {"no choices in it", NULL, "{'choices':[]}", FAILURE_PROTOCOL, "no choices"},
    {"choices null", NULL, "{'choices':null}", FAILURE_PROTOCOL, "no choices"},
    {"a choice without a message", NULL, "{'choices':[{'index':0}]}", FAILURE_PROTOCOL,
     "without a message"},
    {"a message null", NULL, "{'choices':[{'message':null}]}", FAILURE_PROTOCOL,
     "without a message"},
    {"a first choice without a message", NULL, "{'choices':[{}," CHOICE "]}", FAILURE_PROTOCOL,
     "without a message"},
    {"a second choice without a message", NULL, "{'choices':[" CHOICE ",{}]}", FAILURE_PROTOCOL,
     "without a message"},
    {"an error object", NULL, FAILED("'message':'no'"), FAILURE_SERVER, "no"},
    {"an error object beside choices", NULL, "{'choices':[" CHOICE "],'error':{'message':'no'}}",
     FAILURE_SERVER, "no"},
    {"an error with a web page's type", "text/html", FAILED("'message':'no'"), FAILURE_SERVER,
     "no"},
    {"an error in an array", NULL, "[" FAILED("'code':503,'message':'The model is overloaded'") "]",
     FAILURE_SERVER, "overloaded"},
    {"a used up account", NULL, FAILED("'code':'insufficient_quota','message':'no'"), FAILURE_QUOTA,
     "no"},
    {"a refusal", NULL, FAILED("'code':'content_filter','message':'no'"), FAILURE_POLICY, "no"},
    {"an error without a word", NULL, FAILED(""), FAILURE_SERVER, "without a message"},
    {"an error inside a choice", NULL,
     "{'choices':[{'index':0,'finish_reason':'error','message':{'role':'assistant','content':''},"
     "'error':{'code':502,'message':'Provider disconnected'}}]}",
     FAILURE_SERVER, "Provider disconnected"},
    {"an error inside the second choice", NULL,
     "{'choices':[" CHOICE ",{'index':1,'message':{'content':'h'},'error':{'code':429,"
     "'message':'slow down'}}]}",
     FAILURE_RATE_LIMIT, "slow down"},
    {"an error inside a choice without a message", NULL,
     "{'choices':[{'index':0,'error':{'message':'no'}}]}", FAILURE_SERVER, "no"},
    {"a refusal inside a choice", NULL,
     "{'choices':[{'message':{},'error':{'code':'content_filter','message':'no'}}]}",
     FAILURE_POLICY, "no"},
    {"MiniMax's base_resp", NULL,
     "{'id':'1','choices':null,'base_resp':{'status_code':1027,"
     "'status_msg':'output new_sensitive'}}",
     FAILURE_POLICY, "new_sensitive"},
    {"MiniMax's base_resp of a good answer", NULL,
     "{'choices':[" CHOICE "],'base_resp':{'status_code':0,'status_msg':''}}", FAILURE_NONE, ""},
    {"Mistral's object that is an error", NULL,
     "{'object':'error','message':'Service unavailable.','type':'internal_server_error'}",
     FAILURE_SERVER, "Service unavailable"},
    {"finish_reason error", NULL,
     "{'choices':[{'message':{'content':'half'},'finish_reason':'error'}]}", FAILURE_SERVER,
     "finish_reason error"},
    {"finish_reason error of completions", NULL,
     "{'choices':[{'text':'half','finish_reason':'error'}]}", FAILURE_SERVER, "finish_reason"},
    /* What the one walk could get wrong. */
    {"an error behind good choices", NULL,
     "{'choices':[" CHOICE "],'error':{'message':'quota gone','code':'insufficient_quota'}}",
     FAILURE_QUOTA, "quota gone"},
    {"an error behind broken choices", NULL,
     "{'choices':[{}],'error':{'message':'quota gone','code':'insufficient_quota'}}", FAILURE_QUOTA,
     "quota gone"},
    {"an error behind one inside a choice", NULL,
     "{'choices':[{'error':{'message':'inner'}}],"
     "'error':{'message':'quota gone','code':'insufficient_quota'}}",
     FAILURE_QUOTA, "quota gone"},
    {"an error inside a choice of what is no JSON", NULL,
     "{'choices':[{'error':{'message':'inner'}}],", FAILURE_PROTOCOL, "not JSON"},
    {"an error inside the second choice", NULL,
     "{'choices':[" CHOICE ",{'error':{'message':'inner'}}]}", FAILURE_SERVER, "inner"},
    {"a broken choice before an error inside one", NULL,
     "{'choices':[{},{'error':{'message':'inner'}}]}", FAILURE_PROTOCOL, "without a message"},
    {"a broken choice behind an error inside one", NULL,
     "{'choices':[{'error':{'message':'inner'}},{}]}", FAILURE_SERVER, "inner"},
    {"a broken choice behind a good one", NULL, "{'choices':[" CHOICE ",{'finish_reason':'stop'}]}",
     FAILURE_PROTOCOL, "without a message"},
    {"a choice that is no object", NULL, "{'choices':[" CHOICE ",7]}", FAILURE_PROTOCOL,
     "without a message"},
    {"choices twice, the first good", NULL, "{'choices':[" CHOICE "],'choices':[]}", FAILURE_NONE,
     ""},
    {"choices twice, the first empty", NULL, "{'choices':[],'choices':[" CHOICE "]}",
     FAILURE_PROTOCOL, "no choices"},
    {"choices that are an object", NULL, "{'choices':{'0':" CHOICE "}}", FAILURE_PROTOCOL,
     "no choices"},
    {"choices elsewhere", NULL, "{'data':{'choices':[" CHOICE "]}}", FAILURE_PROTOCOL,
     "no choices"},
    {"a message twice, the first none", NULL,
     "{'choices':[{'message':null,'message':{'content':'x'}}]}", FAILURE_PROTOCOL,
     "without a message"},
    {"names with escapes", NULL,
     "{'choic\\u0065s':[{'mess\\u0061ge':{'content':'x'},'finish_reas\\u006fn':'stop'}]}",
     FAILURE_NONE, ""},
};

START_TEST(a_whole_answer_is_judged)
{
    struct answer_facts facts = answer_facts_none();
    char *body = json_row_text(wholes[_i].body);
    judge_whole(text_of(wholes[_i].type), text_of(body), &facts);
    bool good = wholes[_i].failure == FAILURE_NONE;
    ck_assert_msg(facts.failure == wholes[_i].failure, "%s: %s", wholes[_i].name,
                  failure_word(facts.failure));
    ck_assert_msg(strstr(facts.error.message, wholes[_i].message) != NULL, "%s: %s",
                  wholes[_i].name, facts.error.message);
    ck_assert_msg(facts.repeats == (strcmp(wholes[_i].message, "a stream") == 0), "%s",
                  wholes[_i].name);
    ck_assert_msg(known(&facts) == (good ? CONTENT | FINISHED | DONE : 0u), "%s", wholes[_i].name);
    free(body);
}
END_TEST

START_TEST(a_filtered_whole_answer_is_an_answer_and_noted)
{
    struct answer_facts facts = answer_facts_none();
    judge_whole(text_of("application/json"),
                text_of("{\"choices\":[{\"message\":{\"content\":\"\"},"
                        "\"finish_reason\":\"content_filter\"}]}"),
                &facts);
    ck_assert_int_eq(facts.failure, FAILURE_NONE);
    ck_assert_uint_eq(known(&facts), CONTENT | FINISHED | DONE | POLICY);
}
END_TEST

START_TEST(a_nul_in_a_whole_answer_is_not_json)
{
    static const char body[] = "{\"choices\":[{\"message\":{}}]}\0";
    struct answer_facts facts = answer_facts_none();
    judge_whole(text_of(NULL), text_make(body, sizeof(body) - 1), &facts);
    ck_assert_int_eq(facts.failure, FAILURE_PROTOCOL);
}
END_TEST

START_TEST(what_is_refused_has_its_error_or_the_reason)
{
    static const struct {
        const char *body;
        enum failure failure;
        const char *message;
    } rows[] = {
        {"{\"choices\":[]}", FAILURE_PROTOCOL, "because"},
        {"<html>", FAILURE_PROTOCOL, "because"},
        {"", FAILURE_PROTOCOL, "because"},
        {"[]", FAILURE_PROTOCOL, "because"},
        {"{\"error\":{\"message\":\"no\"}}", FAILURE_SERVER, "no"},
        {"[{\"error\":{\"message\":\"no\"}}]", FAILURE_SERVER, "no"},
    };
    for (int i = 0; i < ROWS(rows); i++) {
        struct answer_facts facts = answer_facts_none();
        judge_refused(text_of(rows[i].body), "because", &facts);
        ck_assert_msg(facts.failure == rows[i].failure, "%s", rows[i].body);
        ck_assert_str_eq(facts.error.message, rows[i].message);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("judge");
    TCase *tc = tcase_create("answers");
    tcase_add_loop_test(tc, an_event_is_judged, 0, ROWS(events));
    tcase_add_loop_test(tc, an_error_that_apps_would_not_see_is_told_aside, 0, ROWS(asides));
    tcase_add_loop_test(tc, a_stream_is_finished_when_every_choice_is, 0, ROWS(streams));
    tcase_add_loop_test(tc, usage_is_read_in_events_and_whole_answers, 0, ROWS(usages));
    tcase_add_loop_test(tc, a_whole_answer_is_judged, 0, ROWS(wholes));
    tcase_add_test(tc, a_filtered_whole_answer_is_an_answer_and_noted);
    tcase_add_test(tc, a_nul_in_a_whole_answer_is_not_json);
    tcase_add_test(tc, what_is_refused_has_its_error_or_the_reason);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
