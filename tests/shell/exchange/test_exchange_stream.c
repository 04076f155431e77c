/* What the client of a stream reads: comments, an event of ours, legs behind each other. */
#include <string.h>

#include "exchange/exchange.h"
#include "pretend_exchange.h"
#include "unit.h"

#define BEAT_MS 5000

#define SETTINGS                                                                                   \
    "[server]\nheartbeat = 5s\n"                                                                   \
    "[connectivity]\ncheck_url =\n"                                                                \
    "[route]\ndeadline = 100s\ncontinue_stream = yes\n"                                            \
    "[retry]\nattempts = 1\n"                                                                      \
    "[provider one]\ntype = openai\nbase_url = http://one.example/v1\napi_key = k1\n"              \
    "[provider two]\ntype = openai\nbase_url = http://two.example/v1\napi_key = k2\n"

static void setup(void)
{
    world_begin(SETTINGS "[route]\npriority = one, two\n");
}

static void setup_three(void)
{
    world_begin(
        SETTINGS
        "[route]\npriority = one, two, three\n"
        "[provider three]\ntype = openai\nbase_url = http://three.example/v1\napi_key = k\n");
}

static void teardown(void)
{
    world_end();
}

static int comments(void)
{
    static const char comment[] = ": understudy is waiting";
    int count = 0;
    const char *at = client.body.data, *end = at + client.body.len;
    while (at && (at = memmem(at, (size_t)(end - at), comment, strlen(comment)))) {
        count++;
        at++;
    }
    return count;
}

/* ---- heartbeat */

START_TEST(comments_on_silence)
{
    ask(CHAT, STREAM);
    pass_ms(BEAT_MS - 1);
    ck_assert_int_eq(client.heads, 0);
    pass_ms(1);
    ck_assert_int_eq(client.reply.status, 200);
    ck_assert_int_eq(exchange->state, EXCHANGE_BEATING);
    ck_assert_int_eq(read_all(), REPLY_WAIT);
    ck_assert_int_eq(comments(), 1);
    pass_ms(BEAT_MS);
    ck_assert_int_eq(read_all(), REPLY_WAIT);
    ck_assert_int_eq(comments(), 2);
}
END_TEST

/* Nor does its answer begin before there is one. */
START_TEST(lines_are_left_in_their_silence)
{
    ask("/api/chat", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    pass_ms(3 * BEAT_MS);
    ck_assert_int_eq(client.heads, 0);
    ck_assert_int_eq(exchange->state, EXCHANGE_RUNNING);
}
END_TEST

START_TEST(streams_behind_the_comments)
{
    ask(CHAT, STREAM);
    pass_ms(BEAT_MS);
    int mores = client.mores;
    send_stream(PIECE_OF("a") FINISH DONE);
    ck_assert_int_gt(client.mores, mores);
    ck_assert_int_eq(read_all(), REPLY_END);
    ck_assert(body_has("\"a\""));
}
END_TEST

/* The 200 is gone: what fails now can only be told as an event. */
START_TEST(tells_a_failure_behind_the_comments)
{
    ask(CHAT, STREAM);
    pass_ms(BEAT_MS);
    send_answer(call_now(), 500, "{}");
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(exchange->state, EXCHANGE_FAILING);
    ck_assert(!exchange_stream_all_given(exchange));
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
    ck_assert(body_has("\"error\"") && !body_has("[DONE]"));
    ck_assert(exchange_stream_all_given(exchange));
}
END_TEST

/* Such a stream may end well behind its error; behind nothing it may not. */
START_TEST(a_failure_that_cannot_be_told_ends_badly)
{
    ask("/responses", "{\"model\":\"m\",\"stream\":true,\"input\":\"hi\"}");
    pass_ms(BEAT_MS);
    ck_assert_int_eq(read_all(), REPLY_WAIT);
    if (_i == 0)
        exchange->stream.own_events.max = exchange->stream.own_events.len;
    send_answer(call_now(), 500, "{}");
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(exchange->state, EXCHANGE_FAILING);
    ck_assert_int_eq(read_all(), _i == 0 ? REPLY_BROKEN : REPLY_END);
    ck_assert(body_has("response.failed") == (_i == 1));
}
END_TEST

START_TEST(does_not_comment_when_bytes_come)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("a"));
    (void)read_all();
    pass_ms(BEAT_MS - 1);
    send_stream(PIECE_OF("b"));
    (void)read_all();
    pass_ms(BEAT_MS - 1);
    (void)read_all();
    ck_assert_int_eq(comments(), 0);
    pass_ms(1);
    (void)read_all();
    ck_assert_int_eq(comments(), 1);
}
END_TEST

/* Behind what a slow reader has not taken yet a comment would come too late to be of use. */
START_TEST(does_not_comment_while_something_waits)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("a"));
    pass_ms(BEAT_MS);
    (void)read_all();
    ck_assert_int_eq(comments(), 0);
}
END_TEST

START_TEST(does_not_comment_behind_done)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("a") FINISH DONE);
    ck_assert_int_eq(read_all(), REPLY_END);
    pass_ms(BEAT_MS);
    ck_assert_uint_eq(exchange->stream.own_events.len, 0);
}
END_TEST

START_TEST(does_not_comment_on_a_whole_answer)
{
    ask(CHAT, WHOLE);
    pass_ms(BEAT_MS);
    ck_assert_int_eq(client.heads, 0);
}
END_TEST

/* ---- continue_stream */

static void break_first(void)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("Once upon"));
    send_end(call_now(), TRANSPORT_RESET);
    settle();
}

START_TEST(goes_on_with_the_next)
{
    break_first();
    ck_assert_int_eq(exchange->state, EXCHANGE_RESUMING);
    ck_assert(went_to(1, "two"));
    ck_assert_int_eq(read_all(), REPLY_WAIT);
    send_stream(PIECE_OF("Once upon a time") FINISH DONE);
    ck_assert_int_eq(exchange->state, EXCHANGE_STREAMING);
    ck_assert_int_eq(read_all(), REPLY_END);
    ck_assert(body_has("\"Once upon\"") && body_has("\" a time\"") && body_has("[DONE]"));
    ck_assert(!body_has("\"error\""));
    ck_assert(exchange_stream_all_given(exchange));
    ck_assert_str_eq(exchange->leg->provider->name, "two");
    ck_assert_int_eq(exchange->leg->state, LEG_OVER);
}
END_TEST

/* What was not read of the first yet comes before the second's. */
START_TEST(reads_the_legs_in_their_order)
{
    break_first();
    send_stream(PIECE_OF("Once upon a time") FINISH DONE);
    ck_assert(!exchange_stream_all_given(exchange));
    ck_assert_int_eq(read_all(), REPLY_END);
    const char *first = memmem(client.body.data, client.body.len, "\"Once upon\"", 11);
    const char *second = memmem(client.body.data, client.body.len, "\" a time\"", 9);
    ck_assert(first && second && first < second);
}
END_TEST

START_TEST(ends_with_the_error_when_the_next_fails_too)
{
    break_first();
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(exchange->state, EXCHANGE_STREAMING);
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
    ck_assert(body_has("\"Once upon\"") && body_has("\"error\"") && !body_has("[DONE]"));
}
END_TEST

/* A refusal is an answer: nobody else is a way around it. */
START_TEST(does_not_go_on_with_what_was_refused)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("Once upon"));
    send_stream("data: {\"error\":{\"message\":\"no\",\"code\":\"content_filter\"}}\n\n");
    send_end(call_now(), TRANSPORT_TOO_LARGE);
    settle();
    ck_assert_int_eq(wire.started, 1);
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
}
END_TEST

START_TEST(ends_with_the_error_when_the_next_calls_it_invalid)
{
    break_first();
    send_answer(call_now(), 400, "{\"error\":{\"message\":\"bad\"}}");
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
    ck_assert(body_has("\"Once upon\"") && body_has("\"error\""));
}
END_TEST

START_TEST(has_the_time_anew_after_a_break)
{
    ask(CHAT, STREAM);
    for (int s = 0; s < 90; s += 10) {
        send_stream(PIECE_OF("Once upon"));
        pass_ms(10000);
    }
    send_end(call_now(), TRANSPORT_RESET);
    settle();
    pass_ms(20000);
    ck_assert(is_open(call_now()));
    ck_assert(went_to(1, "two"));
}
END_TEST

/* A refusal of the second is an answer, too: the third is no way around it. */
START_TEST(does_not_go_on_around_a_refusal)
{
    break_first();
    send_answer(call_now(), 400,
                "{\"error\":{\"message\":\"no\",\"code\":\"content_policy_violation\"}}");
    ck_assert_int_eq(wire.started, 2);
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
}
END_TEST

START_TEST(goes_on_with_the_third_when_the_second_fails)
{
    break_first();
    send_answer(call_now(), 500, "{}");
    ck_assert(went_to(2, "three"));
    send_stream(PIECE_OF("Once upon a time") FINISH DONE);
    ck_assert_int_eq(read_all(), REPLY_END);
}
END_TEST

START_TEST(asks_nobody_else_when_the_daemon_stops)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("Once upon"));
    exchange_end_all(&exchanges);
    settle();
    ck_assert_int_eq(wire.started, 1);
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
}
END_TEST

START_TEST(stops_going_on_when_the_daemon_stops)
{
    break_first();
    exchange_end_all(&exchanges);
    settle();
    ck_assert(call_now()->stopped);
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
    ck_assert(body_has("\"error\""));
}
END_TEST

START_TEST(ends_when_the_client_goes_between_the_legs)
{
    break_first();
    say_end(true);
    ck_assert(call_now()->stopped && call_now()->released);
}
END_TEST

START_TEST(goes_on_with_nothing_but_chat)
{
    ask("/completions", "{\"model\":\"m\",\"stream\":true,\"prompt\":\"hi\"}");
    send_stream("data: {\"choices\":[{\"index\":0,\"text\":\"Once\"}]}\n\n");
    send_end(call_now(), TRANSPORT_RESET);
    settle();
    ck_assert_int_eq(wire.started, 1);
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("exchange_stream");
    TCase *tcase = tcase_create("exchange_stream"), *three = tcase_create("three");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, comments_on_silence);
    tcase_add_test(tcase, lines_are_left_in_their_silence);
    tcase_add_test(tcase, streams_behind_the_comments);
    tcase_add_test(tcase, tells_a_failure_behind_the_comments);
    tcase_add_loop_test(tcase, a_failure_that_cannot_be_told_ends_badly, 0, 2);
    tcase_add_test(tcase, does_not_comment_when_bytes_come);
    tcase_add_test(tcase, does_not_comment_while_something_waits);
    tcase_add_test(tcase, does_not_comment_behind_done);
    tcase_add_test(tcase, does_not_comment_on_a_whole_answer);
    tcase_add_test(tcase, goes_on_with_the_next);
    tcase_add_test(tcase, reads_the_legs_in_their_order);
    tcase_add_test(tcase, ends_with_the_error_when_the_next_fails_too);
    tcase_add_test(tcase, does_not_go_on_with_what_was_refused);
    tcase_add_test(tcase, ends_with_the_error_when_the_next_calls_it_invalid);
    tcase_add_test(tcase, has_the_time_anew_after_a_break);
    tcase_add_test(tcase, asks_nobody_else_when_the_daemon_stops);
    tcase_add_test(tcase, stops_going_on_when_the_daemon_stops);
    tcase_add_test(tcase, ends_when_the_client_goes_between_the_legs);
    tcase_add_test(tcase, goes_on_with_nothing_but_chat);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(three, setup_three, teardown);
    tcase_add_test(three, does_not_go_on_around_a_refusal);
    tcase_add_test(three, goes_on_with_the_third_when_the_second_fails);
    suite_add_tcase(suite, three);
    return suite;
}

UNIT_MAIN(suite)
