/* A stream of the Responses API on its way through, cut at every byte. */
#include <string.h>

#include "answer/relay.h"
#include "dialect/dialect.h"
#include "json/jsonspan.h"
#include "unit.h"

#define CREATED                                                                                    \
    "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":"          \
    "\"resp_1\",\"created_at\":1700000000.5,\"status\":\"in_progress\",\"model\":\"gpt-5\"},"      \
    "\"sequence_number\":0}\n\n"
#define DELTA                                                                                      \
    "event: response.output_text.delta\r\ndata: {\"type\":\"response.output_text.delta\","         \
    "\"delta\":\"response.completed\",\"sequence_number\":7}\r\n\r\n"
#define COMPLETED                                                                                  \
    "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{},"           \
    "\"sequence_number\":8}\n\n"
#define INCOMPLETE    "data: {\"type\":\"response.incomplete\",\"sequence_number\":8}\n\n"
#define TOLD          "{\"code\":\"server_error\",\"message\":\"m\"}"
#define FAILURE(more) "{\"type\":\"response.failed\",\"response\":{\"error\":" TOLD "}" more "}\n\n"
#define FAILED        "data: " FAILURE("")
#define ON_TOP        ",\"error\":" TOLD
#define ERROR         "event: error\ndata: {\"type\":\"error\",\"message\":\"m\"}\n\n"
#define OBJECT(message)                                                                            \
    "\"error\":{\"message\":\"" message "\",\"type\":\"upstream_error\",\"param\":null,"           \
    "\"code\":\"stream_incomplete\"}"
#define BROKEN(number, message)                                                                    \
    "event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":" number ","  \
    "\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1700000000.5,"         \
    "\"status\":\"failed\"," OBJECT(message) ",\"incomplete_details\":null,\"model\":\"gpt-5\","   \
                                             "\"output\":[],\"usage\":null}," OBJECT(              \
                                                 message) "}\n\n"
#define NEVER(message)                                                                             \
    "event: response.failed\ndata: "                                                               \
    "{\"type\":\"response.failed\",\"sequence_number\":0,\"response\":"                            \
    "{\"id\":\"\",\"object\":\"response\",\"created_at\":0,\"status\":\"failed\"," OBJECT(         \
        message) ",\"incomplete_details\":null,\"model\":null,\"output\":[],\"usage\":null}"       \
                 "," OBJECT(message) "}\n\n"
#define RESET "the connection was reset or closed without an answer"
#define EMPTY "the stream ended without any content"
#define CUT   "the stream ended before the response was finished"

static const struct {
    const char *name;
    const char *in;
    enum transport transport;
    const char *out; /* after relay_break, where it failed; NULL = as it came */
    bool done;
    enum failure failure;
} rows[] = {
    {"completed", CREATED DELTA COMPLETED, TRANSPORT_OK, NULL, true, FAILURE_NONE},
    {"incomplete", CREATED DELTA INCOMPLETE, TRANSPORT_OK, NULL, true, FAILURE_NONE},
    {"failed by the provider before it said anything", CREATED FAILED, TRANSPORT_OK,
     CREATED BROKEN("1", "m"), false, FAILURE_SERVER},
    {"failed by the provider", CREATED DELTA FAILED, TRANSPORT_OK,
     CREATED DELTA "event: response.failed\ndata: " FAILURE(ON_TOP), false, FAILURE_SERVER},
    {"failed by the provider, on top, too", CREATED DELTA "data: " FAILURE(ON_TOP), TRANSPORT_OK,
     NULL, false, FAILURE_SERVER},
    {"failed without a reason", CREATED DELTA "data: {\"type\":\"response.failed\"}\n\n",
     TRANSPORT_OK, NULL, false, FAILURE_SERVER},
    {"an error is the provider's own end", CREATED DELTA ERROR, TRANSPORT_OK, NULL, false,
     FAILURE_SERVER},
    {"an error, and failed", CREATED DELTA ERROR FAILED, TRANSPORT_OK, CREATED DELTA ERROR, false,
     FAILURE_SERVER},
    {"an error, and then a reset", CREATED DELTA ERROR, TRANSPORT_RESET, NULL, false,
     FAILURE_SERVER},
    {"behind the end everything is passed on", CREATED COMPLETED "data: [DONE]\n\n: x\n\n",
     TRANSPORT_OK, NULL, true, FAILURE_NONE},
    {"after the end the transport does not matter", CREATED COMPLETED, TRANSPORT_RESET, NULL, true,
     FAILURE_NONE},
    {"a last event without its blank line", CREATED "data: {\"type\":\"response.completed\"}",
     TRANSPORT_OK, CREATED "data: {\"type\":\"response.completed\"}\n\n", true, FAILURE_NONE},
    {"comments and fields of others", ": hi\n\n" CREATED "retry: 3\n\n" COMPLETED, TRANSPORT_OK,
     NULL, true, FAILURE_NONE},
    {"a reset", CREATED DELTA, TRANSPORT_RESET, CREATED DELTA BROKEN("8", RESET), false,
     FAILURE_NETWORK},
    {"a reset in mid-event", CREATED "event: response.output_text.del", TRANSPORT_RESET,
     CREATED BROKEN("1", RESET), false, FAILURE_NETWORK},
    {"silence", CREATED DELTA, TRANSPORT_IDLE_TIMEOUT,
     CREATED DELTA BROKEN("8", "silence inside the answer for idle_timeout"), false,
     FAILURE_TIMEOUT},
    {"a clean end before the response is over", CREATED DELTA, TRANSPORT_OK,
     CREATED DELTA BROKEN("8", CUT), false, FAILURE_PROTOCOL},
    {"a clean end in mid-event", CREATED "event: response.completed\ndata: {\"type\":\"respo",
     TRANSPORT_OK, CREATED BROKEN("1", EMPTY), false, FAILURE_PROTOCOL},
    {"a whole event without its blank line is followed by ours",
     CREATED "data: {\"type\":\"response.x\",\"sequence_number\":3}\n", TRANSPORT_OK,
     CREATED "data: {\"type\":\"response.x\",\"sequence_number\":3}\n\n" BROKEN("4", EMPTY), false,
     FAILURE_PROTOCOL},
    {"another kind of stream is judged by its transport", "data: {\"a\":1}\n\ndata: b",
     TRANSPORT_OK, NULL, false, FAILURE_NONE},
    {"nothing at all", "", TRANSPORT_OK, NEVER(EMPTY), false, FAILURE_PROTOCOL},
    {"the first event in its middle", "event: response.created\ndata: {\"type\":\"resp",
     TRANSPORT_OK, NEVER(EMPTY), false, FAILURE_PROTOCOL},
    {"a whole answer", "{\"object\":\"response\",\"status\":\"completed\",\"output\":[]}",
     TRANSPORT_OK, NEVER("a whole answer came where a stream was asked for"), false,
     FAILURE_PROTOCOL},
    {"a number that is none", CREATED "data: {\"type\":\"response.x\",\"sequence_number\":-3}\n\n",
     TRANSPORT_RESET,
     CREATED "data: {\"type\":\"response.x\",\"sequence_number\":-3}\n\n" BROKEN("1", RESET), false,
     FAILURE_NETWORK},
};

static struct relay *relay_of_responses(void)
{
    struct relay_options options = {.app = &dialect_responses, .from = &dialect_responses};
    struct relay *relay = relay_new(&options);
    ck_assert_ptr_nonnull(relay);
    return relay;
}

static void check(int i, struct relay *relay, size_t cut)
{
    const struct answer_facts *facts = relay_facts(relay);
    const char *expected = rows[i].out ? rows[i].out : rows[i].in;
    ck_assert_msg(facts->failure == rows[i].failure, "%s, cut at %zu: %s", rows[i].name, cut,
                  failure_word(facts->failure));
    ck_assert_msg(facts->done == rows[i].done, "%s, cut at %zu", rows[i].name, cut);
    for (int times = 0; times < 2 && facts->failure != FAILURE_NONE; times++)
        relay_break(relay);
    struct text out = buf_text(relay_out(relay));
    ck_assert_msg(text_equals(out, expected), "%s, cut at %zu: %.*s", rows[i].name, cut,
                  (int)out.len, out.at);
}

START_TEST(a_stream_goes_out_as_it_came_or_ends_with_one_error)
{
    struct text in = text_of(rows[_i].in);
    for (size_t cut = 0; cut <= in.len; cut++) {
        struct relay *relay = relay_of_responses();
        relay_feed(relay, text_make(in.at, cut));
        relay_feed(relay, text_skip(in, cut));
        relay_end(relay, rows[_i].transport);
        check(_i, relay, cut);
        relay_free(relay);
    }
}
END_TEST

START_TEST(the_first_piece_is_content)
{
    struct relay *relay = relay_of_responses();
    relay_feed(relay, text_of(": hi\n\n" CREATED));
    ck_assert(!relay_facts(relay)->content);
    relay_feed(relay, text_of(DELTA));
    ck_assert(relay_facts(relay)->content);
    ck_assert(!relay_breaks_well(relay));
    relay_end(relay, TRANSPORT_RESET);
    relay_break(relay);
    ck_assert(relay_breaks_well(relay));
    relay_free(relay);
}
END_TEST

START_TEST(what_is_too_long_to_repeat_is_left_out)
{
    struct relay *relay = relay_of_responses();
    static char model[2000];
    struct buf in;
    buf_init(&in, 1 << 16);
    memset(model, 'm', sizeof(model) - 1);
    ck_assert_int_eq(buf_printf(&in,
                                "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\","
                                "\"model\":\"%s\"}}\n\n",
                                model),
                     0);
    relay_feed(relay, buf_text(&in));
    buf_reset(relay_out(relay));
    relay_end(relay, TRANSPORT_RESET);
    relay_break(relay);
    ck_assert_ptr_nonnull(strstr(relay_out(relay)->data, "\"model\":null"));
    ck_assert_ptr_nonnull(strstr(relay_out(relay)->data, "\"created_at\":0,"));
    ck_assert_ptr_nonnull(strstr(relay_out(relay)->data, "\"sequence_number\":0,"));
    relay_free(relay);
    buf_done(&in);
}
END_TEST

START_TEST(an_event_of_some_megabytes_is_passed_on)
{
    struct relay *relay = relay_of_responses();
    size_t len = (size_t)20 << 20;
    char *image = malloc(len);
    ck_assert_ptr_nonnull(image);
    memset(image, 'A', len);
    relay_feed(relay, text_of("data: {\"type\":\"response.image\",\"b64\":\""));
    relay_feed(relay, text_make(image, len));
    relay_feed(relay, text_of("\"}\n\n"));
    ck_assert_int_eq(relay_facts(relay)->failure, FAILURE_NONE);
    ck_assert_uint_gt(relay_out(relay)->len, len);
    buf_reset(relay_out(relay));
    for (int i = 0; i < 2; i++)
        relay_feed(relay, text_make(image, len));
    ck_assert_int_eq(relay_facts(relay)->failure, FAILURE_PROTOCOL);
    relay_free(relay);
    free(image);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_responses_judge");
    TCase *tc = tcase_create("streams");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, a_stream_goes_out_as_it_came_or_ends_with_one_error, 0, ROWS(rows));
    tcase_add_test(tc, the_first_piece_is_content);
    tcase_add_test(tc, what_is_too_long_to_repeat_is_left_out);
    tcase_add_test(tc, an_event_of_some_megabytes_is_passed_on);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
