/* A leg with a pretended upstream and owner: what it asks, waits for, and tells. */
#include "pretend_owner.h"
#include "unit.h"

static void setup(void)
{
    setup_with(TWO_CLOUDS);
}

/* ---- the tries */

START_TEST(tells_that_it_begins_and_answers)
{
    make_leg(WHOLE, 0);
    leg_begin(leg);
    ck_assert_int_eq(wire.started, 1);
    ck_assert_str_eq(said, "begins");
    send_answer(call_now(), 200, GOOD);
    ck_assert_str_eq(said, "begins answers");
    ck_assert_uint_eq(history.count, 1);
    ck_assert_int_eq(leg->state, LEG_OVER);
}
END_TEST

START_TEST(waits_and_tries_again)
{
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(leg->state, LEG_WAITING);
    pass_ms(9);
    ck_assert_int_eq(wire.started, 1);
    pass_ms(1);
    ck_assert_int_eq(wire.started, 2);
    ck_assert(wire.calls[0]->released);
    send_answer(call_now(), 200, GOOD);
    ck_assert_str_eq(said, "begins answers");
    ck_assert_uint_eq(history.count, 2);
}
END_TEST

START_TEST(hands_on_after_the_last_try)
{
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    pass_ms(10);
    send_answer(call_now(), 500, "{}");
    ck_assert_str_eq(said, "begins over:next");
    ck_assert_str_eq(history_reason(history_last_failed(&history)), "attempts");
}
END_TEST

START_TEST(tries_as_often_as_the_client_says)
{
    const struct header_field fields[] = {{text_of("x-understudy-attempts"), text_of("1")}};
    struct client_request request = make_request(CHAT, WHOLE, fields, 1);
    struct reply refusal;
    make_leg(WHOLE, 0);
    inquiry_free(inquiry);
    inquiry = inquiry_new(shared, &request, loop_now_ms(&loop));
    ck_assert(inquiry_read(inquiry, &request, NULL, NULL, &refusal));
    leg->plan.inquiry = inquiry;
    outlook.next = &inquiry->route.step[1];
    leg_begin(leg);
    send_answer(call_now(), 500, "{}");
    ck_assert_str_eq(said, "begins over:next");
}
END_TEST

START_TEST(gives_the_client_an_error_of_its_own_request)
{
    begin(WHOLE);
    send_answer(call_now(), 400,
                "{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\"}}");
    ck_assert_str_eq(said, "begins over:relay");
}
END_TEST

START_TEST(does_not_wait_where_another_can_be_asked_at_once)
{
    begin(WHOLE);
    send_answer(call_now(), 429, "{}");
    ck_assert_str_eq(said, "begins over:next");
}
END_TEST

START_TEST(waits_where_nobody_else_can_be_asked)
{
    make_leg(WHOLE, 1);
    last = true;
    leg_begin(leg);
    send_answer(call_now(), 429, "{}");
    ck_assert_int_eq(leg->state, LEG_WAITING);
}
END_TEST

START_TEST(tells_whether_the_world_can_be_reached)
{
    begin(WHOLE);
    send_end(call_now(), TRANSPORT_CONNECT);
    settle();
    ck_assert_int_eq(online_suspects, 1);
    ck_assert_int_eq(online_answers, 0);
    pass_ms(10);
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(online_suspects, 1);
    ck_assert_int_eq(online_answers, 1);
}
END_TEST

START_TEST(uses_up_its_share_of_the_time)
{
    begin(WHOLE);
    pass_ms(66667);
    ck_assert_str_eq(said, "begins over:next");
    ck_assert(wire.calls[0]->stopped);
}
END_TEST

START_TEST(is_skipped_when_its_breaker_has_opened)
{
    shared->config->breaker.failures = 4;
    health_configure(shared->config);
    for (int i = 0; i < 2; i++) {
        begin(WHOLE);
        send_answer(call_now(), 500, "{}");
        pass_ms(10);
        send_answer(call_now(), 500, "{}");
        leg_free(leg);
        inquiry_free(inquiry);
    }
    said[0] = '\0';
    int started = wire.started;
    begin(WHOLE);
    ck_assert_int_eq(wire.started, started);
    ck_assert_str_eq(said, "over:next");
    ck_assert_int_eq(history.at[history.count - 1].skip, ROUTE_SKIP_BREAKER);
}
END_TEST

/* A want of our own: neither a try, nor held against the provider or the network. */
START_TEST(is_skipped_when_we_have_no_descriptor)
{
    shared->config->breaker.failures = 1;
    health_configure(shared->config);
    begin(WHOLE);
    send_end(call_now(), TRANSPORT_NO_DESCRIPTOR);
    settle();
    ck_assert_str_eq(said, "begins over:next");
    ck_assert_uint_eq(history.count, 1);
    ck_assert_int_eq(history.at[0].skip, ROUTE_SKIP_NO_DESCRIPTOR);
    ck_assert(history_untried(&history));
    ck_assert_int_eq(online_suspects, 0);
    ck_assert_int_eq(health_retry_in_ms(leg->provider, loop_now_ms(&loop)), 0);
}
END_TEST

/* The breaker lets one through to see; who is cancelled has seen nothing. */
START_TEST(leaves_the_breakers_question_open_when_it_is_cancelled)
{
    shared->config->breaker.failures = 1;
    health_configure(shared->config);
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    leg_free(leg);
    inquiry_free(inquiry);
    pass_ms(shared->config->breaker.open_for_ms);
    begin(WHOLE);
    ck_assert_int_eq(wire.started, 2);
    leg_cancel(leg);
    leg_free(leg);
    inquiry_free(inquiry);
    begin(WHOLE);
    ck_assert_int_eq(wire.started, 3);
}
END_TEST

START_TEST(waits_no_longer_when_the_machine_goes_offline)
{
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    leg_notice_offline(leg);
    ck_assert_str_eq(said, "begins over:next");
    ck_assert_str_eq(history_reason(history_last_failed(&history)), "offline");
}
END_TEST

START_TEST(goes_on_with_what_is_under_way_when_the_machine_goes_offline)
{
    begin(WHOLE);
    leg_notice_offline(leg);
    ck_assert_str_eq(said, "begins");
    ck_assert(is_open(call_now()));
}
END_TEST

/* ---- the queue */

START_TEST(is_tried_when_a_place_is_free)
{
    fill_places();
    places_leave(exchanges.means.places, &guest);
    settle();
    ck_assert_str_eq(said, "begins");
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(is_skipped_when_no_place_is_free_in_time)
{
    fill_places();
    pass_ms(66667);
    ck_assert_str_eq(said, "over:next");
    ck_assert_int_eq(history.at[0].skip, ROUTE_SKIP_NO_ROOM);
    places_leave(exchanges.means.places, &guest);
    settle();
    ck_assert_int_eq(wire.started, 0);
}
END_TEST

START_TEST(gives_its_place_to_the_next)
{
    fill_places();
    places_leave(exchanges.means.places, &guest);
    settle();
    ck_assert(!places_enter(exchanges.means.places, leg->provider, &guest));
    send_answer(call_now(), 200, GOOD);
    ck_assert_str_eq(said, "begins answers next");
    places_leave(exchanges.means.places, &guest);
}
END_TEST

/* ---- a stream */

START_TEST(tells_more_and_the_end_of_a_stream)
{
    begin(STREAM);
    send_stream(PIECE_OF("a"));
    ck_assert_str_eq(said, "begins answers");
    ck_assert_int_eq(leg->state, LEG_ANSWERING);
    send_stream(PIECE_OF("b"));
    send_stream(FINISH DONE);
    ck_assert_str_eq(said, "begins answers more more ends");
    ck_assert_int_eq(leg->state, LEG_OVER);
}
END_TEST

/* There is no edge back from an answer: what breaks then is not tried again. */
START_TEST(tells_that_its_stream_broke)
{
    begin(STREAM);
    send_stream(PIECE_OF("a"));
    send_end(call_now(), TRANSPORT_RESET);
    settle();
    pass_ms(10);
    ck_assert_str_eq(said, "begins answers breaks");
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(has_all_the_time_for_a_stream_that_began)
{
    begin(STREAM);
    for (int i = 0; i < 12; i++) {
        send_stream(PIECE_OF("a"));
        pass_ms(10000);
    }
    ck_assert(is_open(call_now()));
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("leg");
    TCase *tcase = tcase_create("leg");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, tells_that_it_begins_and_answers);
    tcase_add_test(tcase, waits_and_tries_again);
    tcase_add_test(tcase, hands_on_after_the_last_try);
    tcase_add_test(tcase, tries_as_often_as_the_client_says);
    tcase_add_test(tcase, gives_the_client_an_error_of_its_own_request);
    tcase_add_test(tcase, does_not_wait_where_another_can_be_asked_at_once);
    tcase_add_test(tcase, waits_where_nobody_else_can_be_asked);
    tcase_add_test(tcase, tells_whether_the_world_can_be_reached);
    tcase_add_test(tcase, leaves_the_breakers_question_open_when_it_is_cancelled);
    tcase_add_test(tcase, uses_up_its_share_of_the_time);
    tcase_add_test(tcase, is_skipped_when_its_breaker_has_opened);
    tcase_add_test(tcase, is_skipped_when_we_have_no_descriptor);
    tcase_add_test(tcase, waits_no_longer_when_the_machine_goes_offline);
    tcase_add_test(tcase, goes_on_with_what_is_under_way_when_the_machine_goes_offline);
    tcase_add_test(tcase, is_tried_when_a_place_is_free);
    tcase_add_test(tcase, is_skipped_when_no_place_is_free_in_time);
    tcase_add_test(tcase, gives_its_place_to_the_next);
    tcase_add_test(tcase, tells_more_and_the_end_of_a_stream);
    tcase_add_test(tcase, tells_that_its_stream_broke);
    tcase_add_test(tcase, has_all_the_time_for_a_stream_that_began);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
