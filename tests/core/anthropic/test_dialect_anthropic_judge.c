/* Messages that are passed on: the same bytes, whatever they are cut into, and what is known of
 * them. */
#include "answer/relay.h"
#include "anthropic/anthropic_stream.h"
#include "anthropic/dialect_anthropic.h"
#include "json_row.h"
#include "unit.h"
#include "whole.h"

#define BREAK(message)                                                                             \
    "event: error\ndata: {'type':'error','error':{'type':'api_error','message':'" message "'}}"    \
    "\n\n"

static struct relay *passing(void)
{
    const struct relay_options options = {.app = &dialect_anthropic, .from = &dialect_anthropic};
    struct relay *relay = relay_new(&options);
    ck_assert_ptr_nonnull(relay);
    return relay;
}

static const struct {
    const char *name;
    const char *stream;
    enum transport transport;
    enum failure failure;
    bool content;
    const char *adds; /* behind the same bytes; NULL: nothing goes out */
} rows[] = {
    {"a text", HI_WHOLE, TRANSPORT_OK, FAILURE_NONE, true, ""},
    {"message_stop, then a reset", HI_WHOLE, TRANSPORT_RESET, FAILURE_NONE, true, ""},
    {"what others would not know",
     START BLOCK("0", "'type':'server_tool_use','id':'s','name':'web_search','input':{}") STOP("0")
         EVENT("tomorrow", "") HI ENDS("end_turn") OVER,
     TRANSPORT_OK, FAILURE_NONE, true, ""},
    {"a clean end before message_stop", START HI ENDS("end_turn"), TRANSPORT_OK, FAILURE_NONE, true,
     OVER},
    {"silence before message_stop", START HI ENDS("end_turn"), TRANSPORT_IDLE_TIMEOUT, FAILURE_NONE,
     true, OVER},
    {"a reset before message_stop", START HI ENDS("end_turn"), TRANSPORT_RESET, FAILURE_NETWORK,
     true, BREAK("the connection was reset or closed without an answer")},
    {"a clean end in the middle", START HI, TRANSPORT_OK, FAILURE_PROTOCOL, true,
     BREAK("the stream ended before the answer was finished")},
    {"silence in the middle", START HI, TRANSPORT_IDLE_TIMEOUT, FAILURE_TIMEOUT, true,
     BREAK("silence inside the answer for idle_timeout")},
    {"its own error in the middle", START HI FAILS, TRANSPORT_OK, FAILURE_SERVER, true, ""},
};

START_TEST(a_stream_goes_out_as_it_came)
{
    char *in = json_row_text(rows[_i].stream), *adds = json_row_text(rows[_i].adds);
    for (size_t cut = 0; cut <= strlen(in); cut++) {
        struct relay *relay = passing();
        relay_feed(relay, text_make(in, cut));
        relay_feed(relay, text_of(in + cut));
        relay_end(relay, rows[_i].transport);
        const struct answer_facts *facts = relay_facts(relay);
        if (facts->failure != FAILURE_NONE)
            relay_break(relay);
        ck_assert_msg(facts->failure == rows[_i].failure, "%s at %zu: %s", rows[_i].name, cut,
                      facts->error.message);
        ck_assert_msg(facts->content == rows[_i].content, "%s at %zu", rows[_i].name, cut);
        const char *out = relay_out(relay)->data;
        ck_assert_msg(strncmp(out, in, strlen(in)) == 0, "%s at %zu: %s", rows[_i].name, cut, out);
        ck_assert_msg(strcmp(out + strlen(in), adds) == 0, "%s at %zu: %s", rows[_i].name, cut,
                      out);
        relay_free(relay);
    }
    free(in);
    free(adds);
}
END_TEST

/* Whatever of an event has come: the app reads whole ones, then an error, and no message_stop. */
START_TEST(no_half_looks_whole)
{
    static const enum transport ends[] = {TRANSPORT_OK, TRANSPORT_RESET, TRANSPORT_IDLE_TIMEOUT};
    char *in = json_row_text(HI_WHOLE);
    size_t told = (size_t)(strstr(in, "\n\nevent: message_stop") - in); /* the stop_reason is */
    for (size_t len = 0; len < strlen(in); len++) {
        for (int e = 0; e < ROWS(ends); e++) {
            struct relay *relay = passing();
            relay_feed(relay, text_make(in, len));
            relay_end(relay, ends[e]);
            const struct answer_facts *facts = relay_facts(relay);
            bool failed = facts->failure != FAILURE_NONE;
            if (failed && facts->content)
                relay_break(relay);
            const char *out = relay_out(relay)->data ? relay_out(relay)->data : "";
            ck_assert_msg(!failed == (strstr(out, "event: message_stop") != NULL), "%zu: %s", len,
                          out);
            ck_assert_msg(failed || len >= told, "%zu looks whole", len);
            ck_assert_msg((failed && facts->content) == (strstr(out, "event: error") != NULL),
                          "%zu: %s", len, out);
            size_t n = strlen(out);
            ck_assert(n == 0 || (out[n - 1] == '\n' && out[n - 2] == '\n'));
            relay_free(relay);
        }
    }
    free(in);
}
END_TEST

static const struct {
    const char *name;
    const char *stream;
    enum failure failure;
    bool content, policy;
} looks[] = {
    {"nothing but pings", START PING, FAILURE_NONE, false, false},
    {"an empty text", START TEXT("0") SAY("0", ""), FAILURE_NONE, false, false},
    {"a text", START TEXT("0") SAY("0", "a"), FAILURE_NONE, true, false},
    {"a thought", START THOUGHT("0") THINK("0", "a"), FAILURE_NONE, true, false},
    {"a signature alone", START THOUGHT("0") SIGN("0"), FAILURE_NONE, false, false},
    {"the beginning of a call", START CALL("0", "t", "f"), FAILURE_NONE, true, false},
    {"the beginning of a server's call",
     START BLOCK("0", "'type':'server_tool_use','id':'t','name':'f','input':{}"), FAILURE_NONE,
     false, false},
    {"a piece of input", START MORE("0", "{"), FAILURE_NONE, true, false},
    {"an empty piece", START MORE("0", ""), FAILURE_NONE, false, false},
    {"a reason", START ENDS("end_turn"), FAILURE_NONE, true, false},
    {"a refusal", START ENDS("refusal"), FAILURE_NONE, true, true},
    {"an end without any content", START OVER, FAILURE_PROTOCOL, false, false},
    {"an error", START FAILS, FAILURE_SERVER, false, false},
    {"an error without data", "event: error\ndata: x\n\n", FAILURE_SERVER, false, false},
    {"what is no JSON", "event: ping\ndata: x\n\n", FAILURE_NONE, false, false},
    {"a web page", "<html>", FAILURE_PROTOCOL, false, false},
    {"a whole answer", "{'type':'message','content':[]}", FAILURE_PROTOCOL, false, false},
    {"an error in its place", "{'type':'error','error':{'type':'billing_error','message':'pay'}}",
     FAILURE_QUOTA, false, false},
};

START_TEST(first_content_is_known)
{
    struct relay *relay = passing();
    char *in = json_row_text(looks[_i].stream);
    relay_feed(relay, text_of(in));
    const struct answer_facts *facts = relay_facts(relay);
    ck_assert_msg(facts->failure == looks[_i].failure, "%s: %s", looks[_i].name,
                  facts->error.message);
    ck_assert_msg(facts->content == looks[_i].content, "%s", looks[_i].name);
    ck_assert_msg(facts->policy == looks[_i].policy, "%s", looks[_i].name);
    relay_free(relay);
    free(in);
}
END_TEST

START_TEST(tokens_are_read_on_the_way)
{
    struct relay *relay = passing();
    char *in = json_row_text(HI_WHOLE);
    relay_feed(relay, text_of(in));
    ck_assert_int_eq(relay_facts(relay)->prompt_tokens, 16);
    ck_assert_int_eq(relay_facts(relay)->completion_tokens, 5);
    ck_assert_int_eq(relay_facts(relay)->cached_tokens, 4);
    relay_free(relay);
    free(in);
}
END_TEST

static const struct {
    const char *name;
    const char *type;
    const char *body;
    enum failure failure;
    bool policy, repeats;
} wholes[] = {
    {"a message", "application/json",
     " {'type':'message','content':[{'type':'text','text':'a'}],'stop_reason':'end_turn'}\n",
     FAILURE_NONE, false, false},
    {"a refusal", "application/json", "{'type':'message','content':[],'stop_reason':'refusal'}",
     FAILURE_NONE, true, false},
    {"an error", "application/json",
     "{'type':'error','error':{'type':'overloaded_error','message':'x'}}", FAILURE_SERVER, false,
     false},
    {"no message", "application/json", "{'choices':[]}", FAILURE_PROTOCOL, false, false},
    {"a web page", "text/html", "{'type':'message','content':[]}", FAILURE_PROTOCOL, false, false},
    {"a web page by its bytes", "application/json", "\n<html>", FAILURE_PROTOCOL, false, false},
    {"nothing", "application/json", " ", FAILURE_PROTOCOL, false, false},
    {"half", "application/json", "{'type':'message','content':[", FAILURE_PROTOCOL, false, false},
    {"events", "text/event-stream", HI_WHOLE, FAILURE_PROTOCOL, false, true},
};

START_TEST(a_whole_answer_goes_out_as_it_came)
{
    const struct relay_options options = {.app = &dialect_anthropic, .from = &dialect_anthropic};
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    buf_init(&out, 1 << 20);
    char *body = json_row_text(wholes[_i].body);
    whole_relay(&options, wholes[_i].type, text_of(body), &out, &facts);
    ck_assert_msg(facts.failure == wholes[_i].failure, "%s: %s", wholes[_i].name,
                  facts.error.message);
    ck_assert_int_eq(facts.policy, wholes[_i].policy);
    ck_assert_int_eq(facts.repeats, wholes[_i].repeats);
    if (facts.failure == FAILURE_NONE)
        ck_assert_str_eq(out.data, body);
    else
        ck_assert_uint_eq(out.len, 0);
    free(body);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic_judge");
    TCase *tc = tcase_create("passed on");
    tcase_add_loop_test(tc, a_stream_goes_out_as_it_came, 0, ROWS(rows));
    tcase_add_test(tc, no_half_looks_whole);
    tcase_add_loop_test(tc, first_content_is_known, 0, ROWS(looks));
    tcase_add_test(tc, tokens_are_read_on_the_way);
    tcase_add_loop_test(tc, a_whole_answer_goes_out_as_it_came, 0, ROWS(wholes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
