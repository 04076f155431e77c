/* How many calls of tools an answer holds that the app is to run: as it came, and translated. */
#include "answer/relay.h"
#include "dialect/dialect.h"
#include "json_row.h"
#include "unit.h"
#include "whole.h"

#define CHUNK(delta) "data: {'choices':[{'index':0,'delta':{" delta "}}]}\n\n"
#define CHAT_END                                                                                   \
    "data: {'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}\n\ndata: [DONE]\n\n"
#define CHAT(message)                                                                              \
    "{'choices':[{'index':0,'message':{'role':'assistant'," message "},'finish_reason':'stop'}]}"
#define F(index, name)                                                                             \
    "{'index':" index ",'id':'c" index "','type':'function','function':{'name':'" name             \
    "','arguments':'{}'}}"

#define BLOCK(index, block)                                                                        \
    "event: content_block_start\ndata: "                                                           \
    "{'type':'content_block_start','index':" index ",'content_block':{" block "}}\n\n"             \
    "event: content_block_stop\ndata: {'type':'content_block_stop','index':" index "}\n\n"
#define MESSAGE_START                                                                              \
    "event: message_start\ndata: {'type':'message_start','message':{'id':'m','type':'message',"    \
    "'role':'assistant','model':'m','content':[],'stop_reason':null,'usage':{'input_tokens':1,"    \
    "'output_tokens':1}}}\n\n"
#define MESSAGE_END                                                                                \
    "event: message_delta\ndata: "                                                                 \
    "{'type':'message_delta','delta':{'stop_reason':'tool_use'},'usage':{'output_tokens':3}}\n\n"  \
    "event: message_stop\ndata: {'type':'message_stop'}\n\n"
#define USE(name) "'type':'tool_use','id':'t" name "','name':'" name "','input':{}"
#define MESSAGE(blocks)                                                                            \
    "{'id':'m','type':'message','role':'assistant','model':'m','content':[" blocks                 \
    "],'stop_reason':'tool_use','usage':{'input_tokens':1,'output_tokens':1}}"

#define ITEM(index, item)                                                                          \
    "event: response.output_item.added\ndata: {'type':'response.output_item.added',"               \
    "'output_index':" index ",'item':{" item "}}\n\n"
#define RESPONSE(output) "{'id':'r','object':'response','status':'completed','output':[" output "]}"
#define RESPONSE_END(output)                                                                       \
    "event: response.completed\ndata: {'type':'response.completed','response':" RESPONSE(          \
        output) "}\n\n"
#define FUNCTION "'type':'function_call','id':'f','call_id':'c','name':'g','arguments':'{}'"
#define CUSTOM   "'type':'custom_tool_call','id':'f','call_id':'c','name':'g','input':'x'"
#define SEARCH   "'type':'web_search_call','id':'w'"

#define LINE(message, done)                                                                        \
    "{'model':'m','message':{'role':'assistant'," message "},'done':" done "}\n"
#define G(name) "{'function':{'name':'" name "','arguments':{}}}"

static const struct {
    const char *name;
    const struct dialect *from;
    const char *stream, *whole; /* the same answer */
    int calls;
    bool passed_only; /* it is translated to nobody */
} rows[] = {
    {"chat: two, in pieces", &dialect_openai,
     CHUNK("'tool_calls':[{'index':0,'id':'a','type':'function','function':{'name':'f',"
           "'arguments':''}}]") CHUNK("'tool_calls':[{'index':0,'function':{'arguments':'{}'}}]")
         CHUNK("'tool_calls':[" F("1", "g") "]") CHAT_END,
     CHAT("'content':null,'tool_calls':[" F("0", "f") "," F("1", "g") "]"), 2, false},
    {"chat: none", &dialect_openai, CHUNK("'content':'tool_calls'") CHAT_END,
     CHAT("'content':'tool_calls'"), 0, false},
    {"chat: by the older name", &dialect_openai,
     CHUNK("'function_call':{'name':'f','arguments':''}")
         CHUNK("'function_call':{'arguments':'{}'}") CHAT_END,
     CHAT("'content':null,'function_call':{'name':'f','arguments':'{}'}"), 1, true},
    {"Messages: two, and one of Anthropic's own", &dialect_anthropic,
     MESSAGE_START BLOCK("0", "'type':'server_tool_use','id':'s','name':'web_search','input':{}")
         BLOCK("1", USE("f")) BLOCK("2", USE("g")) MESSAGE_END,
     MESSAGE("{'type':'server_tool_use','id':'s','name':'web_search','input':{}},{" USE(
         "f") "},{" USE("g") "}"),
     2, false},
    {"Responses: two, and one of the API's own", &dialect_responses,
     ITEM("0", SEARCH) ITEM("1", FUNCTION) ITEM("2", CUSTOM)
         RESPONSE_END("{" SEARCH "},{" FUNCTION "},{" CUSTOM "}"),
     RESPONSE("{" SEARCH "},{" FUNCTION "},{" CUSTOM "}"), 2, true},
    {"Ollama: two in a line, one more in the next", &dialect_ollama,
     LINE("'content':'','tool_calls':[" G("f") "," G("g") "]", "false")
         LINE("'content':'','tool_calls':[" G("h") "]", "false") LINE("'content':''", "true"),
     LINE("'content':'','tool_calls':[" G("f") "," G("g") "," G("h") "]", "true"), 3, false},
};

static const struct dialect *const apps[] = {&dialect_openai, &dialect_anthropic,
                                             &dialect_responses, &dialect_ollama};

static int64_t in_stream(const struct relay_options *options, const char *stream)
{
    struct relay *relay = relay_new(options);
    ck_assert_ptr_nonnull(relay);
    relay_feed(relay, text_of(stream));
    relay_end(relay, TRANSPORT_OK);
    struct answer_facts facts = *relay_facts(relay);
    ck_assert_msg(facts.failure == FAILURE_NONE, "%s", facts.error.message);
    relay_free(relay);
    return facts.tool_calls;
}

static int64_t in_whole(const struct relay_options *options, const char *whole)
{
    struct buf out;
    struct answer_facts facts = answer_facts_none();
    buf_init(&out, 1u << 20);
    whole_relay(options, "application/json", text_of(whole), &out, &facts);
    ck_assert_msg(facts.failure == FAILURE_NONE, "%s", facts.error.message);
    buf_done(&out);
    return facts.tool_calls;
}

START_TEST(calls_are_counted_for_every_app)
{
    char *stream = json_row_text(rows[_i].stream), *whole = json_row_text(rows[_i].whole);
    for (size_t i = 0; i < ROWS(apps); i++) {
        const struct relay_options options = {
            .app = apps[i],
            .from = rows[_i].from,
            .identity = {.id = "id", .model = "m"},
            .request = text_of("{\"model\":\"m\",\"input\":\"hi\"}"),
        };
        if (rows[_i].passed_only && apps[i] != rows[_i].from)
            continue;
        ck_assert_msg(in_stream(&options, stream) == rows[_i].calls, "%s, app %zu", rows[_i].name,
                      i);
        ck_assert_msg(in_whole(&options, whole) == rows[_i].calls, "%s, whole, app %zu",
                      rows[_i].name, i);
    }
    free(stream);
    free(whole);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("calls_counted");
    TCase *tc = tcase_create("calls_counted");
    tcase_add_loop_test(tc, calls_are_counted_for_every_app, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
