/*
 * Pairs of dialects: recorded answers, cut at every byte. In two pieces an answer is told as in
 * one; what breaks off is told to have failed, after nothing but what was said, or says all; and a
 * whole answer of which a byte is missing is none.
 *
 * All apps are asked, those that no provider speaks, too; how an app takes what it is told its
 * dialect's own judge says.
 */
#include <stdlib.h>
#include <string.h>

#include "answer/frames.h"
#include "answer/relay.h"
#include "anthropic/anthropic_stream.h"
#include "dialect/dialect.h"
#include "fixture.h"
#include "json_row.h"
#include "text/count.h"
#include "unit.h"
#include "whole.h"

static const char request[] = "{\"model\":\"x\",\"input\":\"hi\",\"tools\":[{\"type\":\"function\","
                              "\"name\":\"get_weather\"},{\"type\":\"custom\",\"name\":"
                              "\"get_time\"}]}";

static const struct {
    const struct dialect *from;
    const char *file;   /* of tests/fixtures; NULL: it is in stream */
    const char *stream; /* with ' for " */
} rows[] = {
    {&dialect_openai, "openai-text.sse", NULL},
    {&dialect_openai, "openai-text-crlf.sse", NULL},
    {&dialect_openai, "openai-text-cr.sse", NULL},
    {&dialect_openai, "openai-bom.sse", NULL},
    {&dialect_openai, "openai-comments.sse", NULL},
    {&dialect_openai, "openai-multiline.sse", NULL},
    {&dialect_openai, "openai-tools.sse", NULL},
    {&dialect_openai, "openai-usage.sse", NULL},
    {&dialect_openai, "openai-filter.sse", NULL},
    {&dialect_openai, "openai-error-null.sse", NULL},
    {&dialect_openai, "openai-after-done.sse", NULL},
    {&dialect_openai, "openai-without-done.sse", NULL},
    {&dialect_openai, "openai-done-without-blank-line.sse", NULL},
    {&dialect_openai, "openai-last-event-open.sse", NULL},
    {&dialect_ollama, "ollama-0.33-text.ndjson", NULL},
    {&dialect_ollama, "ollama-0.33-thinking.ndjson", NULL},
    {&dialect_ollama, "ollama-0.33-one-tool-jinja.ndjson", NULL},
    {&dialect_ollama, "ollama-0.33-two-tools.ndjson", NULL},
    {&dialect_ollama, "ollama-0.24-tools.ndjson", NULL},
    {&dialect_ollama, "ollama-0.33-limit.ndjson", NULL},
    {&dialect_ollama, "ollama-0.33-logprobs.ndjson", NULL},
    {&dialect_ollama, "ollama-0.33-bytes.ndjson", NULL},
    {&dialect_ollama, "ollama-0.33-empty.ndjson", NULL},
    {&dialect_ollama, "ollama-crlf-without-last-end.ndjson", NULL},
    {&dialect_anthropic, NULL, HI_WHOLE},
    {&dialect_anthropic, NULL,
     START THOUGHT("0") THINK("0", "Hm, ") THINK("0", "rain.") SIGN("0") STOP("0") TEXT("1")
         SAY("1", "Rain ") PING SAY("1", "\\u00e9.") STOP("1") CALL("2", "toolu_1", "get_weather")
             MORE("2", "") MORE("2", "{\\'city\\':") MORE("2", "\\'Oslo\\'}") STOP("2")
                 CALL("3", "toolu_2", "get_time") STOP("3") ENDS("tool_use") OVER},
    {&dialect_anthropic, NULL,
     START BLOCK("0", "'type':'server_tool_use','id':'s','name':'web_search','input':{}") STOP("0")
         EVENT("tomorrow", "") TEXT("1") SAY("1", "a") STOP("1") ENDS("max_tokens") OVER},
    {&dialect_anthropic, NULL, START TEXT("0") SAY("0", "I will") STOP("0") ENDS("refusal") OVER},
};

static struct buf row_read(int i)
{
    struct buf in;
    if (rows[i].file)
        return fixture_read(rows[i].file);
    char *text = json_row_text(rows[i].stream);
    buf_init(&in, 1 << 20);
    ck_assert_int_eq(buf_append_string(&in, text), 0);
    free(text);
    return in;
}

static const char *row_name(int i)
{
    return rows[i].file ? rows[i].file : rows[i].from->word;
}

static struct relay *relay_for(const struct dialect *from, const struct dialect *app)
{
    const struct relay_options options = {
        .app = app,
        .from = from,
        .identity = {.id = "id_1", .model = "m", .created = 1764000000},
        .include_usage = true,
        .request = text_of(request)};
    struct relay *relay = relay_new(&options);
    ck_assert_ptr_nonnull(relay);
    return relay;
}

/* All other apps, one after the other, from *at on. */
static const struct dialect *next_app(const struct dialect *from, size_t *at)
{
    while (*at < dialect_count()) {
        const struct dialect *app = dialect_at((*at)++);
        if (app->app && app != from)
            return app;
    }
    return NULL;
}

/* ---- what an app hears */

static void hear_tree(const json_t *json, const char *name, struct buf *ret)
{
    static const char *const heard[] = {"content", "reasoning_content", "thinking", "text",
                                        "delta",   "partial_json",      "response", "arguments",
                                        "name"};
    const char *member;
    json_t *value;
    size_t i;
    json_object_foreach ((json_t *)(uintptr_t)json, member, value)
        hear_tree(value, member, ret);
    json_array_foreach ((json_t *)(uintptr_t)json, i, value)
        hear_tree(value, name, ret);
    for (i = 0; json_is_string(json) && i < COUNT(heard); i++)
        if (strcmp(name, heard[i]) == 0)
            ck_assert_int_eq(buf_append(ret, json_string_value(json), json_string_length(json)), 0);
}

/* Every text that is told, in its order; told twice, as Responses do, it is heard twice. */
static struct buf hear(const struct dialect *app, struct text bytes)
{
    struct answer_facts facts = answer_facts_none();
    struct buf heard;
    struct frames frames;
    struct frame frame;
    buf_init(&heard, 1 << 20);
    frames_init(&frames, app->framing, ANSWER_EVENT_MAX);
    while (bytes.len && frames_push(&frames, &bytes, &facts))
        while (frames_next(&frames, &frame)) {
            struct text data = frame.event.data;
            json_t *json = data.at ? json_loadb(data.at, data.len, JSON_ALLOW_NUL, NULL) : NULL;
            hear_tree(json, "", &heard);
            json_decref(json);
        }
    frames_done(&frames);
    return heard;
}

static bool hears_the_same(const struct dialect *app, struct text a, struct text b)
{
    struct buf of_a = hear(app, a), of_b = hear(app, b);
    bool same = text_same(buf_text(&of_a), buf_text(&of_b));
    buf_done(&of_a);
    buf_done(&of_b);
    return same;
}

/* How the app takes what it was told: by the judge of its dialect, at a clean end. */
static enum failure taken_for(const struct dialect *app, struct text bytes)
{
    struct relay *relay = relay_for(app, app);
    relay_feed(relay, bytes);
    relay_end(relay, TRANSPORT_OK);
    enum failure failure = relay_facts(relay)->failure;
    ck_assert(failure != FAILURE_NONE || relay_facts(relay)->done);
    relay_free(relay);
    return failure;
}

/* ---- streams */

static struct relay *told_whole(int i, const struct dialect *app, struct text in)
{
    struct relay *relay = relay_for(rows[i].from, app);
    relay_feed(relay, in);
    relay_end(relay, TRANSPORT_OK);
    ck_assert_msg(relay_facts(relay)->done, "%s to %s: %s", row_name(i), app->word,
                  relay_facts(relay)->error.message);
    ck_assert_msg(taken_for(app, buf_text(relay_out(relay))) == FAILURE_NONE,
                  "%s: %s does not take it:\n%s", row_name(i), app->word, relay_out(relay)->data);
    return relay;
}

START_TEST(in_two_pieces_it_is_told_as_in_one)
{
    struct buf in = row_read(_i);
    const struct dialect *app;
    for (size_t at = 0; (app = next_app(rows[_i].from, &at)) != NULL;) {
        struct relay *whole = told_whole(_i, app, buf_text(&in));
        for (size_t cut = 1; cut < in.len; cut++) {
            struct relay *relay = relay_for(rows[_i].from, app);
            relay_feed(relay, text_make(in.data, cut));
            relay_feed(relay, text_skip(buf_text(&in), cut));
            relay_end(relay, TRANSPORT_OK);
            ck_assert_msg(text_same(buf_text(relay_out(relay)), buf_text(relay_out(whole))),
                          "%s to %s, cut at %zu:\n%s", row_name(_i), app->word, cut,
                          relay_out(relay)->data);
            relay_free(relay);
        }
        relay_free(whole);
    }
    buf_done(&in);
}
END_TEST

/* Half of a stream, or all but what says nothing. */
static void check_half(const char *where, const struct dialect *app, struct relay *half,
                       struct text whole)
{
    struct buf *out = relay_out(half);
    const struct answer_facts *facts = relay_facts(half);
    bool failed = facts->failure != FAILURE_NONE;
    ck_assert_msg(failed == !facts->done, "%s: neither whole nor failed", where);
    ck_assert_msg(failed || hears_the_same(app, buf_text(out), whole),
                  "%s: half of it looks whole:\n%s", where, out->data);
    ck_assert_msg(!failed || (out->len <= whole.len &&
                              memcmp(out->data ? out->data : "", whole.at, out->len) == 0),
                  "%s: what was never said:\n%s", where, out->data);
    if (failed && facts->content)
        relay_break(half);
    if (facts->content || !failed)
        ck_assert_msg((taken_for(app, buf_text(out)) != FAILURE_NONE) == failed,
                      "%s: taken for the other:\n%s", where, out->data);
}

START_TEST(no_half_looks_whole_and_nothing_is_lost)
{
    static const enum transport ends[] = {TRANSPORT_OK, TRANSPORT_RESET};
    struct buf in = row_read(_i);
    const struct dialect *app;
    for (size_t at = 0; (app = next_app(rows[_i].from, &at)) != NULL;) {
        struct relay *whole = told_whole(_i, app, buf_text(&in));
        for (size_t cut = 0; cut < in.len; cut++)
            for (size_t e = 0; e < COUNT(ends); e++) {
                char where[128];
                struct relay *half = relay_for(rows[_i].from, app);
                relay_feed(half, text_make(in.data, cut));
                relay_end(half, ends[e]);
                (void)snprintf(where, sizeof(where), "%s to %s, %zu bytes, then %s", row_name(_i),
                               app->word, cut, transport_word(ends[e]));
                check_half(where, app, half, buf_text(relay_out(whole)));
                relay_free(half);
            }
        relay_free(whole);
    }
    buf_done(&in);
}
END_TEST

/* ---- whole answers */

static const struct {
    const struct dialect *from;
    const char *body; /* with ' for " */
} wholes[] = {
    {&dialect_openai,
     "{'id':'c','object':'chat.completion','created':1,'model':'m','choices':[{'index':0,'message':"
     "{"
     "'role':'assistant','content':'Rain.','reasoning_content':'hm'},'finish_reason':'stop'}],"
     "'usage':{'prompt_tokens':1,'completion_tokens':2,'total_tokens':3}}"},
    {&dialect_openai,
     "{'choices':[{'index':0,'message':{'role':'assistant','content':null,'tool_calls':[{'id':'t',"
     "'type':'function','function':{'name':'get_weather','arguments':'{}'}}]},'finish_reason':"
     "'tool_calls'}]}"},
    {&dialect_ollama,
     "{'model':'m','created_at':'2026-01-01T00:00:00Z','message':{'role':'assistant','content':"
     "'Rain.','thinking':'hm','tool_calls':[{'function':{'name':'get_weather','arguments':{'a':1}}}"
     "]"
     "},'done':true,'done_reason':'stop','prompt_eval_count':1,'eval_count':2}"},
    {&dialect_anthropic,
     "{'id':'msg_1','type':'message','role':'assistant','model':'m','content':[{'type':'thinking',"
     "'thinking':'hm','signature':'x'},{'type':'text','text':'Rain.'},{'type':'tool_use','id':'t',"
     "'name':'get_weather','input':{'a':1}}],'stop_reason':'tool_use','stop_sequence':null,'usage':"
     "{"
     "'input_tokens':1,'output_tokens':2}}"},
};

START_TEST(a_whole_answer_that_is_cut_is_none)
{
    char *body = json_row_text(wholes[_i].body);
    const struct dialect *app;
    for (size_t at = 0; (app = next_app(wholes[_i].from, &at)) != NULL;) {
        const struct relay_options options = {
            .app = app,
            .from = wholes[_i].from,
            .identity = {.id = "id_1", .model = "m", .created = 1764000000},
            .request = text_of(request)};
        for (size_t len = 0; len <= strlen(body); len++) {
            struct answer_facts facts;
            struct buf out;
            bool whole = len == strlen(body);
            buf_init(&out, 1 << 20);
            whole_relay(&options, "application/json", text_make(body, len), &out, &facts);
            ck_assert_msg((facts.failure == FAILURE_NONE) == whole, "%s to %s, %zu bytes: %s",
                          wholes[_i].from->word, app->word, len, facts.error.message);
            ck_assert_msg(whole == (out.len > 0), "%s to %s, %zu bytes", wholes[_i].from->word,
                          app->word, len);
            buf_done(&out);
        }
    }
    free(body);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pairs_cut");
    TCase *tc = tcase_create("cut");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, in_two_pieces_it_is_told_as_in_one, 0, ROWS(rows));
    tcase_add_loop_test(tc, no_half_looks_whole_and_nothing_is_lost, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_whole_answer_that_is_cut_is_none, 0, ROWS(wholes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
