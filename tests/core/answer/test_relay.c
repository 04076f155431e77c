/* A provider's answer on its way to the app, as the exchange sees it: both kinds by the same calls.
 */
#include "answer/relay.h"
#include "config/config.h"
#include "dialect/dialect.h"
#include "fixture.h"
#include "json_row.h"
#include "unit.h"
#include "whole.h"

#define BREAK(message)                                                                             \
    "data: {'error':{'message':'" message "','type':'upstream_error','param':null,"                \
    "'code':'stream_incomplete'}}\n\n"
#define DONE_FRAME "data: [DONE]\n\n"

static struct relay_options options_of(const struct dialect *from)
{
    return (struct relay_options){
        .app = &dialect_openai,
        .from = from,
        .identity = {.id = "chatcmpl-Xy", .model = "m:1", .created = 1764000000}};
}

static struct relay *relay_for(const struct dialect *from)
{
    struct relay_options options = options_of(from);
    struct relay *relay = relay_new(&options);
    ck_assert_ptr_nonnull(relay);
    return relay;
}

static const struct {
    const char *file;
    enum transport transport;
    enum failure failure;
    bool content;     /* had come before the end */
    const char *ends; /* out, once broken off where there was content, ends with this (' for ") */
} rows[] = {
    {"openai-text.sse", TRANSPORT_OK, FAILURE_NONE, true, DONE_FRAME},
    {"openai-usage.sse", TRANSPORT_OK, FAILURE_NONE, true, DONE_FRAME},
    {"openai-without-done.sse", TRANSPORT_OK, FAILURE_NONE, true, "'stop'}]}\n\n" DONE_FRAME},
    {"openai-without-done.sse", TRANSPORT_RESET, FAILURE_NETWORK, true,
     "'stop'}]}\n\n" BREAK("the connection was reset or closed without an answer")},
    {"openai-cut-after-text.sse", TRANSPORT_OK, FAILURE_PROTOCOL, true,
     "null}]}\n\n" BREAK("the stream ended before the answer was finished")},
    {"openai-cut-after-text.sse", TRANSPORT_IDLE_TIMEOUT, FAILURE_TIMEOUT, true,
     "null}]}\n\n" BREAK("silence inside the answer for idle_timeout")},
    {"openai-error-after-text.sse", TRANSPORT_OK, FAILURE_SERVER, true,
     "data: {'error':{'message':'upstream died','type':'server_error','code':502}}\n\n"},
    /* Told inside a choice, where no app looks: ours follows. */
    {"openai-error-inside.sse", TRANSPORT_OK, FAILURE_SERVER, true,
     "'finish_reason':'error'}]}\n\n" BREAK("Provider disconnected")},
    {"openai-error-first.sse", TRANSPORT_OK, FAILURE_SERVER, false, ""},
    {"openai-refusal-first.sse", TRANSPORT_OK, FAILURE_POLICY, false, "Violation'}}}\n\n"},
    {"openai-whole-other.sse", TRANSPORT_OK, FAILURE_PROTOCOL, false, ""},
    {"openai-whole-answer.sse", TRANSPORT_OK, FAILURE_NONE, true, "'stop'}]}\n\n" DONE_FRAME},
    {"openai-whole-error.sse", TRANSPORT_OK, FAILURE_QUOTA, false, ""},
    {"openai-web-page.sse", TRANSPORT_OK, FAILURE_PROTOCOL, false, ""},
    {"openai-filter.sse", TRANSPORT_OK, FAILURE_NONE, true, DONE_FRAME},
    {"ollama-text.ndjson", TRANSPORT_OK, FAILURE_NONE, true, DONE_FRAME},
    {"ollama-text.ndjson", TRANSPORT_RESET, FAILURE_NONE, true, DONE_FRAME},
    {"ollama-gave-up.ndjson", TRANSPORT_OK, FAILURE_PROTOCOL, true,
     "null}]}\n\n" BREAK("the stream ended before the answer was finished")},
    {"ollama-error-after-text.ndjson", TRANSPORT_OK, FAILURE_SERVER, true,
     "null}]}\n\n" BREAK("an error was encountered while running the model: unexpected EOF")},
    {"ollama-error-first.ndjson", TRANSPORT_OK, FAILURE_CONTEXT, false, ""},
    {"ollama-web-page.ndjson", TRANSPORT_OK, FAILURE_PROTOCOL, false, ""},
};

static const struct dialect *kind_of(const char *file)
{
    return strncmp(file, "ollama", 6) == 0 ? &dialect_ollama : &dialect_openai;
}

static void check_end(int i, struct relay *relay, size_t cut)
{
    const struct answer_facts *facts = relay_facts(relay);
    struct text out = buf_text(relay_out(relay));
    char *ends = json_row_text(rows[i].ends);
    size_t len = strlen(ends);
    ck_assert_msg(facts->failure == rows[i].failure, "%s cut at %zu: %s", rows[i].file, cut,
                  failure_word(facts->failure));
    ck_assert_msg(facts->content == rows[i].content, "%s cut at %zu", rows[i].file, cut);
    ck_assert_msg(out.len >= len && memcmp(out.at + out.len - len, ends, len) == 0,
                  "%s cut at %zu: %s", rows[i].file, cut, out.at);
    bool ends_whole = rows[i].failure == FAILURE_NONE;
    ck_assert_msg((strstr(out.at, "[DONE]") != NULL) == ends_whole, "%s cut at %zu: %s",
                  rows[i].file, cut, out.at);
    free(ends);
}

START_TEST(a_stream_ends_whole_or_with_one_error)
{
    struct buf in = fixture_read(rows[_i].file);
    for (size_t cut = 0; cut <= in.len; cut++) {
        struct relay *relay = relay_for(kind_of(rows[_i].file));
        relay_feed(relay, text_make(in.data, cut));
        relay_feed(relay, text_skip(buf_text(&in), cut));
        relay_end(relay, rows[_i].transport);
        if (relay_facts(relay)->failure != FAILURE_NONE && relay_facts(relay)->content)
            relay_break(relay);
        check_end(_i, relay, cut);
        relay_free(relay);
    }
    buf_done(&in);
}
END_TEST

/* What was read from out meanwhile does not come again. */
START_TEST(what_was_taken_from_out_stays_taken)
{
    static const char *const files[] = {"openai-text.sse", "ollama-text.ndjson"};
    for (int f = 0; f < ROWS(files); f++) {
        struct buf in = fixture_read(files[f]), got;
        struct relay *at_once = relay_for(kind_of(files[f])),
                     *slowly = relay_for(kind_of(files[f]));
        buf_init(&got, 1 << 20);
        relay_feed(at_once, buf_text(&in));
        for (size_t i = 0; i < in.len; i++) {
            relay_feed(slowly, text_make(in.data + i, 1));
            ck_assert_int_eq(buf_append_text(&got, buf_text(relay_out(slowly))), 0);
            buf_consume(relay_out(slowly), relay_out(slowly)->len);
        }
        ck_assert_uint_gt(got.len, 0);
        ck_assert_str_eq(got.data, relay_out(at_once)->data);
        relay_free(at_once);
        relay_free(slowly);
        buf_done(&got);
        buf_done(&in);
    }
}
END_TEST

START_TEST(nothing_is_taken_after_the_end)
{
    static const char more[] = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
    struct relay *relay = relay_for(&dialect_openai);
    relay_end(relay, TRANSPORT_RESET);
    relay_feed(relay, text_of(more));
    relay_end(relay, TRANSPORT_OK);
    ck_assert_int_eq(relay_facts(relay)->failure, FAILURE_NETWORK);
    ck_assert(!relay_facts(relay)->content);
    ck_assert_uint_eq(relay_out(relay)->len, 0);
    relay_free(relay);
}
END_TEST

START_TEST(nothing_is_taken_after_done)
{
    struct relay *relay = relay_for(&dialect_openai);
    relay_feed(relay,
               text_of("data: {\"choices\":[{\"text\":\"x\",\"finish_reason\":\"stop\"}]}\n\n"
                       "data: [DONE]\n\n"));
    size_t len = relay_out(relay)->len;
    relay_feed(relay, text_of("data: {\"error\":{\"message\":\"late\"}}\n\n"));
    relay_end(relay, TRANSPORT_RESET);
    ck_assert_uint_eq(relay_out(relay)->len, len);
    ck_assert_int_eq(relay_facts(relay)->failure, FAILURE_NONE);
    relay_free(relay);
}
END_TEST

START_TEST(a_stream_breaks_once)
{
    struct relay *relay = relay_for(&dialect_ollama);
    char *want = json_row_text(BREAK("the answer broke off"));
    relay_break(relay);
    relay_break(relay);
    ck_assert_str_eq(relay_out(relay)->data, want);
    relay_free(relay);
    relay_free(NULL);
    free(want);
}
END_TEST

/* The app gets the provider's own event behind content, or ours with its words: neither has a key,
 * nor the half of one that a message was cut in. */
START_TEST(a_broken_stream_tells_no_key)
{
    static char key[] = "sk-CANARY-0815", *keys[] = {key, NULL};
    const struct config_provider provider = {.api_keys = {keys, 1}};
    static const char begun[] =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
    static const char line[] = "{\"message\":{\"role\":\"assistant\",\"content\":\"a\"}}\n";
    for (int before = 0; before < 260; before++) {
        const bool passed = _i == 0;
        char error[640];
        (void)snprintf(error, sizeof(error),
                       passed ? "data: {\"error\":{\"message\":\"%0*d%s\",\"code\":\"%s\"}}\n\n"
                              : "{\"error\":\"%0*d%s\",\"code\":\"%s\"}\n",
                       before, 0, key, key);
        struct relay_options options = options_of(passed ? &dialect_openai : &dialect_ollama);
        options.secrets = &provider;
        struct relay *relay = relay_new(&options);
        relay_feed(relay, text_of(passed ? begun : line));
        relay_feed(relay, text_of(error));
        relay_end(relay, TRANSPORT_OK);
        relay_break(relay);
        ck_assert_ptr_nonnull(strstr(relay_out(relay)->data, "\"error\""));
        ck_assert_ptr_null(strstr(relay_out(relay)->data, "sk-"));
        ck_assert_ptr_null(strstr(relay_facts(relay)->error.message, "sk"));
        ck_assert_ptr_null(strstr(relay_facts(relay)->error.code, "sk"));
        relay_free(relay);
    }
}
END_TEST

START_TEST(the_error_event_is_json_whatever_the_provider_said)
{
    static const char line[] =
        "{\"error\":\"quote \\\" slash \\\\ break \\n end \\u2028 \\u00e9\"}\n";
    struct relay *relay = relay_for(&dialect_ollama);
    relay_feed(relay, text_of("{\"message\":{\"content\":\"x\"},\"done\":false}\n"));
    buf_reset(relay_out(relay));
    relay_feed(relay, text_of(line));
    relay_end(relay, TRANSPORT_OK);
    relay_break(relay);
    struct text out = buf_text(relay_out(relay));
    ck_assert_int_eq(memcmp(out.at, "data: ", 6), 0);
    ck_assert_ptr_eq(memchr(out.at, '\n', out.len), out.at + out.len - 2);
    json_t *json = json_loadb(out.at + 6, out.len - 8, 0, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(json, "error"), "message")),
                     "quote \" slash \\ break   end \xe2\x80\xa8 \xc3\xa9");
    json_decref(json);
    relay_free(relay);
}
END_TEST

/* Whole answers: to an openai provider's nothing is changed, Ollama's become OpenAI's. */
#define OPENAI_WHOLE                                                                               \
    "{ 'choices' : [{'message':{'content':'a\\u0041'},'finish_reason':'stop'}], 'x':1E5, "         \
    "'usage':{'prompt_tokens':3,'completion_tokens':4}}\n"
#define WHOLE(message, finish, usage)                                                              \
    "{'id':'chatcmpl-Xy','object':'chat.completion','created':1764000000,'model':'m:1',"           \
    "'system_fingerprint':null,'choices':[{'index':0,'message':{'role':'assistant'," message       \
    "},'logprobs':null,'finish_reason':'" finish "'}],'usage':{" usage "}}"
#define TOKENS(p, c, t) "'prompt_tokens':" p ",'completion_tokens':" c ",'total_tokens':" t
#define ANSWER(message, rest)                                                                      \
    "{'model':'m:1','created_at':'2026-11-24T02:19:50Z','message':{'role':'assistant'," message    \
    "}," rest "}"
#define COUNTS "'done_reason':'stop','done':true,'prompt_eval_count':26,'eval_count':9"

static const struct {
    const char *name;
    const struct dialect *from;
    const char *type; /* NULL = absent */
    const char *body; /* with ' for " */
    const char *out;  /* "" where it fails */
    enum failure failure;
    const char *message;
    int64_t prompt, completion;
} wholes[] = {
    {"an openai provider's is passed on byte for byte", &dialect_openai, "application/json",
     OPENAI_WHOLE, OPENAI_WHOLE, FAILURE_NONE, "", 3, 4},
    {"a web page", &dialect_openai, "text/html", "<html>", "", FAILURE_PROTOCOL, "web page", -1,
     -1},
    {"an error in a 200", &dialect_openai, NULL, "{'error':{'code':'rate_limit_exceeded'}}", "",
     FAILURE_RATE_LIMIT, "", -1, -1},
    {"an Ollama's answer where an openai one was meant", &dialect_openai, NULL,
     ANSWER("'content':'Hi'", COUNTS), "", FAILURE_PROTOCOL, "no choices", -1, -1},
    {"text of Ollama", &dialect_ollama, "application/json; charset=utf-8",
     ANSWER("'content':'Hi \\u003cb\\u003e'", COUNTS),
     WHOLE("'content':'Hi <b>','refusal':null", "stop", TOKENS("26", "9", "35")), FAILURE_NONE, "",
     26, 9},
    {"thoughts of Ollama", &dialect_ollama, NULL, ANSWER("'content':'42','thinking':'Hm'", COUNTS),
     WHOLE("'content':'42','refusal':null,'reasoning_content':'Hm','reasoning':'Hm'", "stop",
           TOKENS("26", "9", "35")),
     FAILURE_NONE, "", 26, 9},
    {"calls of Ollama", &dialect_ollama, NULL,
     ANSWER("'content':'','tool_calls':[{'function':{'name':'f','arguments':{'a':0.1}}}]", COUNTS),
     WHOLE("'content':null,'refusal':null,'tool_calls':[{'id':'call_Xy_0','type':'function',"
           "'function':{'name':'f','arguments':'{\\'a\\':0.1}'}}]",
           "tool_calls", TOKENS("26", "9", "35")),
     FAILURE_NONE, "", 26, 9},
    {"an answer cut at its limit, without counts", &dialect_ollama, NULL,
     ANSWER("'content':'Hi'", "'done':true,'done_reason':'length'"),
     WHOLE("'content':'Hi','refusal':null", "length", TOKENS("0", "0", "0")), FAILURE_NONE, "", 0,
     0},
    {"an empty answer is an answer", &dialect_ollama, NULL, ANSWER("'content':''", COUNTS),
     WHOLE("'content':'','refusal':null", "stop", TOKENS("26", "9", "35")), FAILURE_NONE, "", 26,
     9},
    {"Ollama's runner gave up", &dialect_ollama, NULL, ANSWER("'content':'ha ha'", "'done':false"),
     "", FAILURE_PROTOCOL, "before its answer was finished", -1, -1},
    {"Ollama only loaded the model", &dialect_ollama, NULL,
     ANSWER("'content':''", "'done':true,'done_reason':'load'"), "", FAILURE_PROTOCOL,
     "instead of answering", -1, -1},
    {"Ollama's error in a 200", &dialect_ollama, NULL, "{'error':'unexpected EOF'}", "",
     FAILURE_SERVER, "unexpected EOF", -1, -1},
    {"Ollama's body is empty", &dialect_ollama, NULL, "", "", FAILURE_PROTOCOL, "empty", -1, -1},
    {"something else at Ollama's port", &dialect_ollama, "text/html", "<html>", "",
     FAILURE_PROTOCOL, "not JSON", -1, -1},
    {"a cut answer of Ollama", &dialect_ollama, NULL, "{'message':{'content':'x'},'done':tr", "",
     FAILURE_PROTOCOL, "not JSON", -1, -1},
    {"a stream of Ollama where a whole answer was asked for", &dialect_ollama, NULL,
     ANSWER("'content':'Hi'", "'done':false") "\n" ANSWER("'content':''", COUNTS) "\n", "",
     FAILURE_PROTOCOL, "not JSON", -1, -1},
};

START_TEST(a_whole_answer_is_passed_on_translated_or_refused)
{
    struct relay_options options = options_of(wholes[_i].from);
    struct answer_facts facts;
    struct buf out;
    char *body = json_row_text(wholes[_i].body), *want = json_row_text(wholes[_i].out);
    buf_init(&out, 65536);
    whole_relay(&options, wholes[_i].type, text_of(body), &out, &facts);
    bool good = wholes[_i].failure == FAILURE_NONE;
    ck_assert_msg(facts.failure == wholes[_i].failure, "%s: %s, %s", wholes[_i].name,
                  failure_word(facts.failure), facts.error.message);
    ck_assert_msg(strstr(facts.error.message, wholes[_i].message) != NULL, "%s: %s",
                  wholes[_i].name, facts.error.message);
    ck_assert_msg(text_equals(buf_text(&out), want), "%s: %s", wholes[_i].name, buf_text(&out).at);
    ck_assert(facts.content == good && facts.finished == good && facts.done == good);
    ck_assert_int_eq(facts.prompt_tokens, wholes[_i].prompt);
    ck_assert_int_eq(facts.completion_tokens, wholes[_i].completion);
    buf_done(&out);
    free(body);
    free(want);
}
END_TEST

START_TEST(a_translation_without_room_has_failed)
{
    struct relay_options options = options_of(&dialect_ollama);
    struct answer_facts facts;
    struct buf out;
    char *body = json_row_text(ANSWER("'content':'Hi'", COUNTS));
    buf_init(&out, strlen(body));
    whole_relay(&options, NULL, text_of(body), &out, &facts);
    ck_assert_int_eq(facts.failure, FAILURE_PROTOCOL);
    buf_done(&out);
    free(body);
}
END_TEST

START_TEST(what_is_passed_on_is_not_moved)
{
    struct relay_options options = options_of(&dialect_openai);
    struct answer_facts facts;
    struct buf body;
    char *sent = json_row_text(OPENAI_WHOLE);
    buf_init(&body, 65536);
    ck_assert_int_eq(buf_append_string(&body, sent), 0);
    const char *at = body.data;
    relay_whole(&options, NULL, text_of("application/json"), &body, &facts);
    ck_assert_int_eq(facts.failure, FAILURE_NONE);
    ck_assert_ptr_eq(body.data, at);
    ck_assert_str_eq(body.data, sent);
    buf_done(&body);
    free(sent);
}
END_TEST

START_TEST(one_tool_call_may_be_asked_for)
{
    struct relay_options options = options_of(&dialect_ollama);
    struct answer_facts facts;
    struct buf out;
    char *body = json_row_text(
        ANSWER("'tool_calls':[{'function':{'name':'f'}},{'function':{'name':'g'}}]", COUNTS));
    buf_init(&out, 65536);
    options.one_tool_call = true;
    whole_relay(&options, NULL, text_of(body), &out, &facts);
    ck_assert_ptr_nonnull(strstr(out.data, "\"name\":\"f\""));
    ck_assert_ptr_null(strstr(out.data, "\"name\":\"g\""));
    buf_done(&out);
    free(body);
}
END_TEST

static const struct dialect *const well[][2] = {
    {&dialect_ollama, &dialect_ollama},
    {&dialect_ollama, &dialect_openai},
    {&dialect_responses, &dialect_openai},
};

/* A body may end well behind the error alone: without it nobody would know. */
START_TEST(a_break_that_cannot_be_told_ends_badly)
{
    for (int room = 0; room < 2; room++) {
        struct relay_options options = options_of(well[_i][1]);
        options.app = well[_i][0];
        struct relay *relay = relay_new(&options);
        struct buf *out = relay_out(relay);
        relay_end(relay, TRANSPORT_RESET);
        size_t before = out->len;
        if (!room)
            out->max = before;
        relay_break(relay);
        ck_assert(relay_breaks_well(relay) == (room == 1));
        ck_assert((out->len > before) == (room == 1));
        relay_free(relay);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("relay");
    TCase *tc = tcase_create("answers");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, a_stream_ends_whole_or_with_one_error, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_broken_stream_tells_no_key, 0, 2);
    tcase_add_test(tc, what_was_taken_from_out_stays_taken);
    tcase_add_test(tc, nothing_is_taken_after_the_end);
    tcase_add_test(tc, nothing_is_taken_after_done);
    tcase_add_test(tc, a_stream_breaks_once);
    tcase_add_test(tc, the_error_event_is_json_whatever_the_provider_said);
    tcase_add_loop_test(tc, a_whole_answer_is_passed_on_translated_or_refused, 0, ROWS(wholes));
    tcase_add_test(tc, a_translation_without_room_has_failed);
    tcase_add_test(tc, what_is_passed_on_is_not_moved);
    tcase_add_test(tc, one_tool_call_may_be_asked_for);
    tcase_add_loop_test(tc, a_break_that_cannot_be_told_ends_badly, 0, ROWS(well));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
