/* Whole exchanges with a pretended client and pretended providers. */
#include <string.h>
#include <strings.h>

#include "exchange/exchange.h"
#include "pretend_exchange.h"
#include "unit.h"

static void setup(void)
{
    world_begin(TWO_CLOUDS);
}

static void teardown(void)
{
    world_end();
}

/* Both tries at the provider under way fail. */
static void fail_twice(int status, const char *json)
{
    send_answer(call_now(), status, json);
    pass_ms(10);
    send_answer(call_now(), status, json);
}

START_TEST(gives_a_whole_answer)
{
    ask(CHAT, WHOLE);
    ck_assert_int_eq(client.heads, 0);
    send_answer(call_now(), 200, GOOD);
    ck_assert_int_eq(client.reply.status, 200);
    ck_assert_int_eq(exchange->state, EXCHANGE_REPLYING);
    ck_assert_int_eq(exchange->told.status, 200);
    ck_assert_ptr_null(client.reply.source);
    ck_assert(body_has("\"content\":\"x\""));
    ck_assert_str_eq(field("x-understudy-provider"), "one");
    ck_assert_str_eq(field("x-understudy-fallback"), "");
    say_end(false);
}
END_TEST

START_TEST(gives_a_stream_as_it_comes)
{
    ask(CHAT, STREAM);
    send_head(call_now(), 200, EVENTS_TYPE);
    settle();
    ck_assert_int_eq(client.heads, 0);
    send_stream(PIECE_OF("a"));
    ck_assert_int_eq(client.reply.status, 200);
    ck_assert_int_eq(read_all(), REPLY_WAIT);
    ck_assert(body_has("\"a\""));
    int mores = client.mores;
    send_stream(PIECE_OF("b"));
    ck_assert_int_gt(client.mores, mores);
    send_stream(FINISH DONE);
    ck_assert_int_eq(read_all(), REPLY_END);
    ck_assert(body_has("\"b\"") && body_has("[DONE]"));
    say_end(false);
}
END_TEST

START_TEST(tries_again_and_then_the_next)
{
    ask(CHAT, WHOLE);
    fail_twice(500, "{}");
    ck_assert_int_eq(wire.started, 3);
    ck_assert(went_to(0, "one") && went_to(1, "one") && went_to(2, "two"));
    send_answer(call_now(), 200, GOOD);
    ck_assert_int_eq(client.reply.status, 200);
    ck_assert_str_eq(field("x-understudy-provider"), "two");
    ck_assert_str_eq(field("x-understudy-fallback"), "server");
    ck_assert_str_eq(field("x-understudy-attempts"), "one=2, two=1");
}
END_TEST

START_TEST(says_that_all_have_failed)
{
    ask(CHAT, WHOLE);
    fail_twice(500, "{}");
    fail_twice(503, "{}");
    ck_assert_int_eq(client.reply.status, 502);
    ck_assert_str_eq(field("x-should-retry"), "false");
    ck_assert(body_has("one") && body_has("two"));
    ck_assert(exchange->told.all_failed);
}
END_TEST

START_TEST(gives_the_clients_own_mistake_back)
{
    ask(CHAT, WHOLE);
    send_answer(call_now(), 400,
                "{\"error\":{\"message\":\"bad\",\"type\":\"invalid_request_error\"}}");
    ck_assert_int_eq(client.reply.status, 400);
    ck_assert(body_has("bad"));
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

/* It may only be invalid there: what failed before is what the client is told. */
START_TEST(does_not_let_the_last_call_it_invalid)
{
    ask(CHAT, WHOLE);
    fail_twice(500, "{}");
    send_answer(call_now(), 400,
                "{\"error\":{\"message\":\"bad\",\"type\":\"invalid_request_error\"}}");
    ck_assert_int_eq(client.reply.status, 502);
}
END_TEST

START_TEST(refuses_what_cannot_be_read)
{
    ask(CHAT, "[");
    ck_assert_int_eq(client.reply.status, 400);
    ck_assert_int_eq(wire.started, 0);
    say_end(false);
}
END_TEST

START_TEST(refuses_one_too_many)
{
    exchanges.inflight = shared->config->server.max_inflight;
    ask(CHAT, WHOLE);
    ck_assert_int_eq(client.reply.status, 503);
    ck_assert_str_eq(field("Retry-After"), "1");
    ck_assert_int_eq(wire.started, 0);
    exchanges.inflight = 1;
}
END_TEST

START_TEST(skips_clouds_when_offline)
{
    offline = true;
    ask(CHAT, WHOLE);
    ck_assert_int_eq(wire.started, 0);
    ck_assert_int_eq(client.reply.status, 503);
    ck_assert(body_has("offline"));
    ck_assert_uint_eq(exchange->history.count, 2);
}
END_TEST

START_TEST(waits_no_longer_when_the_machine_goes_offline)
{
    ask(CHAT, WHOLE);
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(exchange->legs->state, LEG_WAITING);
    offline = true;
    exchange_notice_offline(&exchanges);
    settle();
    ck_assert_int_ge(client.reply.status, 500);
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(passes_another_path_through)
{
    ask("/files", NULL);
    ck_assert_str_eq(call_now()->request.method, "GET");
    ck_assert_ptr_null(call_now()->request.body.at);
    send_answer(call_now(), 200, "{\"data\":[]}");
    ck_assert_int_eq(client.reply.status, 200);
    ck_assert(body_has("\"data\":[]"));
}
END_TEST

/* ---- the client goes away, in each state */

static void check_gone(const char *class_now)
{
    struct upstream_call *call = call_now();
    say_end(true);
    ck_assert_msg(call->over && call->released, "%s", class_now);
    ck_assert_ptr_null(exchanges.first);
    ck_assert_int_eq(exchanges.inflight, 0);
    int started = wire.started;
    pass_ms(100000);
    ck_assert_int_eq(wire.started, started);
}

START_TEST(ends_when_the_client_goes_while_it_is_asked)
{
    ask(CHAT, WHOLE);
    check_gone("running");
    ck_assert(call_now()->stopped);
}
END_TEST

START_TEST(ends_when_the_client_goes_during_a_wait)
{
    ask(CHAT, WHOLE);
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(exchange->legs->state, LEG_WAITING);
    check_gone("waiting");
}
END_TEST

START_TEST(ends_when_the_client_goes_while_it_is_queued)
{
    struct place_guest guest = {0};
    const struct config_provider *one = config_provider_by_name(shared->config, text_of("one"));
    ((struct config_provider *)(uintptr_t)one)->max_inflight = 1;
    health_configure(shared->config);
    ck_assert(places_enter(exchanges.means.places, one, &guest));
    ask(CHAT, WHOLE);
    ck_assert_int_eq(exchange->legs->state, LEG_QUEUED);
    say_end(true);
    places_leave(exchanges.means.places, &guest);
    settle();
    ck_assert_int_eq(wire.started, 0);
}
END_TEST

START_TEST(ends_when_the_client_goes_amid_the_stream)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("a"));
    ck_assert_int_eq(exchange->state, EXCHANGE_STREAMING);
    check_gone("streaming");
    ck_assert(call_now()->stopped);
}
END_TEST

START_TEST(ends_when_the_client_goes_before_it_took_the_reply)
{
    ask(CHAT, WHOLE);
    send_answer(call_now(), 200, GOOD);
    check_gone("replying");
}
END_TEST

/* ---- the deadline */

START_TEST(gives_each_provider_its_share_of_the_deadline)
{
    ask(CHAT, WHOLE);
    pass_ms(66666); /* two thirds of 100 s */
    pass_ms(10);
    ck_assert_int_eq(wire.started, 2);
    ck_assert(wire.calls[0]->stopped);
    ck_assert(went_to(1, "two"));
    pass_ms(100000);
    ck_assert_int_eq(client.reply.status, 504);
}
END_TEST

START_TEST(takes_the_clients_deadline)
{
    const struct header_field fields[] = {{text_of("x-understudy-deadline"), text_of("30ms")}};
    ask_with(CHAT, WHOLE, fields, 1);
    pass_ms(20);
    pass_ms(10);
    ck_assert_int_eq(client.reply.status, 504);
}
END_TEST

/* ---- the daemon stops */

START_TEST(says_that_the_daemon_stops)
{
    ask(CHAT, WHOLE);
    exchange_end_all(&exchanges);
    settle();
    ck_assert_int_eq(client.reply.status, 503);
    ck_assert(body_has("shutting_down"));
    ck_assert(call_now()->stopped);
}
END_TEST

START_TEST(ends_a_stream_by_an_event_when_the_daemon_stops)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("a"));
    exchange_end_all(&exchanges);
    settle();
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
    ck_assert(body_has("\"a\"") && body_has("\"error\"") && !body_has("[DONE]"));
}
END_TEST

START_TEST(breaks_a_stream_that_broke)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("a"));
    send_end(call_now(), TRANSPORT_RESET);
    settle();
    ck_assert_int_eq(wire.started, 1);
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
    ck_assert(body_has("\"a\"") && body_has("\"error\"") && !body_has("[DONE]"));
}
END_TEST

/* ---- hedging */

static void setup_hedge(void)
{
    world_begin("[server]\nheartbeat = 0\n"
                "[connectivity]\ncheck_url =\n"
                "[route]\npriority = one, two\nhedge_after = 5s\n"
                "[retry]\nattempts = 1\n"
                "[provider one]\ntype = openai\nbase_url = http://one.example/v1\napi_key = k1\n"
                "[provider two]\ntype = openai\nbase_url = http://two.example/v1\napi_key = k2\n");
    ask(CHAT, WHOLE);
    pass_ms(4999);
    ck_assert_int_eq(wire.started, 1);
    pass_ms(1);
    ck_assert_int_eq(wire.started, 2);
    ck_assert(went_to(1, "two"));
    ck_assert_ptr_eq(exchange->leg, exchange->legs->older);
}

START_TEST(takes_the_faster_and_stops_the_other)
{
    send_answer(wire.calls[1], 200, GOOD);
    ck_assert_int_eq(client.reply.status, 200);
    ck_assert_str_eq(field("x-understudy-provider"), "two");
    ck_assert_str_eq(field("x-understudy-fallback"), "timeout");
    ck_assert(wire.calls[0]->stopped && wire.calls[0]->doubted);
}
END_TEST

START_TEST(takes_the_first_when_it_answers_after_all)
{
    send_answer(wire.calls[0], 200, GOOD);
    ck_assert_str_eq(field("x-understudy-provider"), "one");
    ck_assert(wire.calls[1]->stopped);
}
END_TEST

START_TEST(waits_for_the_first_when_the_second_fails)
{
    send_answer(wire.calls[1], 500, "{}");
    ck_assert_int_eq(client.heads, 0);
    send_answer(wire.calls[0], 200, GOOD);
    ck_assert_str_eq(field("x-understudy-provider"), "one");
}
END_TEST

/* It is the second's turn alone now, and what failed is why. */
START_TEST(waits_for_the_second_when_the_first_fails)
{
    send_answer(wire.calls[0], 500, "{}");
    ck_assert_int_eq(client.heads, 0);
    ck_assert_ptr_eq(exchange->leg, exchange->legs);
    send_answer(wire.calls[1], 200, GOOD);
    ck_assert_str_eq(field("x-understudy-provider"), "two");
    ck_assert_str_eq(field("x-understudy-fallback"), "server");
}
END_TEST

/* A last word of one that was only asked beside another is none. */
START_TEST(does_not_relay_the_second_while_the_first_may_answer)
{
    send_answer(wire.calls[1], 400, "{\"error\":{\"message\":\"bad\"}}");
    ck_assert_int_eq(client.heads, 0);
    send_answer(wire.calls[0], 200, GOOD);
    ck_assert_int_eq(client.reply.status, 200);
}
END_TEST

START_TEST(fails_when_both_have)
{
    send_answer(wire.calls[0], 500, "{}");
    send_answer(wire.calls[1], 500, "{}");
    ck_assert_int_eq(client.reply.status, 502);
}
END_TEST

START_TEST(stops_both_when_the_client_goes)
{
    say_end(true);
    ck_assert(wire.calls[0]->stopped && wire.calls[1]->stopped);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("exchange");
    TCase *tcase = tcase_create("exchange"), *hedge = tcase_create("hedge");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, gives_a_whole_answer);
    tcase_add_test(tcase, gives_a_stream_as_it_comes);
    tcase_add_test(tcase, tries_again_and_then_the_next);
    tcase_add_test(tcase, says_that_all_have_failed);
    tcase_add_test(tcase, gives_the_clients_own_mistake_back);
    tcase_add_test(tcase, does_not_let_the_last_call_it_invalid);
    tcase_add_test(tcase, refuses_what_cannot_be_read);
    tcase_add_test(tcase, refuses_one_too_many);
    tcase_add_test(tcase, skips_clouds_when_offline);
    tcase_add_test(tcase, waits_no_longer_when_the_machine_goes_offline);
    tcase_add_test(tcase, passes_another_path_through);
    tcase_add_test(tcase, ends_when_the_client_goes_while_it_is_asked);
    tcase_add_test(tcase, ends_when_the_client_goes_during_a_wait);
    tcase_add_test(tcase, ends_when_the_client_goes_while_it_is_queued);
    tcase_add_test(tcase, ends_when_the_client_goes_amid_the_stream);
    tcase_add_test(tcase, ends_when_the_client_goes_before_it_took_the_reply);
    tcase_add_test(tcase, gives_each_provider_its_share_of_the_deadline);
    tcase_add_test(tcase, takes_the_clients_deadline);
    tcase_add_test(tcase, says_that_the_daemon_stops);
    tcase_add_test(tcase, ends_a_stream_by_an_event_when_the_daemon_stops);
    tcase_add_test(tcase, breaks_a_stream_that_broke);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(hedge, setup_hedge, teardown);
    tcase_add_test(hedge, takes_the_faster_and_stops_the_other);
    tcase_add_test(hedge, takes_the_first_when_it_answers_after_all);
    tcase_add_test(hedge, waits_for_the_first_when_the_second_fails);
    tcase_add_test(hedge, waits_for_the_second_when_the_first_fails);
    tcase_add_test(hedge, does_not_relay_the_second_while_the_first_may_answer);
    tcase_add_test(hedge, fails_when_both_have);
    tcase_add_test(hedge, stops_both_when_the_client_goes);
    suite_add_tcase(suite, hedge);
    return suite;
}

UNIT_MAIN(suite)
