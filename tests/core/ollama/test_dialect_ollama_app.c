/* Ollama's own apps: their requests, the answers to them, and those that are passed on. */
#include "answer/relay.h"
#include "dialect/pieces.h"
#include "dialect/translate_row.h"
#include "ollama/dialect_ollama.h"
#include "ollama/ollama_plan.h"
#include "unit.h"

/* ---- requests, written anew for Ollama: what they say is what was asked */

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
    {"an image", "{'messages':[{'role':'user','content':'?','images':['" PNG "']}]}",
     "{'messages':[{'role':'user','content':'?','images':['" PNG "']}]}", NULL, NULL, 0},
    {"an image that is none", "{'messages':[{'role':'user','images':['http://x']}]}", NULL, NULL,
     "base64", 0},
    {"calls without ids, and their results in another order",
     "{'messages':[{'role':'user','content':'?'},{'role':'assistant','content':'','thinking':'hm',"
     "'tool_calls':[{'function':{'name':'f','arguments':{'a':1}}},{'function':{'name':'g',"
     "'arguments':{}}},{'function':{'name':'f','arguments':{'a':2}}}]},"
     "{'role':'tool','content':'of g','tool_name':'g'},{'role':'tool','content':'1',"
     "'tool_name':'f'},{'role':'tool','content':'2'}]}",
     "{'messages':[{'role':'user','content':'?'},{'role':'assistant','content':'','thinking':'hm',"
     "'tool_calls':[{'id':'call_1','function':{'index':0,'name':'f','arguments':{'a':1}}},"
     "{'id':'call_2','function':{'index':1,'name':'g','arguments':{}}},"
     "{'id':'call_3','function':{'index':2,'name':'f','arguments':{'a':2}}}]},"
     "{'role':'tool','content':'of g','tool_name':'g','tool_call_id':'call_2'},"
     "{'role':'tool','content':'1','tool_name':'f','tool_call_id':'call_1'},"
     "{'role':'tool','content':'2','tool_name':'f','tool_call_id':'call_3'}]}",
     NULL, NULL, 0},
    {"a call with an id, its result with it",
     "{'messages':[{'role':'assistant','tool_calls':[{'id':'c','function':{'name':'f'}}]},"
     "{'role':'tool','content':'r','tool_call_id':'c'}]}",
     "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':'c','function':{'index':0,"
     "'name':'f','arguments':{}}}]},{'role':'tool','content':'r','tool_name':'f',"
     "'tool_call_id':'c'}]}",
     NULL, NULL, 0},
    {"a call of nothing", "{'messages':[{'role':'assistant','tool_calls':[{'function':{}}]}]}",
     NULL, NULL, "without the name", 0},
    {"no messages", "{'messages':[]}", NULL, NULL, "no message", 0},
    {"no role", "{'messages':[{'content':'x'}]}", NULL, NULL, "role", 0},
    {"parts", "{'messages':[{'role':'user','content':[]}]}", NULL, NULL, "not a text", 0},
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
};

START_TEST(a_generation_is_read)
{
    translate_row_check_of(&dialect_generate, &prompts[_i]);
}
END_TEST

/* ---- answers */

static int64_t at_ms = 5250;

static int64_t now_ms(void)
{
    return at_ms;
}

struct taking {
    struct dialect_ollama_writer writer;
    int (*write)(struct dialect_writer *writer, const struct chat_delta *delta, struct buf *out);
    struct buf out;
    int r;
};

static void take(void *arg, const struct chat_delta *delta)
{
    struct taking *taking = arg;
    if (taking->r == 0)
        taking->r = taking->write(&taking->writer.base, delta, &taking->out);
}

static void tell(const char *pieces, bool whole, bool generate, struct taking *ret)
{
    *ret = (struct taking){.writer.base = {.identity = {.model = "true:1",
                                                        .created = 1700000000,
                                                        .now_ms = now_ms,
                                                        .begun_ms = 3000},
                                           .request = text_of("{\"model\":\"as\\u0020asked\"}")},
                           .write = whole      ? generate ? dialect_generate_answer_write
                                                          : dialect_ollama_answer_write
                                    : generate ? dialect_generate_event_write
                                               : dialect_ollama_event_write};
    buf_init(&ret->out, 1 << 20);
    pieces_tell(pieces, whole, take, ret);
    dialect_ollama_writer_done(&ret->writer.base);
}

static const struct {
    const char *name;
    const char *pieces;
    const char *content;
    const char *thinking;
    const char *calls; /* NULL = none */
    const char *reason;
} answers[] = {
    {"nothing", "f:stop", "", "", NULL, "stop"},
    {"a text in pieces", "t:Hel|t:lo|f:stop", "Hello", "", NULL, "stop"},
    {"a thought, a text", "r:2+2|r:=4|t:4|f:stop", "4", "2+2=4", NULL, "stop"},
    {"the limit", "t:a|f:length", "a", "", NULL, "length"},
    {"a refusal", "t:a|f:filter", "a", "", NULL, "content_filter"},
    {"calls", "t:a|b:0,c,f|m:0,{'x'|m:0,:1.50}|e:0|b:1,,g|e:1|f:calls", "a", "",
     "[{'id':'c','function':{'index':0,'name':'f','arguments':{'x':1.50}}},"
     "{'function':{'index':1,'name':'g','arguments':{}}}]",
     "stop"},
    {"calls side by side", "b:0,c,f|b:1,d,g|m:0,{|m:1,{|m:1,}|m:0,}|f:calls", "", "",
     "[{'id':'c','function':{'index':0,'name':'f','arguments':{}}},"
     "{'id':'d','function':{'index':1,'name':'g','arguments':{}}}]",
     "stop"},
    {"a call that the limit cut", "t:a|b:0,c,f|m:0,{'x'|f:length", "a", "", NULL, "length"},
};

static void check_line(const json_t *line, bool done)
{
    json_row_compare("a line", line,
                     done ? "{'model':'as asked','created_at':'2023-11-14T22:13:22Z','done':true,"
                            "'total_duration':2250000000,'load_duration':1000,"
                            "'prompt_eval_count':7,'eval_count':3}"
                          : "{'model':'as asked','created_at':'2023-11-14T22:13:22Z',"
                            "'done':false,'total_duration':null}");
}

/* Whole, and put together from its lines: the same. */
START_TEST(an_answer_is_told)
{
    for (int way = 0; way < 4; way++) {
        bool generate = way & 1, whole = way & 2;
        struct taking taking;
        tell(answers[_i].pieces, whole, generate, &taking);
        ck_assert_msg(taking.r == 0, "%s: %d", answers[_i].name, taking.r);
        struct buf content, thinking;
        buf_init(&content, 256);
        buf_init(&thinking, 256);
        json_t *calls = json_array(), *line = NULL;
        size_t lines = 0;
        for (char *at = taking.out.data, *end; at && *at; at = end) {
            json_decref(line);
            end = strchr(at, '\n');
            end = end ? end + 1 : at + strlen(at);
            line = json_loadb(at, (size_t)(end - at), 0, NULL);
            ck_assert_msg(line != NULL, "%s: %s", answers[_i].name, at);
            check_line(line, *end == '\0');
            const json_t *said = generate ? line : json_object_get(line, "message");
            const char *text =
                json_string_value(json_object_get(said, generate ? "response" : "content"));
            const char *thought = json_string_value(json_object_get(said, "thinking"));
            ck_assert_ptr_nonnull(text);
            ck_assert_int_eq(buf_append_string(&content, text), 0);
            ck_assert_int_eq(buf_append_string(&thinking, thought ? thought : ""), 0);
            json_array_extend(calls, json_object_get(said, "tool_calls"));
            lines++;
        }
        ck_assert(whole ? lines == 1 : lines >= 1);
        ck_assert(text_equals(buf_text(&content), answers[_i].content));
        ck_assert(text_equals(buf_text(&thinking), answers[_i].thinking));
        buf_done(&content);
        buf_done(&thinking);
        ck_assert_str_eq(json_string_value(json_object_get(line, "done_reason")),
                         answers[_i].reason);
        json_t *want = json_row_load(answers[_i].calls ? answers[_i].calls : "[]");
        ck_assert_msg(json_equal(calls, want), "%s: %s", answers[_i].name, taking.out.data);
        json_decref(want);
        json_decref(calls);
        json_decref(line);
        buf_done(&taking.out);
    }
}
END_TEST

START_TEST(a_call_that_is_no_object_makes_no_answer)
{
    for (int whole = 0; whole < 2; whole++) {
        struct taking taking;
        tell("b:0,c,f|m:0,{'x'|e:0|f:calls", whole, false, &taking);
        ck_assert_int_lt(taking.r, 0);
        buf_done(&taking.out);
    }
}
END_TEST

START_TEST(errors_are_a_text)
{
    struct buf out;
    buf_init(&out, 1 << 10);
    ck_assert_int_eq(
        dialect_ollama_late_error(text_of("{ \"error\":\n\"a\" }"), text_of("b"), NULL, &out), 0);
    ck_assert_int_eq(dialect_ollama_late_error(text_of("<html>"), text_of("b"), NULL, &out), 0);
    ck_assert_str_eq(out.data, "{\"error\":\"a\"}\n{\"error\":\"b\"}\n");
    buf_done(&out);
}
END_TEST

START_TEST(what_is_loaded_is_told)
{
    struct buf out;
    buf_init(&out, 1 << 10);
    ck_assert_int_eq(dialect_ollama_loaded_write(false, "m", 0, &out), 0);
    ck_assert_int_eq(dialect_ollama_loaded_write(true, "m", 0, &out), 0);
    ck_assert_str_eq(out.data,
                     "{\"model\":\"m\",\"created_at\":\"1970-01-01T00:00:00Z\",\"message\":{"
                     "\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"
                     "\"done_reason\":\"load\"}\n"
                     "{\"model\":\"m\",\"created_at\":\"1970-01-01T00:00:00Z\",\"response\":\"\","
                     "\"done\":true,\"done_reason\":\"load\"}\n");
    buf_done(&out);
}
END_TEST

/* ---- passed on */

#define HI             "{ 'message':{'content':'\\u003ca'},'done':false}\n"
#define GEN            "{'response':'a','done':false}\n"
#define CALL           "{'message':{'tool_calls':[{}]},'done':false}\n"
#define EMPTY          "{'message':{'content':''},'done':false}\n"
#define END            "{'done':true,'prompt_eval_count':5,'eval_count':2}\n"
#define FAILS          "{'error':'model runner has unexpectedly stopped'}\n"
#define BREAK(message) "{'error':'" message "'}\n"

static const struct {
    const char *name;
    const char *stream;
    enum transport transport;
    enum failure failure;
    bool content;
    const char *adds;
} streams[] = {
    {"a text", HI END, TRANSPORT_OK, FAILURE_NONE, true, ""},
    {"a generation", GEN END, TRANSPORT_OK, FAILURE_NONE, true, ""},
    {"nothing but an end", END, TRANSPORT_OK, FAILURE_NONE, true, ""},
    {"an end, then a reset", HI END, TRANSPORT_RESET, FAILURE_NONE, true, ""},
    {"no end", HI, TRANSPORT_OK, FAILURE_PROTOCOL, true,
     BREAK("the stream ended before the answer was finished")},
    {"a reset behind a call", CALL, TRANSPORT_RESET, FAILURE_NETWORK, true,
     BREAK("the connection was reset or closed without an answer")},
    {"a refusal",
     HI "{'done':true,'done_reason':'content_filter','prompt_eval_count':5,'eval_count':2}\n",
     TRANSPORT_OK, FAILURE_NONE, true, ""},
    {"its own error", HI FAILS, TRANSPORT_OK, FAILURE_SERVER, true, ""},
    {"empty lines of nothing", EMPTY, TRANSPORT_OK, FAILURE_PROTOCOL, false,
     BREAK("the stream ended without any content")},
};

START_TEST(a_stream_goes_out_as_it_came)
{
    const struct relay_options options = {.app = &dialect_ollama, .from = &dialect_ollama};
    char *in = json_row_text(streams[_i].stream), *adds = json_row_text(streams[_i].adds);
    for (size_t cut = 0; cut <= strlen(in); cut++) {
        struct relay *relay = relay_new(&options);
        relay_feed(relay, text_make(in, cut));
        relay_feed(relay, text_of(in + cut));
        relay_end(relay, streams[_i].transport);
        const struct answer_facts *facts = relay_facts(relay);
        ck_assert_msg(facts->failure == streams[_i].failure, "%s at %zu: %s", streams[_i].name, cut,
                      facts->error.message);
        ck_assert_msg(facts->content == streams[_i].content, "%s at %zu", streams[_i].name, cut);
        if (facts->failure == FAILURE_NONE)
            ck_assert_int_eq(facts->prompt_tokens + facts->completion_tokens, 7);
        else
            relay_break(relay);
        const char *out = relay_out(relay)->data;
        ck_assert_msg(strncmp(out, in, strlen(in)) == 0, "%s at %zu: %s", streams[_i].name, cut,
                      out);
        ck_assert_msg(strcmp(out + strlen(in), adds) == 0, "%s at %zu: %s", streams[_i].name, cut,
                      out);
        relay_free(relay);
    }
    free(in);
    free(adds);
}
END_TEST

/* Whatever of it has come: it is whole only when all of the last line is there. */
START_TEST(no_half_looks_whole)
{
    static const enum transport ends[] = {TRANSPORT_OK, TRANSPORT_RESET, TRANSPORT_IDLE_TIMEOUT};
    const struct relay_options options = {.app = &dialect_generate, .from = &dialect_generate};
    char *in = json_row_text(GEN END);
    for (size_t len = 0; len < strlen(in) - 1; len++) {
        for (int e = 0; e < ROWS(ends); e++) {
            struct relay *relay = relay_new(&options);
            relay_feed(relay, text_make(in, len));
            relay_end(relay, ends[e]);
            ck_assert_msg(relay_facts(relay)->failure != FAILURE_NONE, "%zu looks whole", len);
            relay_break(relay);
            const char *out = relay_out(relay)->data;
            ck_assert_ptr_null(strstr(out, "true"));
            ck_assert_ptr_nonnull(strstr(out, "{\"error\":"));
            ck_assert(relay_breaks_well(relay));
            relay_free(relay);
        }
    }
    free(in);
}
END_TEST

static const struct {
    const char *body;
    enum failure failure;
} wholes[] = {
    {" {'message':{'content':'a'},'done':true}\n ", FAILURE_NONE},
    {"{'response':'a','done':true}", FAILURE_NONE},
    {"{'response':'a','done':false}", FAILURE_PROTOCOL},
    {"{'error':'no memory'}", FAILURE_SERVER},
    {"", FAILURE_PROTOCOL},
    {"<html>", FAILURE_PROTOCOL},
    {"[]", FAILURE_PROTOCOL},
    {"{'done':true", FAILURE_PROTOCOL},
};

START_TEST(a_whole_answer_goes_out_as_it_came)
{
    const struct relay_options options = {.app = &dialect_ollama, .from = &dialect_ollama};
    char *in = json_row_text(wholes[_i].body);
    struct answer_facts facts;
    struct buf out;
    buf_init(&out, 1 << 10);
    relay_whole(&options, text_of("application/json"), text_of(in), &out, &facts);
    ck_assert_msg(facts.failure == wholes[_i].failure, "%s: %s", in, facts.error.message);
    ck_assert(text_equals(buf_text(&out), facts.failure ? "" : in));
    buf_done(&out);
    free(in);
}
END_TEST

/* ---- by another model */

static const struct {
    const char *name;
    const char *body;
    const char *want;
    int64_t num_ctx;
    int64_t window;
} stand_ins[] = {
    {"nothing is set", "{ 'model' : 'a','n':1.50}",
     "{'model':'m','n':1.50,'options':{'num_ctx':8192},'truncate':false}", 8192, 8192},
    {"other options", "{'options':{'seed':1},'model':'a'}",
     "{'options':{'num_ctx':8192,'seed':1},'model':'m','truncate':false}", 8192, 8192},
    {"no options", "{'model':'a','options':{}}",
     "{'model':'m','options':{'num_ctx':8192},'truncate':false}", 8192, 8192},
    {"null", "{'model':'a','options':null,'truncate':null}",
     "{'model':'m','options':{'num_ctx':8192},'truncate':false}", 8192, 8192},
    {"the app's own", "{'model':'a','options':{'num_ctx':5000},'truncate':true}",
     "{'model':'m','options':{'num_ctx':5000},'truncate':true}", 8192, 5000},
    {"no window is known", "{'model':'a'}", "{'model':'m','truncate':false}", 0, 0},
};

START_TEST(a_stand_in_is_asked_for_what_the_app_has_not_set)
{
    char *body = json_row_text(stand_ins[_i].body), *want = json_row_text(stand_ins[_i].want);
    int64_t window = -1;
    struct buf out;
    buf_init(&out, 1 << 10);
    ck_assert_int_eq(ollama_stand_in(text_of(body), "m", stand_ins[_i].num_ctx, &out, &window), 0);
    ck_assert_msg(strcmp(out.data, want) == 0, "%s: %s", stand_ins[_i].name, out.data);
    ck_assert_int_eq(window, stand_ins[_i].window);
    buf_done(&out);
    free(body);
    free(want);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_ollama_app");
    TCase *tc = tcase_create("all");
    tcase_add_loop_test(tc, a_chat_is_read, 0, ROWS(requests));
    tcase_add_loop_test(tc, a_generation_is_read, 0, ROWS(prompts));
    tcase_add_loop_test(tc, an_answer_is_told, 0, ROWS(answers));
    tcase_add_test(tc, a_call_that_is_no_object_makes_no_answer);
    tcase_add_test(tc, errors_are_a_text);
    tcase_add_test(tc, what_is_loaded_is_told);
    tcase_add_loop_test(tc, a_stream_goes_out_as_it_came, 0, ROWS(streams));
    tcase_add_test(tc, no_half_looks_whole);
    tcase_add_loop_test(tc, a_whole_answer_goes_out_as_it_came, 0, ROWS(wholes));
    tcase_add_loop_test(tc, a_stand_in_is_asked_for_what_the_app_has_not_set, 0, ROWS(stand_ins));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
