/* How a server is asked: in which era, with which session, and what becomes of what is lost; over a
 * pretended wire and a real socket. */
#include "pretend_ask.h"
#include "provider/local_switch.h"

START_TEST(modern_is_tried_first)
{
    list(0);
    const struct upstream_call *sent = call_now();
    ck_assert(call_says(sent, "\"method\":\"tools/list\""));
    ck_assert(call_says(sent, "2026-07-28"));
    ck_assert_str_eq(call_field(sent, "MCP-Protocol-Version"), "2026-07-28");
    ck_assert_str_eq(call_field(sent, "Mcp-Method"), "tools/list");
    ck_assert_str_eq(call_field(sent, "Authorization"), "Bearer s3cret");
    ck_assert_str_eq(call_field(sent, "X-Team"), "blue");
    ck_assert_ptr_null(call_field(sent, "Mcp-Session-Id"));
    ck_assert_int_eq(sent->request.way.connect_timeout_ms, 5000);
    answer_call(200, ONE_TOOL);
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(guests[0].answer.end, TOOL_OK);
    ck_assert_int_eq(server.session.state, MCP_SESSION_MODERN);
    call(1);
    ck_assert(call_says(call_now(), "\"method\":\"tools/call\""));
    ck_assert_str_eq(call_field(call_now(), "Mcp-Name"), "now");
    answer_call(200, SAYS("noon"));
    ck_assert_int_eq(guests[1].done, 1);
    ck_assert_int_eq(wire.started, 2);
}
END_TEST

static const struct older {
    int status;
    const char *json;
} olders[] = {
    {400, NO_SUCH(-32600)}, {400, ERROR(-32000)}, {404, "<html>"}, {405, ""},
    {200, ERROR(-32601)},   {404, ERROR(-32601)},
};

START_TEST(one_of_before_gets_a_handshake_and_that_is_remembered)
{
    list(0);
    answer_call(olders[_i].status, olders[_i].json);
    ck_assert_int_eq(guests[0].done, 0);
    const struct upstream_call *first = call_now();
    ck_assert(call_says(first, "\"initialize\""));
    ck_assert(call_says(first, "2025-11-25"));
    ck_assert_ptr_null(call_field(first, "Mcp-Session-Id"));
    make_session("abc");
    const struct upstream_call *again = call_now();
    ck_assert(call_says(again, "\"tools/list\""));
    ck_assert(!call_says(again, "2026-07-28"));
    ck_assert_str_eq(call_field(again, "Mcp-Session-Id"), "abc");
    ck_assert_str_eq(call_field(again, "MCP-Protocol-Version"), "2025-06-18"); /* as it answered */
    answer_call(200, ONE_TOOL);
    ck_assert_int_eq(guests[0].answer.end, TOOL_OK);
    call(1);
    ck_assert_str_eq(call_field(call_now(), "Mcp-Session-Id"), "abc");
    answer_call(200, SAYS("noon"));
    ck_assert_int_eq(guests[1].done, 1);
    ck_assert_int_eq(wire.started, 5);
}
END_TEST

START_TEST(a_call_that_was_lost_is_not_repeated)
{
    static const enum transport ends[] = {TRANSPORT_RESET, TRANSPORT_TRUNCATED, TRANSPORT_SEND};
    if (_i < 3) {
        make_modern();
        call(0);
        send_end(call_now(), ends[_i]);
    } else {
        server.session.state = MCP_SESSION_SHUT;
        call(0);
        make_session("abc");
        send_end(call_now(), ends[_i - 3]);
    }
    settle();
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(guests[0].answer.end, TOOL_NETWORK);
    ck_assert_int_eq(wire.started, _i < 3 ? 1 : 3);
}
END_TEST

START_TEST(a_call_waits_until_the_era_is_known)
{
    call(0);
    call(1);
    ck_assert_int_eq(wire.started, 0);
    ck_assert_int_eq(learns, 2);
    if (_i == 0) {
        make_modern();
        tool_server_wake(&server, NULL);
        settle();
        ck_assert_int_eq(wire.started, 2);
    } else {
        const struct tool_answer failure = {.end = TOOL_NETWORK, .why = "was not reached"};
        tool_server_wake(&server, &failure);
        settle();
        ck_assert_int_eq(wire.started, 0);
        ck_assert_str_eq(guests[0].answer.why, "was not reached");
        ck_assert_int_eq(guests[1].done, 1);
    }
}
END_TEST

START_TEST(a_call_that_the_server_did_not_take_is_sent_in_its_era)
{
    make_modern();
    call(0);
    answer_call(400, ERROR(-32000));
    ck_assert_int_eq(guests[0].done, 0);
    ck_assert_int_eq(learns, 1);
    server.session.state = MCP_SESSION_SHUT; /* as the list tells */
    tool_server_wake(&server, NULL);
    settle();
    make_session("");
    ck_assert(call_says(call_now(), "\"tools/call\""));
    ck_assert_ptr_null(call_field(call_now(), "Mcp-Session-Id"));
    answer_call(200, SAYS("noon"));
    ck_assert_int_eq(guests[0].done, 1);
}
END_TEST

START_TEST(it_ends_in_time_whatever_it_waits_for)
{
    if (_i > 0)
        server.session.state = _i == 1 ? MCP_SESSION_SHUT : MCP_SESSION_MODERN;
    call(0); /* for the era, for a session, for the answer */
    pass_ms(29999);
    ck_assert_int_eq(guests[0].done, 0);
    pass_ms(1);
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(guests[0].answer.end, TOOL_TIMEOUT);
    ck_assert_str_eq(guests[0].answer.why, "did not answer within 30 s");
    for (int i = 0; i < wire.started; i++)
        ck_assert(!is_open(wire.calls[i]));
}
END_TEST

START_TEST(who_cancels_hangs_up)
{
    make_modern();
    call(0);
    tool_ask_cancel(guests[0].ask);
    settle();
    ck_assert(call_now()->stopped);
    ck_assert_int_eq(wire.started, 1);
    ck_assert_int_eq(guests[0].done, 0);
}
END_TEST

START_TEST(and_says_so_where_there_is_a_session)
{
    server.session.state = MCP_SESSION_SHUT;
    call(0);
    make_session("abc");
    const struct upstream_call *sent = call_now();
    char id[64];
    (void)snprintf(id, sizeof(id), "\"requestId\":%" PRId64, id_of(sent->body));
    if (_i == 0)
        tool_ask_cancel(guests[0].ask);
    else
        pass_ms(30000); /* as does time */
    settle();
    ck_assert(sent->stopped);
    ck_assert(call_says(call_now(), "\"notifications/cancelled\""));
    ck_assert(call_says(call_now(), id));
    ck_assert_str_eq(call_field(call_now(), "Mcp-Session-Id"), "abc");
    if (_i == 0)
        answer_call(202, "");
    else
        pass_ms(5000); /* nobody waits for it for long */
    ck_assert_ptr_null(server.asks);
}
END_TEST

START_TEST(nothing_leaves_the_machine_that_may_not)
{
    sections[0].local = false;
    make_modern();
    local_switch_set(true);
    call(0);
    ck_assert_int_eq(guests[0].answer.end, TOOL_NETWORK);
    ck_assert_str_eq(guests[0].answer.why,
                     "was not asked: nothing may leave this machine now (local on)");
    ck_assert_int_eq(wire.started, 0);
    sections[0].local = true;
    call(1);
    ck_assert_int_eq(wire.started, 1);
    local_switch_set(false);
}
END_TEST

START_TEST(arguments_that_are_none_are_not_sent)
{
    const struct tool_ask_plan plan = {.what = TOOL_ASK_CALL,
                                       .shared = &shared,
                                       .tool = web,
                                       .text = text_of("now"),
                                       .arguments = text_of("[1]"),
                                       .within_ms = 30000,
                                       .done = on_done,
                                       .arg = &guests[0]};
    make_modern();
    guests[0].ask = tool_ask_start(&server, &plan);
    settle();
    ck_assert_int_eq(guests[0].answer.end, TOOL_ERROR);
    ck_assert_int_eq(wire.started, 0);
}
END_TEST

/* ---- on a socket */

START_TEST(on_a_socket_modern_is_tried_first_too)
{
    list(0);
    int peer = come();
    const char *line = hear(peer);
    ck_assert_ptr_nonnull(strstr(line, "\"tools/list\""));
    ck_assert_ptr_nonnull(strstr(line, "2026-07-28"));
    tell(peer, with_id(ONE_TOOL, id_of(line)));
    ck_assert_int_eq(guests[0].answer.end, TOOL_OK);
    ck_assert_int_eq(server.session.state, MCP_SESSION_MODERN);
    call(1);
    line = hear(peer);
    ck_assert_ptr_nonnull(strstr(line, "\"tools/call\""));
    tell(peer, with_id(SAYS("noon"), id_of(line)));
    ck_assert_int_eq(guests[1].done, 1);
    close(peer);
}
END_TEST

START_TEST(a_server_of_before_refuses_hangs_up_or_is_silent)
{
    list(0);
    int peer = come();
    int64_t id = id_of(hear(peer));
    if (_i == 0) {
        tell(peer, with_id(ERROR(-32602), id));
    } else if (_i == 1) {
        close(peer);
        peer = come();
    } else {
        pass_ms(4999);
        ck_assert_str_eq(hear(peer), "");
        pass_ms(1);
    }
    shake_hands(peer, "\"tools/list\"");
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(guests[0].answer.end, TOOL_OK);
    ck_assert_int_eq(server.session.state, MCP_SESSION_OPEN);
    close(peer);
}
END_TEST

START_TEST(a_call_that_is_lost_with_its_connection_is_not_repeated)
{
    make_modern();
    call(0);
    int peer = come();
    (void)hear(peer);
    close(peer);
    settle();
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(guests[0].answer.end, TOOL_NETWORK);
    ck_assert_int_lt(come(), 0);
}
END_TEST

START_TEST(a_list_that_is_lost_in_a_known_era_is_not_either)
{
    make_modern();
    list(0);
    int peer = come();
    close(peer);
    settle();
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(server.session.state, MCP_SESSION_MODERN);
}
END_TEST

START_TEST(on_a_socket_the_server_is_told_of_each_cancellation)
{
    char id[64];
    make_modern();
    call(0);
    int peer = come();
    (void)snprintf(id, sizeof(id), "\"requestId\":%" PRId64, id_of(hear(peer)));
    tool_ask_cancel(guests[0].ask);
    const char *line = hear(peer);
    ck_assert_ptr_nonnull(strstr(line, "\"notifications/cancelled\""));
    ck_assert_ptr_nonnull(strstr(line, id));
    close(peer);
}
END_TEST

START_TEST(a_message_that_is_too_large_is_not_sent)
{
    static char text[9 << 20];
    memset(text, ' ', sizeof(text));
    text[0] = '{';
    memset(text + 1, '"', 1);
    memset(text + 2, 'x', sizeof(text) - 10);
    memcpy(text + sizeof(text) - 8, "\":1}", 4);
    const struct tool_ask_plan plan = {.what = TOOL_ASK_CALL,
                                       .shared = &shared,
                                       .tool = near,
                                       .text = text_of("now"),
                                       .arguments = text_make(text, sizeof(text)),
                                       .within_ms = 30000,
                                       .done = on_done,
                                       .arg = &guests[0]};
    make_modern();
    guests[0].ask = tool_ask_start(&server, &plan);
    settle();
    ck_assert_int_eq(guests[0].answer.end, TOOL_TOO_LARGE);
    ck_assert_int_lt(come(), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_ask");
    TCase *tc = tcase_create("http");
    tcase_add_checked_fixture(tc, setup_web, teardown);
    tcase_add_test(tc, modern_is_tried_first);
    tcase_add_loop_test(tc, one_of_before_gets_a_handshake_and_that_is_remembered, 0, ROWS(olders));
    tcase_add_loop_test(tc, a_call_that_was_lost_is_not_repeated, 0, 6);
    tcase_add_loop_test(tc, a_call_waits_until_the_era_is_known, 0, 2);
    tcase_add_test(tc, a_call_that_the_server_did_not_take_is_sent_in_its_era);
    tcase_add_loop_test(tc, it_ends_in_time_whatever_it_waits_for, 0, 3);
    tcase_add_test(tc, who_cancels_hangs_up);
    tcase_add_loop_test(tc, and_says_so_where_there_is_a_session, 0, 2);
    tcase_add_test(tc, nothing_leaves_the_machine_that_may_not);
    tcase_add_test(tc, arguments_that_are_none_are_not_sent);
    suite_add_tcase(s, tc);
    tc = tcase_create("socket");
    tcase_add_checked_fixture(tc, setup_near, teardown);
    tcase_add_test(tc, on_a_socket_modern_is_tried_first_too);
    tcase_add_loop_test(tc, a_server_of_before_refuses_hangs_up_or_is_silent, 0, 3);
    tcase_add_test(tc, a_call_that_is_lost_with_its_connection_is_not_repeated);
    tcase_add_test(tc, a_list_that_is_lost_in_a_known_era_is_not_either);
    tcase_add_test(tc, on_a_socket_the_server_is_told_of_each_cancellation);
    tcase_add_test(tc, a_message_that_is_too_large_is_not_sent);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
