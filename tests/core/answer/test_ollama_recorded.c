/*
 * Answers that real servers gave, 0.24.0 and 0.33.0 (tests/ollama has the models), each cut at
 * every byte: what a client puts together of them.
 */
#include "answer/relay.h"
#include "chunk_read.h"
#include "dialect/dialect.h"
#include "fixture.h"
#include "json_row.h"
#include "unit.h"
#include "whole.h"

#define USAGE(prompt, completion, total)                                                           \
    "'usage':{'prompt_tokens':" #prompt ",'completion_tokens':" #completion                        \
    ",'total_tokens':" #total "}"
#define HELLO                     "Hello from the tiny scripted model. Caf\xc3\xa9 \xf0\x9f\x98\x80 ready!"
#define HA                        "ha ha ha ha ha "
#define HA_30                     HA HA HA HA HA HA
#define GAVE_UP                   "before the answer was finished"
#define CALL(id, name, arguments) "{'id':'" id "','name':'" name "','arguments':" arguments "}"
#define HELLO_TOKEN               "'token':'Hello','logprob':0,'bytes':[72,101,108,108,111]"
#define FROM_TOKEN                "'token':' from','logprob':0,'bytes':[32,102,114,111,109]"

static const struct {
    const char *file;
    const char *want; /* members of the answer that the client has put together */
    enum failure failure;
    const char *message; /* part of it */
} rows[] = {
    {"ollama-0.24-text.ndjson",
     "{'content':'" HELLO "','reasoning':'','calls':[],'finish':'stop'," USAGE(6, 10, 16) "}",
     FAILURE_NONE, ""},
    {"ollama-0.33-text.ndjson",
     "{'content':'" HELLO "','reasoning':'','calls':[],'finish':'stop'," USAGE(6, 10, 16) "}",
     FAILURE_NONE, ""},
    {"ollama-0.24-thinking.ndjson",
     "{'content':'The answer is 42.','reasoning':'Let me reason briefly.','finish':'stop'}",
     FAILURE_NONE, ""},
    {"ollama-0.33-thinking.ndjson",
     "{'content':'The answer is 42.','reasoning':'Let me reason briefly.','finish':'stop'}",
     FAILURE_NONE, ""},
    {"ollama-0.24-one-tool.ndjson",
     "{'content':'','finish':'tool_calls','calls':[" CALL("call_nf8cb266", "get_weather",
                                                          "{'city':'Paris'}") "]}",
     FAILURE_NONE, ""},
    {"ollama-0.33-one-tool.ndjson", "{'content':'','finish':'tool_calls'," USAGE(388, 8, 396) "}",
     FAILURE_NONE, ""},
    {"ollama-0.33-one-tool-jinja.ndjson",
     "{'content':'','finish':'tool_calls','calls':[" CALL(
         "8GZvBd9hRNJlte81r8FIcLTKWQHp2eT3", "get_weather", "{'city':'Paris'}") "]," USAGE(401, 8,
                                                                                           409) "}",
     FAILURE_NONE, ""},
    {"ollama-0.24-two-tools.ndjson",
     "{'finish':'tool_calls','calls':[" CALL(
         "call_73vc9ijh", "get_weather", "{'city':'Oslo'}") "," CALL("call_vuyb4hdo", "get_time",
                                                                     "{'zone':'UTC'}") "]}",
     FAILURE_NONE, ""},
    {"ollama-0.33-two-tools.ndjson",
     "{'finish':'tool_calls','calls':[" CALL(
         "call_0cide297", "get_weather", "{'city':'Oslo'}") "," CALL("call_t0ia5c3p", "get_time",
                                                                     "{'zone':'UTC'}") "]}",
     FAILURE_NONE, ""},
    {"ollama-0.24-logprobs.ndjson", "{'content':'Hello from','finish':'length'}", FAILURE_NONE, ""},
    {"ollama-0.33-logprobs.ndjson",
     "{'content':'Hello from','logprobs':[{" HELLO_TOKEN ",'top_logprobs':[{" HELLO_TOKEN
     "},{'token':'\\u0022','logprob':-79.48188018798828,'bytes':[34]}]},{" FROM_TOKEN
     ",'top_logprobs':[{" FROM_TOKEN "},{'token':'Hello','logprob':-32.99247360229492,'bytes':"
     "[72,101,108,108,111]}]}]}",
     FAILURE_NONE, ""},
    {"ollama-0.33-logprobs-without-top.ndjson",
     "{'content':'Hello from','logprobs':[{" HELLO_TOKEN ",'top_logprobs':[]},{" FROM_TOKEN
     ",'top_logprobs':[]}]}",
     FAILURE_NONE, ""},
    {"ollama-0.24-limit.ndjson",
     "{'content':'one two three four ','finish':'length'," USAGE(6, 4, 10) "}", FAILURE_NONE, ""},
    {"ollama-0.33-limit.ndjson",
     "{'content':'one two three four ','finish':'length'," USAGE(6, 4, 10) "}", FAILURE_NONE, ""},
    {"ollama-0.24-bytes.ndjson", "{'content':'\xf0\x9f\x9a\x80','finish':'stop'}", FAILURE_NONE,
     ""},
    {"ollama-0.33-bytes.ndjson", "{'content':'\xf0\x9f\x9a\x80','finish':'stop'}", FAILURE_NONE,
     ""},
    {"ollama-0.24-empty.ndjson", "{'content':'','finish':'stop'," USAGE(6, 1, 7) "}", FAILURE_NONE,
     ""},
    {"ollama-0.33-empty.ndjson", "{'content':'','finish':'stop'," USAGE(6, 1, 7) "}", FAILURE_NONE,
     ""},
    /* Not whole: nothing ends it. */
    {"ollama-0.24-repeat.ndjson", "{'content':'" HA_30 "ha ','finish':null}", FAILURE_PROTOCOL,
     GAVE_UP},
    {"ollama-0.33-repeat.ndjson", "{'content':'" HA_30 "ha ','finish':null}", FAILURE_PROTOCOL,
     GAVE_UP},
    {"ollama-0.24-error-after-text.ndjson", "{'content':'one ','finish':null}", FAILURE_SERVER,
     "while running the model: unexpected EOF"},
    {"ollama-0.33-error-after-text.ndjson", "{'content':'one two ','finish':null}", FAILURE_SERVER,
     "while running the model: unexpected EOF"},
    {"ollama-0.24-loaded-only.ndjson", "{'content':'','finish':null}", FAILURE_PROTOCOL,
     "loaded or unloaded"},
    {"ollama-0.33-loaded-only.ndjson", "{'content':'','finish':null}", FAILURE_PROTOCOL,
     "loaded or unloaded"},
};

static struct relay_options options_for(const struct dialect *from)
{
    return (struct relay_options){
        .app = &dialect_openai,
        .from = from,
        .identity = {.id = "chatcmpl-X", .model = "m", .created = 1700000000},
        .include_usage = true};
}

/* The stream in two pieces. */
static struct relay *run(struct text stream, size_t cut)
{
    struct relay_options options = options_for(&dialect_ollama);
    struct relay *relay = relay_new(&options);
    ck_assert_ptr_nonnull(relay);
    relay_feed(relay, text_make(stream.at, cut));
    relay_feed(relay, text_skip(stream, cut));
    relay_end(relay, TRANSPORT_OK);
    return relay;
}

static void check_facts(int row, const struct answer_facts *facts)
{
    ck_assert_msg(facts->failure == rows[row].failure &&
                      strstr(facts->error.message, rows[row].message) != NULL,
                  "%s: %d, %s", rows[row].file, (int)facts->failure, facts->error.message);
}

START_TEST(a_recorded_stream_is_read_whole)
{
    struct buf stream = fixture_read(rows[_i].file);
    struct relay *relay = run(buf_text(&stream), stream.len);
    check_facts(_i, relay_facts(relay));
    struct chunks chunks = chunks_read(buf_text(relay_out(relay)));
    json_row_compare(rows[_i].file, chunks.answer, rows[_i].want);
    ck_assert_msg(chunks.done == (rows[_i].failure == FAILURE_NONE), "%s: [DONE]", rows[_i].file);
    chunks_done(&chunks);
    relay_free(relay);
    buf_done(&stream);
}
END_TEST

START_TEST(a_cut_changes_nothing)
{
    struct buf stream = fixture_read(rows[_i].file);
    struct relay *whole = run(buf_text(&stream), stream.len);
    for (size_t cut = 0; cut < stream.len; cut++) {
        struct relay *relay = run(buf_text(&stream), cut);
        check_facts(_i, relay_facts(relay));
        const struct buf *got = relay_out(relay), *want = relay_out(whole);
        ck_assert_msg(got->len == want->len &&
                          (got->len == 0 || memcmp(got->data, want->data, got->len) == 0),
                      "%s: another answer when cut at %zu", rows[_i].file, cut);
        relay_free(relay);
    }
    relay_free(whole);
    buf_done(&stream);
}
END_TEST

static const struct {
    const char *file;
    const char *want; /* members of the message; NULL = it fails */
    const char *finish;
} wholes[] = {
    {"ollama-0.24-whole-think.json",
     "{'content':'The answer is 42.','reasoning':'Let me reason briefly.','reasoning_content':"
     "'Let me reason briefly.','tool_calls':null}",
     "stop"},
    {"ollama-0.33-whole-think.json",
     "{'content':'The answer is 42.','reasoning':'Let me reason briefly.','reasoning_content':"
     "'Let me reason briefly.','tool_calls':null}",
     "stop"},
    {"ollama-0.24-whole-two.json",
     "{'content':null,'tool_calls':[{'id':'call_n9adlmx0','type':'function','function':{'name':"
     "'get_weather','arguments':'{\\u0022city\\u0022:\\u0022Oslo\\u0022}'}},{'id':"
     "'call_tymi6wyl','type':'function','function':{'name':'get_time','arguments':"
     "'{\\u0022zone\\u0022:\\u0022UTC\\u0022}'}}]}",
     "tool_calls"},
    {"ollama-0.33-whole-two.json",
     "{'content':null,'tool_calls':[{'id':'call_rln5j8su','type':'function','function':{'name':"
     "'get_weather','arguments':'{\\u0022city\\u0022:\\u0022Oslo\\u0022}'}},{'id':"
     "'call_gtz2jez0','type':'function','function':{'name':'get_time','arguments':"
     "'{\\u0022zone\\u0022:\\u0022UTC\\u0022}'}}]}",
     "tool_calls"},
    {"ollama-0.24-whole-repeat.json", NULL, NULL},
    {"ollama-0.33-whole-repeat.json", NULL, NULL},
};

static void check_whole(int row, const struct buf *out)
{
    json_t *answer = json_loadb(out->data, out->len, 0, NULL);
    const json_t *choice = json_array_get(json_object_get(answer, "choices"), 0);
    ck_assert_ptr_nonnull(choice);
    ck_assert_str_eq(json_string_value(json_object_get(choice, "finish_reason")),
                     wholes[row].finish);
    json_row_compare(wholes[row].file, json_object_get(choice, "message"), wholes[row].want);
    json_decref(answer);
}

START_TEST(a_recorded_whole_answer_is_read)
{
    struct answer_facts facts;
    struct buf out, body = fixture_read(wholes[_i].file);
    struct relay_options options = options_for(&dialect_ollama);
    buf_init(&out, 1 << 24);
    whole_relay(&options, "application/json; charset=utf-8", buf_text(&body), &out, &facts);
    if (wholes[_i].want) {
        ck_assert_msg(facts.failure == FAILURE_NONE, "%s: %s", wholes[_i].file,
                      facts.error.message);
        check_whole(_i, &out);
    } else {
        ck_assert_int_eq(facts.failure, FAILURE_PROTOCOL);
        ck_assert_uint_eq(out.len, 0);
    }
    buf_done(&out);
    buf_done(&body);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_recorded");
    TCase *tc = tcase_create("recorded");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, a_recorded_stream_is_read_whole, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_cut_changes_nothing, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_recorded_whole_answer_is_read, 0, ROWS(wholes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
