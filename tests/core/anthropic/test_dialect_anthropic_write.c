/* OpenAI's chat as Messages ask for it: members of the request, what is named, what is refused. */
#include <errno.h>

#include "anthropic/dialect_anthropic.h"
#include "json_row.h"
#include "unit.h"

#define ASK(members)   "{'model':'gpt-4','messages':[{'role':'user','content':'hi'}]" members "}"
#define TALK(messages) "{'model':'gpt-4','messages':[" messages "]}"

#define HI       "{'role':'user','content':'hi'}"
#define TEXT(x)  "{'type':'text','text':'" x "'}"
#define USER(x)  "{'role':'user','content':[" x "]}"
#define MODEL(x) "{'role':'assistant','content':[" x "]}"
#define SAID_HI  USER(TEXT("hi"))

#define CALL(id, name, arguments)                                                                  \
    "{'id':'" id "','type':'function','function':{'name':'" name "','arguments':'" arguments "'}}"
#define CALLS(calls)         "{'role':'assistant','content':null,'tool_calls':[" calls "]}"
#define RESULT(id, text)     "{'role':'tool','tool_call_id':'" id "','content':'" text "'}"
#define USE(id, name, input) "{'type':'tool_use','id':'" id "','name':'" name "','input':" input "}"
#define GAVE(id, text)       "{'type':'tool_result','tool_use_id':'" id "','content':'" text "'}"

#define TOOL(name)      "{'type':'function','function':{'name':'" name "'}}"
#define TAKES_NOTHING   "'input_schema':{'type':'object'}"
#define CLOSED          "{'type':'object','properties':{},'additionalProperties':false}"
#define PNG             "iVBORw0KGgo="
#define IMAGE(url)      "{'type':'image_url','image_url':{'url':'" url "'}}"
#define SOURCE(members) "{'type':'image','source':{" members "}}"

static const struct row {
    const char *name;
    const char *body;    /* with ' for " */
    const char *want;    /* members; null = absent */
    const char *dropped; /* NULL = nothing */
    const char *refused; /* part of the reason */
    unsigned without;
    const char *begun;
} rows[] = {
    {"what is always there", ASK(),
     .want =
         "{'model':'claude-x','max_tokens':8192,'stream':false,'messages':[" SAID_HI
         "],'system':null,"
         "'tools':null,'tool_choice':null,'thinking':null,'output_config':null,'temperature':null,"
         "'metadata':null,'stop_sequences':null}"},
    {"a limit, a stream, a user", ASK(",'max_tokens':7,'stream':true,'user':'u1'"),
     .want = "{'max_tokens':7,'stream':true,'metadata':{'user_id':'u1'}}"},
    {"the newer limit", ASK(",'max_completion_tokens':5"), .want = "{'max_tokens':5}"},

    /* turns */
    {"turns", TALK(HI ",{'role':'assistant','content':'yes'}," HI),
     .want = "{'messages':[" SAID_HI "," MODEL(TEXT("yes")) "," SAID_HI "]}"},
    {"two of one role are one turn", TALK(HI "," HI),
     .want = "{'messages':[" USER(TEXT("hi") "," TEXT("hi")) "]}"},
    {"an empty answer is none", TALK(HI ",{'role':'assistant','content':''}," HI),
     .want = "{'messages':[" USER(TEXT("hi") "," TEXT("hi")) "]}"},
    {"a text of blanks is none",
     TALK("{'role':'user','content':[{'type':'text','text':' \\n'},{'type':'text','text':'a'}]}"),
     .want = "{'messages':[" USER(TEXT("a")) "]}"},
    {"texts of the system, wherever they stand",
     TALK("{'role':'system','content':'a'}," HI ",{'role':'developer','content':'b'}," HI),
     .want = "{'system':[" TEXT("a") "," TEXT("b") "],'messages':[" USER(
         TEXT("hi") "," TEXT("hi")) "]}"},
    {"nobody but the system", TALK("{'role':'system','content':'a'}"),
     .want = "{'system':[" TEXT("a") "],'messages':[" USER(TEXT("Begin.")) "]}"},
    {"the assistant first", TALK("{'role':'assistant','content':'hello'}," HI),
     .want = "{'messages':[" USER(TEXT("Begin.")) "," MODEL(TEXT("hello")) "," SAID_HI "]}"},
    {"the assistant last", TALK(HI ",{'role':'assistant','content':'so '}"),
     .want = "{'messages':[" SAID_HI "," MODEL(TEXT("so ")) "," USER(TEXT("Go on.")) "]}"},
    {"an answer that has begun", ASK(),
     .want = "{'messages':[" SAID_HI "," MODEL(TEXT("Once")) "]}", .begun = "Once"},

    /* calls */
    {"a call and its result",
     TALK(HI "," CALLS(CALL("c1", "f", "{\\'a\\':1}")) "," RESULT("c1", "rain")),
     .want = "{'messages':[" SAID_HI
             "," MODEL(USE("c1", "f", "{'a':1}")) "," USER(GAVE("c1", "rain")) "]}"},
    {"results of one turn, and what the user says behind them",
     TALK(HI "," CALLS(CALL("c1", "f", "{}") "," CALL("c2", "g", "{}")) "," RESULT(
         "c2", "b") "," RESULT("c1", "a") "," HI),
     .want = "{'messages':[" SAID_HI "," MODEL(USE("c1", "f", "{}") "," USE(
         "c2", "g", "{}")) "," USER(GAVE("c2", "b") "," GAVE("c1", "a") "," TEXT("hi")) "]}"},
    {"results come first", TALK(HI "," CALLS(CALL("c1", "f", "{}")) "," HI "," RESULT("c1", "a")),
     .want = "{'messages':[" SAID_HI
             "," MODEL(USE("c1", "f", "{}")) "," USER(GAVE("c1", "a") "," TEXT("hi")) "]}"},
    {"no arguments", TALK(HI "," CALLS(CALL("c1", "f", "")) "," RESULT("c1", "")),
     .want = "{'messages':[" SAID_HI "," MODEL(USE("c1", "f", "{}")) "," USER(
         "{'type':'tool_result','tool_use_id':'c1'}") "]}"},
    {"an id that does not fit",
     TALK(HI "," CALLS(CALL("f.x:0", "f", "{}")) "," RESULT("f.x:0", "a")),
     .want = "{'messages':[" SAID_HI
             "," MODEL(USE("call_1", "f", "{}")) "," USER(GAVE("call_1", "a")) "]}"},
    {"an id that comes again",
     TALK(HI "," CALLS(CALL("c", "f", "{}")) "," RESULT("c", "a") "," CALLS(
         CALL("c", "f", "{}")) "," RESULT("c", "b")),
     .want = "{'messages':[" SAID_HI "," MODEL(USE("c", "f", "{}")) "," USER(
         GAVE("c", "a")) "," MODEL(USE("call_1", "f", "{}")) "," USER(GAVE("call_1", "b")) "]}"},
    {"one of ours that the app uses, too",
     TALK(HI "," CALLS(CALL("call_1", "f", "{}") "," CALL("?", "g", "{}")) "," RESULT(
         "?", "b") "," RESULT("call_1", "a")),
     .want = "{'messages':[" SAID_HI "," MODEL(USE("call_1", "f", "{}") "," USE(
         "call_2", "g", "{}")) "," USER(GAVE("call_2", "b") "," GAVE("call_1", "a")) "]}"},
    {"calls of old have no ids",
     TALK(HI ",{'role':'assistant','content':null,'function_call':{'name':'f','arguments':'{}'}},"
             "{'role':'function','name':'f','content':'a'}"),
     .want = "{'messages':[" SAID_HI
             "," MODEL(USE("call_1", "f", "{}")) "," USER(GAVE("call_1", "a")) "]}"},
    {"a result that comes twice is once a result",
     TALK(HI "," CALLS(CALL("c1", "f", "{}")) "," RESULT("c1", "a") "," RESULT("c1", "b")),
     .want = "{'messages':[" SAID_HI
             "," MODEL(USE("c1", "f", "{}")) "," USER(GAVE("c1", "a") "," TEXT("b")) "]}"},
    {"a result of nothing is what the user says", TALK(HI "," RESULT("c9", "a")),
     .want = "{'messages':[" USER(TEXT("hi") "," TEXT("a")) "]}"},
    {"a call whose result never came has an empty one",
     TALK(HI
          "," CALLS(CALL("c1", "f", "{}") "," CALL("c2", "g", "{}")) "," RESULT("c2", "b") "," HI),
     .want =
         "{'messages':[" SAID_HI "," MODEL(USE("c1", "f", "{}") "," USE("c2", "g", "{}")) "," USER(
             GAVE("c2", "b") ",{'type':'tool_result','tool_use_id':'c1'}," TEXT("hi")) "]}"},
    {"an image of the system",
     TALK("{'role':'system','content':[{'type':'text','text':'a'}," IMAGE(
         "data:image/png;base64," PNG) "]}," HI),
     .want = "{'system':[" TEXT("a") "],'messages':[" SAID_HI "]}", .dropped = "messages.content"},

    /* images and the like */
    {"an image", TALK(USER(IMAGE("data:image/png;base64," PNG))),
     .want = "{'messages':[" USER(
         SOURCE("'type':'base64','media_type':'image/png','data':'" PNG "'")) "]}"},
    {"an image by its URL", TALK(USER(IMAGE("https://x.test/a.png"))),
     .want = "{'messages':[" USER(SOURCE("'type':'url','url':'https://x.test/a.png'")) "]}"},
    {"an image is what it begins with", TALK(USER(IMAGE("data:image/x-png;base64," PNG))),
     .want = "{'messages':[" USER(
         SOURCE("'type':'base64','media_type':'image/png','data':'" PNG "'")) "]}"},
    {"an image of another type", TALK(USER(IMAGE("data:image/bmp;base64,Qk0="))),
     .refused = "png, jpeg, gif and webp"},
    {"a sound", TALK(USER("{'type':'input_audio','input_audio':{'data':'aGk=','format':'wav'}}")),
     .refused = "cannot hear audio"},

    /* tools */
    {"a tool",
     ASK(",'tools':[{'type':'function','function':{'name':'f','description':'d','parameters':"
         "{'type':'object','properties':{'a':{'type':'string'}},'required':['a']}}}]"),
     .want = "{'tools':[{'name':'f','description':'d','input_schema':{'type':'object','properties':"
             "{'a':{'type':'string'}},'required':['a']}}],'tool_choice':null}"},
    {"a tool that takes nothing", ASK(",'tools':[" TOOL("f") "]"),
     .want = "{'tools':[{'name':'f'," TAKES_NOTHING "}]}"},
    {"a tool that is strict",
     ASK(",'tools':[{'type':'function','function':{'name':'f','strict':true}}]"),
     .want = "{'tools':[{'name':'f'," TAKES_NOTHING "}]}", .dropped = "tools.strict"},
    {"one call at a time", ASK(",'tools':[" TOOL("f") "],'parallel_tool_calls':false"),
     .want = "{'tool_choice':{'type':'auto','disable_parallel_tool_use':true}}"},
    {"any tool, one at a time",
     ASK(",'tools':[" TOOL("f") "],'tool_choice':'required','parallel_tool_calls':false"),
     .want = "{'tool_choice':{'type':'any','disable_parallel_tool_use':true}}"},
    {"that tool",
     ASK(",'tools':[" TOOL("f") "," TOOL("g") "],'tool_choice':{'type':'function','function':"
                                              "{'name':'g'}}"),
     .want = "{'tool_choice':{'type':'tool','name':'g'}}"},
    {"none of the tools", ASK(",'tools':[" TOOL("f") "],'tool_choice':'none'"),
     .want = "{'tools':[{'name':'f'," TAKES_NOTHING "}],'tool_choice':{'type':'none'}}"},
    {"no tools at all", ASK(",'tools':[],'parallel_tool_calls':false"),
     .want = "{'tools':null,'tool_choice':null}"},

    /* numbers */
    {"a temperature", ASK(",'temperature':0.3"), .want = "{'temperature':0.3}"},
    {"a temperature beyond 1", ASK(",'temperature':1.7"), .want = "{'temperature':1}",
     .dropped = "temperature"},
    {"a temperature of 2", ASK(",'temperature':2"), .want = "{'temperature':1}",
     .dropped = "temperature"},
    {"a temperature of 1", ASK(",'temperature':1"), .want = "{'temperature':1}"},
    {"a temperature below 0", ASK(",'temperature':-1,'top_p':0.5"),
     .want = "{'temperature':null,'top_p':0.5}", .dropped = "temperature"},
    {"top_p", ASK(",'top_p':0.4"), .want = "{'top_p':0.4}"},
    {"top_p beside a temperature", ASK(",'temperature':0.3,'top_p':0.4"),
     .want = "{'temperature':0.3,'top_p':null}", .dropped = "top_p"},
    {"top_p beyond 1", ASK(",'top_p':1.5"), .want = "{'top_p':null}", .dropped = "top_p"},
    {"numbers that it does not know", ASK(",'seed':3,'frequency_penalty':0.5,'presence_penalty':1"),
     .want = "{'seed':null,'frequency_penalty':null}",
     .dropped = "frequency_penalty, presence_penalty, seed"},
    {"logprobs", ASK(",'logprobs':true,'top_logprobs':2"),
     .want = "{'logprobs':null,'top_logprobs':null}", .dropped = "logprobs, top_logprobs"},
    {"stops", ASK(",'stop':['x','\\n']"), .want = "{'stop_sequences':['x']}", .dropped = "stop"},
    {"a stop of blanks", ASK(",'stop':' '"), .want = "{'stop_sequences':null}", .dropped = "stop"},

    /* thinking */
    {"an effort", ASK(",'reasoning_effort':'low'"),
     .want = "{'thinking':{'type':'adaptive'},'output_config':{'effort':'low'}}"},
    {"no effort", ASK(",'reasoning_effort':'none'"),
     .want = "{'thinking':{'type':'disabled'},'output_config':null}"},
    {"who thinks, thinks at 1", ASK(",'reasoning_effort':'high','temperature':0.2"),
     .want = "{'thinking':{'type':'adaptive'},'temperature':null}", .dropped = "temperature"},
    {"and may be told so", ASK(",'reasoning_effort':'high','temperature':1,'top_p':0.5"),
     .want = "{'thinking':{'type':'adaptive'},'temperature':1,'top_p':null}", .dropped = "top_p"},
    {"who has to call cannot think",
     ASK(",'reasoning_effort':'high','tools':[" TOOL("f") "],'tool_choice':'required'"),
     .want = "{'thinking':null,'output_config':null,'tool_choice':{'type':'any'}}",
     .dropped = "reasoning_effort"},
    {"an effort that was refused", ASK(",'reasoning_effort':'high'"),
     .want = "{'thinking':null,'output_config':null}", .dropped = "reasoning_effort",
     .without = DIALECT_ANTHROPIC_THINK},
    {"no effort, refused", ASK(",'reasoning_effort':'none'"), .want = "{'thinking':null}",
     .dropped = "reasoning_effort", .without = DIALECT_ANTHROPIC_THINK},
    {"a temperature that was refused", ASK(",'temperature':0.3,'top_p':0.5"),
     .want = "{'temperature':null,'top_p':null}", .dropped = "temperature, top_p",
     .without = 1u << CHAT_NUMBER_TEMPERATURE | 1u << CHAT_NUMBER_TOP_P},

    /* formats */
    {"a schema",
     ASK(",'response_format':{'type':'json_schema','json_schema':{'name':'x','strict':true,"
         "'schema':" CLOSED "}}"),
     .want =
         "{'output_config':{'format':{'type':'json_schema','schema':" CLOSED "}},'tools':null}"},
    {"a schema and an effort",
     ASK(",'reasoning_effort':'low','response_format':{'type':'json_schema','json_schema':"
         "{'name':'x','schema':" CLOSED "}}"),
     .want =
         "{'output_config':{'effort':'low','format':{'type':'json_schema','schema':" CLOSED "}}}"},
    {"any JSON object", ASK(",'response_format':{'type':'json_object'}"),
     .want = "{'system':[" TEXT(
         "Answer with one JSON object and nothing else: no text before or behind it, "
         "and no code fence.") "],'output_config':null}",
     .dropped = "response_format"},
};

static void check_row(const struct row *row)
{
    struct buf out, dropped;
    struct error why = ERROR_NONE;
    const struct dialect_target target = {.app = &dialect_openai,
                                          .speaks = &dialect_anthropic,
                                          .model = "claude-x",
                                          .without = row->without,
                                          .begun = text_of(row->begun)};
    buf_init(&out, 1 << 20);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    char *body = json_row_text(row->body);
    int r = dialect_translate_request(text_of(body), &target, &out, &dropped, &why);
    if (row->refused) {
        ck_assert_msg(r == -EINVAL, "%s: not refused but %d", row->name, r);
        ck_assert_msg(strstr(why.text, row->refused) != NULL, "%s: %s", row->name, why.text);
    } else {
        ck_assert_msg(r == 0, "%s: %d %s", row->name, r, why.text);
        json_t *got = json_loadb(out.data, out.len, JSON_ALLOW_NUL, NULL);
        ck_assert_msg(got != NULL, "%s: not JSON: %s", row->name, out.data);
        json_row_compare(row->name, got, row->want);
        json_decref(got);
        ck_assert_msg(text_equals(buf_text(&dropped), row->dropped ? row->dropped : ""),
                      "%s: dropped %s", row->name, dropped.data);
    }
    free(body);
    buf_done(&out);
    buf_done(&dropped);
}

START_TEST(a_chat_is_asked_for_in_messages)
{
    check_row(&rows[_i]);
}
END_TEST

/* The API's words, as users have posted them in 2025 and 2026. */
static const struct {
    const char *request;
    const char *message;
    unsigned refused;
} refusals[] = {
    {"{'temperature':0.3}", "temperature: Extra inputs are not permitted",
     1u << CHAT_NUMBER_TEMPERATURE},
    {"{'temperature':0.3}", "`temperature` is deprecated for this model.",
     1u << CHAT_NUMBER_TEMPERATURE},
    {"{'top_k':3}", "top_k: Extra inputs are not permitted", 1u << CHAT_NUMBER_TOP_K},
    {"{'thinking':{'type':'adaptive'},'output_config':{'effort':'low'}}",
     "adaptive thinking is not supported on this model", DIALECT_ANTHROPIC_THINK},
    {"{'output_config':{'effort':'low'}}", "This model does not support the effort parameter.",
     DIALECT_ANTHROPIC_THINK},
    {"{'temperature':0.3}", "max_tokens: 99999 > 64000, which is the maximum allowed number", 0},
    {"{'max_tokens':3}", "temperature: range: 0..1", 0},
    {"{'temperature':0.3}", "the_temperature is high", 0},
    {"{}", "adaptive thinking is not supported on this model", 0},
};

START_TEST(what_was_refused_is_known_by_its_name)
{
    char *request = json_row_text(refusals[_i].request);
    ck_assert_uint_eq(dialect_anthropic_refused(text_of(request), refusals[_i].message),
                      refusals[_i].refused);
    free(request);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic_write");
    TCase *tc = tcase_create("requests");
    tcase_add_loop_test(tc, a_chat_is_asked_for_in_messages, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_was_refused_is_known_by_its_name, 0, ROWS(refusals));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
