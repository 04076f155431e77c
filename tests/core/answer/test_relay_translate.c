/* Ollama's streams, each cut at every byte: the events that the app gets, and what is known then.
 */
#include "answer/relay.h"
#include "answer/relay_translate.h"
#include "fixture.h"
#include "json_row.h"
#include "unit.h"
#include "whole.h"

enum { CONTENT = 1, FINISHED = 2, DONE = 4, POLICY = 8 };
enum { PLAIN, USAGE, ONE_CALL };
#define COMPLETE (CONTENT | FINISHED | DONE)

/* What goes out, with ' for ". Usage is null in each event where it was asked for. */
#define HEAD                                                                                       \
    "data: {'id':'chatcmpl-Xy','object':'chat.completion.chunk','created':1764000000,"             \
    "'model':'ministral-3:3b','system_fingerprint':null,'choices':["
#define CHUNK(delta, logprobs, finish, usage)                                                      \
    HEAD "{'index':0,'delta':{" delta "},'logprobs':" logprobs ",'finish_reason':" finish          \
         "}]" usage "}\n\n"
#define PIECE(delta) CHUNK(delta, "null", "null", "")
#define FINISH(word) CHUNK("", "null", "'" word "'", "")
#define FIRST        "'role':'assistant','content':'','refusal':null"
#define ROLE         PIECE(FIRST)
#define END          "data: [DONE]\n\n"
#define CALL(number, id, function, arguments)                                                      \
    "{'index':" number ",'id':'" id "','type':'function','function':{'name':'" function            \
    "','arguments':'" arguments "'}}"
#define WEATHER "{\\'city\\':\\'Paris\\'}"

static const struct {
    const char *file;
    int options;
    enum transport transport;
    const char *out;
    unsigned known;
    enum failure failure;
    const char *message; /* part of it */
    int64_t prompt, completion;
} rows[] = {
    {"ollama-text.ndjson", PLAIN, TRANSPORT_OK,
     ROLE PIECE("'content':'Hel'") PIECE("'content':'lo <b>'") PIECE("'content':' Caf\xc3\xa9'")
         PIECE("'content':' \xf0\x9f\x98\x80'") PIECE("'content':'\\n'") FINISH("stop") END,
     COMPLETE, FAILURE_NONE, "", 26, 9},
    {"ollama-text.ndjson", USAGE, TRANSPORT_OK,
     CHUNK(FIRST, "null", "null", ",'usage':null")
         CHUNK("'content':'Hel'", "null", "null", ",'usage':null")
             CHUNK("'content':'lo <b>'", "null", "null", ",'usage':null")
                 CHUNK("'content':' Caf\xc3\xa9'", "null", "null", ",'usage':null")
                     CHUNK("'content':' \xf0\x9f\x98\x80'", "null", "null", ",'usage':null")
                         CHUNK("'content':'\\n'", "null", "null", ",'usage':null")
                             CHUNK("", "null", "'stop'", ",'usage':null") HEAD
     "],'usage':{'prompt_tokens':26,'completion_tokens':9,'total_tokens':35}}\n\n" END,
     COMPLETE, FAILURE_NONE, "", 26, 9},
    /* After done:true the connection does not matter. */
    {"ollama-empty.ndjson", PLAIN, TRANSPORT_RESET, ROLE FINISH("stop") END, COMPLETE, FAILURE_NONE,
     "", 3, 0},
    {"ollama-empty.ndjson", USAGE, TRANSPORT_OK,
     CHUNK(FIRST, "null", "null", ",'usage':null") CHUNK("", "null", "'stop'", ",'usage':null") HEAD
     "],'usage':{'prompt_tokens':3,'completion_tokens':0,'total_tokens':3}}\n\n" END,
     COMPLETE, FAILURE_NONE, "", 3, 0},
    {"ollama-crlf-without-last-end.ndjson", PLAIN, TRANSPORT_OK,
     ROLE PIECE("'content':'ok'") FINISH("stop") END, COMPLETE, FAILURE_NONE, "", 26, 9},
    {"ollama-crlf-without-last-end.ndjson", PLAIN, TRANSPORT_TRUNCATED,
     ROLE PIECE("'content':'ok'") FINISH("stop") END, COMPLETE, FAILURE_NONE, "", 26, 9},
    {"ollama-thinking.ndjson", PLAIN, TRANSPORT_OK,
     ROLE PIECE("'reasoning_content':'Let me','reasoning':'Let me'")
         PIECE("'reasoning_content':' reason.','reasoning':' reason.'")
             PIECE("'content':'The answer is 42.'") FINISH("length") END,
     COMPLETE, FAILURE_NONE, "", 26, 9},
    {"ollama-logprobs.ndjson", PLAIN, TRANSPORT_OK,
     ROLE CHUNK("'content':'Hi'",
                "{'content':[{'token':'Hi','logprob':-0.25,'bytes':[72,105],'top_logprobs':[{'"
                "token':'Hi','logprob':-0.25,'bytes':[72,105]},{'token':'Yo','logprob':-2.5,"
                "'bytes':[89,111]}]}],'refusal':null}",
                "null", "") FINISH("stop") END,
     COMPLETE, FAILURE_NONE, "", 26, 9},
    /* Tools of both generations: before the last line, on it, and without ids. */
    {"ollama-0.24-tools.ndjson", PLAIN, TRANSPORT_OK,
     ROLE PIECE("'tool_calls':[" CALL("0", "call_k3x81w0z", "get_weather", WEATHER) "]")
         PIECE("'tool_calls':[" CALL("1", "call_9qmv2b7c", "get_time",
                                     "{\\'zone\\':\\'UTC\\',\\'ratio\\':0.1}") "]")
             FINISH("tool_calls") END,
     COMPLETE, FAILURE_NONE, "", 26, 9},
    {"ollama-0.24-tools.ndjson", ONE_CALL, TRANSPORT_OK,
     ROLE PIECE("'tool_calls':[" CALL("0", "call_k3x81w0z", "get_weather", WEATHER) "]")
         FINISH("tool_calls") END,
     COMPLETE, FAILURE_NONE, "", 26, 9},
    {"ollama-0.33-tools-jinja.ndjson", PLAIN, TRANSPORT_OK,
     ROLE PIECE("'tool_calls':[" CALL("0", "Zt5RxkJ0q1LwV8yB3nM7cD2fG4hK6sPa", "get_weather",
                                      "{\\'city\\':\\'a<b\\'}") "]") FINISH("tool_calls") END,
     COMPLETE, FAILURE_NONE, "", 26, 9},
    {"ollama-0.9-tools.ndjson", PLAIN, TRANSPORT_OK,
     ROLE PIECE("'tool_calls':[" CALL("0", "call_Xy_0", "get_weather", WEATHER) "," CALL(
         "1", "call_Xy_1", "get_time", "{}") "]") FINISH("tool_calls") END,
     COMPLETE, FAILURE_NONE, "", 26, 9},
    {"ollama-0.9-tools.ndjson", ONE_CALL, TRANSPORT_OK,
     ROLE PIECE("'tool_calls':[" CALL("0", "call_Xy_0", "get_weather", WEATHER) "]")
         FINISH("tool_calls") END,
     COMPLETE, FAILURE_NONE, "", 26, 9},
    /* Broken. */
    {"ollama-error-first.ndjson", PLAIN, TRANSPORT_OK, "", 0, FAILURE_CONTEXT,
     "exceeds the available context size", -1, -1},
    {"ollama-error-after-text.ndjson", PLAIN, TRANSPORT_OK, ROLE PIECE("'content':'Hello'"),
     CONTENT, FAILURE_SERVER, "unexpected EOF", -1, -1},
    {"ollama-gave-up.ndjson", PLAIN, TRANSPORT_OK,
     ROLE PIECE("'content':'ha '") PIECE("'content':'ha '") PIECE("'content':'ha '")
         PIECE("'content':'ha '") PIECE("'content':'ha '"),
     CONTENT, FAILURE_PROTOCOL, "before the answer was finished", -1, -1},
    {"ollama-gave-up.ndjson", PLAIN, TRANSPORT_IDLE_TIMEOUT,
     ROLE PIECE("'content':'ha '") PIECE("'content':'ha '") PIECE("'content':'ha '")
         PIECE("'content':'ha '") PIECE("'content':'ha '"),
     CONTENT, FAILURE_TIMEOUT, "idle_timeout", -1, -1},
    {"ollama-gave-up.ndjson", PLAIN, TRANSPORT_RESET,
     ROLE PIECE("'content':'ha '") PIECE("'content':'ha '") PIECE("'content':'ha '")
         PIECE("'content':'ha '") PIECE("'content':'ha '"),
     CONTENT, FAILURE_NETWORK, "reset", -1, -1},
    {"ollama-loaded-only.ndjson", PLAIN, TRANSPORT_OK, "", 0, FAILURE_PROTOCOL, "instead of", -1,
     -1},
    {"ollama-web-page.ndjson", PLAIN, TRANSPORT_OK, "", 0, FAILURE_PROTOCOL, "not JSON", -1, -1},
};

static unsigned known(const struct answer_facts *facts)
{
    return (facts->content ? CONTENT : 0u) | (facts->finished ? FINISHED : 0u) |
           (facts->done ? DONE : 0u) | (facts->policy ? POLICY : 0u);
}

static void init(struct relay_translate *translate, int options)
{
    const struct dialect_writer writer = {
        .identity = {.id = "chatcmpl-Xy", .model = "ministral-3:3b", .created = 1764000000},
        .include_usage = options == USAGE,
        .one_call = options == ONE_CALL};
    ck_assert_int_eq(relay_translate_init(translate, &dialect_ollama, &dialect_openai, &writer), 0);
}

static void check_row(int i, const char *want, const struct buf *out,
                      const struct answer_facts *facts, size_t cut)
{
    ck_assert_msg(text_equals(buf_text(out), want), "%s cut at %zu: %s", rows[i].file, cut,
                  buf_text(out).at);
    ck_assert_msg(known(facts) == rows[i].known, "%s cut at %zu: facts %u", rows[i].file, cut,
                  known(facts));
    ck_assert_msg(facts->failure == rows[i].failure, "%s cut at %zu: %s", rows[i].file, cut,
                  failure_word(facts->failure));
    ck_assert_msg(strstr(facts->error.message, rows[i].message) != NULL, "%s cut at %zu: %s",
                  rows[i].file, cut, facts->error.message);
    ck_assert_msg(facts->prompt_tokens == rows[i].prompt &&
                      facts->completion_tokens == rows[i].completion,
                  "%s cut at %zu: usage", rows[i].file, cut);
}

/* Pieces of first bytes, then of step bytes each. */
static void run(int i, struct text in, size_t first, size_t step, const char *want)
{
    struct relay_translate translate;
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    buf_init(&out, 1 << 20);
    init(&translate, rows[i].options);
    for (size_t at = 0, n = first; at < in.len || n == 0; at += n, n = step) {
        size_t size = n < in.len - at ? n : in.len - at;
        relay_translate_feed(&translate, text_make(in.at + at, size), &out, &facts);
        if (size < n)
            break;
    }
    relay_translate_end(&translate, rows[i].transport, &out, &facts);
    check_row(i, want, &out, &facts, first);
    relay_translate_done(&translate);
    buf_done(&out);
}

START_TEST(a_stream_is_translated_the_same_wherever_it_is_cut)
{
    struct buf in = fixture_read(rows[_i].file);
    char *want = json_row_text(rows[_i].out);
    for (size_t cut = 0; cut <= in.len; cut++)
        run(_i, buf_text(&in), cut, in.len + 1, want);
    run(_i, buf_text(&in), 1, 1, want);
    run(_i, buf_text(&in), 7, 7, want);
    free(want);
    buf_done(&in);
}
END_TEST

/* Ends after any byte: an answer is complete or it has failed, and no half event is in out. */
START_TEST(a_stream_may_end_anywhere)
{
    struct buf in = fixture_read(rows[_i].file);
    for (size_t len = 0; len < in.len; len++) {
        struct relay_translate translate;
        struct answer_facts facts = answer_facts_none();
        struct buf out;
        buf_init(&out, 1 << 20);
        init(&translate, rows[_i].options);
        relay_translate_feed(&translate, text_make(in.data, len), &out, &facts);
        relay_translate_end(&translate, TRANSPORT_OK, &out, &facts);
        bool complete = facts.done;
        ck_assert_msg(complete == (facts.failure == FAILURE_NONE), "%s, %zu bytes", rows[_i].file,
                      len);
        ck_assert_int_eq(complete, strstr(buf_text(&out).at, END) != NULL);
        ck_assert(out.len == 0 || strcmp(out.data + out.len - 3, "}\n\n") == 0 || complete);
        relay_translate_done(&translate);
        buf_done(&out);
    }
    buf_done(&in);
}
END_TEST

START_TEST(an_event_without_room_leaves_no_half_of_it)
{
    struct buf in = fixture_read("ollama-text.ndjson");
    char *role = json_row_text(ROLE);
    for (size_t room = 0; room < strlen(role) + 100; room++) {
        struct relay_translate translate;
        struct answer_facts facts = answer_facts_none();
        struct buf out;
        buf_init(&out, room);
        init(&translate, PLAIN);
        relay_translate_feed(&translate, buf_text(&in), &out, &facts);
        ck_assert_int_eq(facts.failure, FAILURE_PROTOCOL);
        ck_assert_msg(out.len == 0, "%zu bytes of %zu", out.len, room);
        relay_translate_done(&translate);
        buf_done(&out);
    }
    free(role);
    buf_done(&in);
}
END_TEST

/* Ollama's apps and Anthropic's whole answers have objects where OpenAI has a text. */
START_TEST(arguments_that_are_no_object_are_told_as_such)
{
    static const char body[] =
        "{\"choices\":[{\"index\":0,\"finish_reason\":\"tool_calls\",\"message\":{"
        "\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
        "\"arguments\":\"{\"}}]}}]}";
    static const struct dialect *const apps[] = {&dialect_ollama, &dialect_anthropic};
    const struct relay_options options = {.app = apps[_i], .from = &dialect_openai};
    struct answer_facts facts;
    struct buf out;
    buf_init(&out, 1 << 16);
    whole_relay(&options, "application/json", text_of(body), &out, &facts);
    ck_assert_int_eq(facts.failure, FAILURE_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(facts.error.message, "no JSON object"));
    buf_done(&out);
}
END_TEST

START_TEST(one_endless_line_breaks_the_stream)
{
    struct relay_translate translate;
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    static char block[65536];
    memset(block, 'x', sizeof(block));
    buf_init(&out, 1 << 24);
    init(&translate, PLAIN);
    for (size_t fed = 0; fed <= ANSWER_EVENT_MAX; fed += sizeof(block))
        relay_translate_feed(&translate, text_make(block, sizeof(block)), &out, &facts);
    ck_assert_int_eq(facts.failure, FAILURE_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(facts.error.message, "too long"));
    ck_assert_uint_eq(out.len, 0);
    relay_translate_done(&translate);
    buf_done(&out);
}
END_TEST

static const struct {
    const char *name;
    const char *line; /* with ' for " */
    unsigned known;
    enum failure failure;
    const char *message;
} lines[] = {
    {"an empty piece is no content", "{'message':{'content':''},'done':false}", 0, FAILURE_NONE,
     ""},
    {"error null is none", "{'error':null,'message':{'content':'x'},'done':false}", CONTENT,
     FAILURE_NONE, ""},
    {"an empty error", "{'error':''}", 0, FAILURE_SERVER, "without a message"},
    {"an error that is no text", "{'error':5}", 0, FAILURE_SERVER, "without a message"},
    {"the overflow of 0.24", "{'error':'the input length exceeds the context length'}", 0,
     FAILURE_CONTEXT, "exceeds the context length"},
    {"an error of a server that is no Ollama", "{'error':{'message':'no','code':'x'}}", 0,
     FAILURE_SERVER, "no"},
    {"an answer of another API", "{'choices':[]}", 0, FAILURE_PROTOCOL, "no answer"},
    {"an event", "data: {}", 0, FAILURE_PROTOCOL, "not JSON"},
};

START_TEST(a_line_is_told_from_an_error)
{
    struct relay_translate translate;
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    char *line = json_row_text(lines[_i].line);
    buf_init(&out, 65536);
    init(&translate, PLAIN);
    relay_translate_feed(&translate, text_of(line), &out, &facts);
    ck_assert_uint_eq(known(&facts), 0);
    relay_translate_feed(&translate, text_of("\n"), &out, &facts);
    ck_assert_msg(known(&facts) == lines[_i].known, "%s: %u", lines[_i].name, known(&facts));
    ck_assert_msg(facts.failure == lines[_i].failure, "%s: %s", lines[_i].name,
                  failure_word(facts.failure));
    ck_assert_msg(strstr(facts.error.message, lines[_i].message) != NULL, "%s: %s", lines[_i].name,
                  facts.error.message);
    relay_translate_done(&translate);
    buf_done(&out);
    free(line);
}
END_TEST

START_TEST(thoughts_that_are_not_told_are_no_content)
{
    const struct dialect_writer writer = {.identity = {.id = "cmpl-X", .model = "m", .created = 1}};
    struct relay_translate translate;
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    buf_init(&out, 65536);
    ck_assert_int_eq(
        relay_translate_init(&translate, &dialect_ollama, &dialect_completions, &writer), 0);
    relay_translate_feed(&translate,
                         text_of("{\"message\":{\"content\":\"\",\"thinking\":\"hm\"}}\n"), &out,
                         &facts);
    ck_assert(!facts.content && facts.underway);
    ck_assert_uint_eq(out.len, 0);
    relay_translate_feed(&translate, text_of("{\"message\":{\"content\":\"a\"}}\n"), &out, &facts);
    ck_assert(facts.content);
    ck_assert_ptr_nonnull(strstr(out.data, "\"text\":\"a\""));
    ck_assert_ptr_null(strstr(out.data, "hm"));
    relay_translate_done(&translate);
    buf_done(&out);
}
END_TEST

/* What an announcement does to a stream, and to a whole answer: ' for ". */
#define SAID(text)     "{'message':{'content':'" text "'}}\n"
#define THOUGHT(text)  "{'message':{'content':'','thinking':'" text "'}}\n"
#define SAID_END(text) "{'message':{'content':'" text "'},'done':true,'done_reason':'stop'}\n"
static const struct {
    const char *name, *lines;
    bool behind;
    const char *text; /* that the app puts together */
} announced[] = {
    {"before the first text", SAID("Par") SAID("is") SAID_END(""), false, "[ollama] Paris"},
    {"behind the last", SAID("Par") SAID("is") SAID_END(""), true, "Paris[ollama] "},
    {"behind the last, which comes with the end", SAID("Par") SAID_END("is"), true,
     "Paris[ollama] "},
    {"thoughts are no text", THOUGHT("hm") SAID("a") SAID_END(""), false, "[ollama] a"},
    {"no text, no announcement before", THOUGHT("hm") SAID_END(""), false, ""},
    {"no text, no announcement behind", THOUGHT("hm") SAID_END(""), true, ""},
    {"all at once, before", SAID_END("a"), false, "[ollama] a"},
    {"all at once, behind", SAID_END("a"), true, "a[ollama] "},
};

/* The contents of all deltas of a stream, joined: they hold nothing escaped. */
static void join_contents(const char *out, char *ret, size_t size)
{
    size_t len = 0;
    for (const char *at = out; (at = strstr(at, "\"content\":\""));) {
        at += strlen("\"content\":\"");
        for (; *at != '"' && len + 1 < size; at++)
            ret[len++] = *at;
    }
    ret[len] = '\0';
}

START_TEST(an_announcement_is_put_into_the_text)
{
    const struct relay_options options = {
        .app = &dialect_openai,
        .from = &dialect_ollama,
        .identity = {.id = "chatcmpl-Xy", .model = "m", .created = 1},
        .announce = text_of("[ollama] "),
        .announce_behind = announced[_i].behind};
    char *stream = json_row_text(announced[_i].lines);
    char text[256];
    for (size_t cut = 0; cut <= strlen(stream); cut++) {
        struct relay *relay = relay_new(&options);
        relay_feed(relay, text_make(stream, cut));
        relay_feed(relay, text_of(stream + cut));
        relay_end(relay, TRANSPORT_OK);
        ck_assert_int_eq(relay_facts(relay)->failure, FAILURE_NONE);
        ck_assert_msg(relay_facts(relay)->done, "%s", announced[_i].name);
        join_contents(relay_out(relay)->data, text, sizeof(text));
        ck_assert_msg(strcmp(text, announced[_i].text) == 0, "%s, cut at %zu: %s",
                      announced[_i].name, cut, text);
        relay_free(relay);
    }
    free(stream);
}
END_TEST

START_TEST(an_announcement_is_put_into_a_whole_answer)
{
    for (int behind = 0; behind < 2; behind++) {
        const struct relay_options options = {
            .app = &dialect_openai,
            .from = &dialect_ollama,
            .identity = {.id = "chatcmpl-Xy", .model = "m", .created = 1},
            .announce = text_of("[ollama] "),
            .announce_behind = behind != 0};
        struct answer_facts facts;
        struct buf out;
        buf_init(&out, 1 << 16);
        whole_relay(&options, "application/json",
                    text_of("{\"message\":{\"content\":\"Paris\",\"thinking\":\"hm\"},"
                            "\"done\":true,\"done_reason\":\"stop\"}"),
                    &out, &facts);
        ck_assert_int_eq(facts.failure, FAILURE_NONE);
        ck_assert_msg(strstr(out.data, behind ? "\"Paris[ollama] \"" : "\"[ollama] Paris\""), "%s",
                      out.data);
        buf_done(&out);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("relay_translate");
    TCase *tc = tcase_create("streams");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, a_stream_is_translated_the_same_wherever_it_is_cut, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_stream_may_end_anywhere, 0, ROWS(rows));
    tcase_add_test(tc, an_event_without_room_leaves_no_half_of_it);
    tcase_add_loop_test(tc, arguments_that_are_no_object_are_told_as_such, 0, 2);
    tcase_add_test(tc, one_endless_line_breaks_the_stream);
    tcase_add_loop_test(tc, a_line_is_told_from_an_error, 0, ROWS(lines));
    tcase_add_test(tc, thoughts_that_are_not_told_are_no_content);
    tcase_add_loop_test(tc, an_announcement_is_put_into_the_text, 0, ROWS(announced));
    tcase_add_test(tc, an_announcement_is_put_into_a_whole_answer);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
