/* Answers that an Ollama gives to its own apps, passed on: what is known of them, and no half that
 * looks whole. */
#include "answer/relay.h"
#include "json_row.h"
#include "ollama/dialect_ollama.h"
#include "unit.h"
#include "whole.h"

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
    {"a line that is broken", HI "{'message':{'cont\n" END, TRANSPORT_OK, FAILURE_NONE, true, ""},
    {"a line that is broken, then no end", HI "oops\n", TRANSPORT_OK, FAILURE_PROTOCOL, true,
     BREAK("the stream ended before the answer was finished")},
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
    whole_relay(&options, "application/json", text_of(in), &out, &facts);
    ck_assert_msg(facts.failure == wholes[_i].failure, "%s: %s", in, facts.error.message);
    ck_assert(text_equals(buf_text(&out), facts.failure ? "" : in));
    buf_done(&out);
    free(in);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_ollama_judge");
    TCase *tc = tcase_create("all");
    tcase_add_loop_test(tc, a_stream_goes_out_as_it_came, 0, ROWS(streams));
    tcase_add_test(tc, no_half_looks_whole);
    tcase_add_loop_test(tc, a_whole_answer_goes_out_as_it_came, 0, ROWS(wholes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
