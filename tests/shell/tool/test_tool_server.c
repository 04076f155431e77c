/* The session that all who ask a server wait for, and what it says of itself; over a pretended wire
 * and a real socket. */
#include "pretend_ask.h"

START_TEST(all_wait_for_one_session)
{
    server.session.state = MCP_SESSION_SHUT;
    list(0);
    call(1);
    call(2);
    ck_assert_int_eq(wire.started, 1);
    make_session("abc");
    ck_assert_int_eq(wire.started, 5);
    for (int i = 2; i < 5; i++)
        ck_assert_str_eq(call_field(wire.calls[i], "Mcp-Session-Id"), "abc");
    ck_assert(id_of(wire.calls[2]->body) != id_of(wire.calls[3]->body));
}
END_TEST

START_TEST(nothing_is_asked_before_the_server_knows_that_the_session_has_begun)
{
    server.session.state = MCP_SESSION_SHUT;
    list(0);
    answer_call(200, WELCOME);
    ck_assert(call_says(call_now(), "\"notifications/initialized\""));
    call(1); /* comes in between */
    ck_assert_int_eq(wire.started, 2);
    answer_call(202, "");
    ck_assert_int_eq(wire.started, 4);
}
END_TEST

static const struct refusal {
    int status;
    const char *json, *why;
    enum tool_end end;
    enum mcp_session_state after;
} refusals[] = {
    {404, "", "answered with status 404", TOOL_PROTOCOL, MCP_SESSION_UNKNOWN},
    {400, ERROR(-32022), "refused the handshake (JSON-RPC error -32022)", TOOL_PROTOCOL,
     MCP_SESSION_UNKNOWN},
    {200, RESULT("{\"protocolVersion\":\"1999-01-01\"}"),
     "speaks a version of MCP that is not known here", TOOL_PROTOCOL, MCP_SESSION_UNKNOWN},
};

START_TEST(a_handshake_that_is_refused_ends_all_who_wait_for_it)
{
    server.session.state = MCP_SESSION_SHUT;
    list(0);
    call(1);
    answer_call(refusals[_i].status, refusals[_i].json);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(guests[i].done, 1);
        ck_assert_int_eq(guests[i].answer.end, refusals[_i].end);
        ck_assert_str_eq(guests[i].answer.why, refusals[_i].why);
        ck_assert_uint_eq(guests[i].answer.json.len, 0);
    }
    ck_assert_int_eq(server.session.state, refusals[_i].after);
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(one_that_is_not_reached_is_still_of_its_era)
{
    server.session.state = MCP_SESSION_SHUT;
    list(0);
    send_end(call_now(), TRANSPORT_CONNECT);
    settle();
    ck_assert_int_eq(guests[0].answer.end, TOOL_NETWORK);
    ck_assert_int_eq(server.session.state, MCP_SESSION_SHUT);
    list(1);
    ck_assert(call_says(call_now(), "\"initialize\""));
}
END_TEST

START_TEST(a_session_that_is_forgotten_is_opened_anew_and_the_request_repeated)
{
    server.session.state = MCP_SESSION_SHUT;
    call(0);
    make_session("abc");
    answer_call(404, NO_SUCH(-32001));
    ck_assert_int_eq(guests[0].done, 0);
    make_session("def");
    ck_assert(call_says(call_now(), "\"tools/call\""));
    ck_assert_str_eq(call_field(call_now(), "Mcp-Session-Id"), "def");
    answer_call(200, SAYS("noon"));
    ck_assert_int_eq(guests[0].answer.end, TOOL_OK);
    ck_assert_int_eq(wire.started, 6);
}
END_TEST

START_TEST(but_not_for_ever)
{
    server.session.state = MCP_SESSION_SHUT;
    call(0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(guests[0].done, 0);
        make_session("abc");
        answer_call(404, "");
    }
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(guests[0].answer.status, 404);
}
END_TEST

START_TEST(what_the_server_asks_in_a_session_is_refused)
{
    server.session.state = MCP_SESSION_SHUT;
    call(0);
    make_session("abc");
    struct upstream_call *sent = call_now();
    send_head(sent, 200, EVENTS_TYPE);
    (void)send_bytes(sent, "data: {\"jsonrpc\":\"2.0\",\"method\":"
                           "\"notifications/tools/list_changed\"}\n\n"
                           "data: {\"jsonrpc\":\"2.0\",\"id\":\"s1\",\"method\":"
                           "\"sampling/createMessage\"}\n\n");
    settle();
    ck_assert_int_eq(changes, 1);
    ck_assert(call_says(call_now(), "\"s1\""));
    ck_assert(call_says(call_now(), "-32601"));
    answer_call(202, "");
    char event[9000];
    (void)snprintf(event, sizeof(event), "data: %s\n\n", with_id(SAYS("noon"), id_of(sent->body)));
    (void)send_bytes(sent, event);
    settle();
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(guests[0].answer.end, TOOL_OK);
}
END_TEST

START_TEST(but_a_server_that_asks_without_end_is_not_followed)
{
    server.session.state = MCP_SESSION_SHUT;
    call(0);
    make_session("abc");
    struct upstream_call *sent = call_now();
    int before = wire.started;
    send_head(sent, 200, EVENTS_TYPE);
    for (int i = 0; i < 40; i++)
        (void)send_bytes(sent, "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n\n");
    settle();
    ck_assert_int_eq(wire.started, before + 8);
}
END_TEST

START_TEST(one_that_is_told_may_cancel_another)
{
    server.session.state = MCP_SESSION_SHUT;
    call(0);
    call(1);
    guests[0].cancels = &guests[1];
    guests[1].cancels = &guests[0];
    answer_call(404, "");
    ck_assert_int_eq(guests[0].done + guests[1].done, 1);
}
END_TEST

/* ---- on a socket */

START_TEST(each_connection_is_a_session)
{
    server.session.state = MCP_SESSION_SHUT;
    list(0);
    int peer = come();
    shake_hands(peer, "\"tools/list\"");
    close(peer);
    if (_i == 0)
        settle(); /* seen by the loop, or by the next one who asks */
    call(1);
    peer = come();
    shake_hands(peer, "\"tools/call\"");
    ck_assert_int_eq(guests[1].answer.end, TOOL_OK);
    close(peer);
}
END_TEST

START_TEST(on_a_socket_a_server_may_ask)
{
    server.session.state = MCP_SESSION_SHUT;
    list(0);
    int peer = come();
    shake_hands(peer, "\"tools/list\"");
    tell(peer, "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}");
    const char *line = hear(peer);
    ck_assert_ptr_nonnull(strstr(line, "\"id\":9"));
    ck_assert_ptr_nonnull(strstr(line, "\"result\":{}"));
    tell(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}");
    ck_assert_int_eq(changes, 1);
    close(peer);
}
END_TEST

/* It had read the list, and was only slow. */
START_TEST(one_that_is_modern_and_slow_refuses_the_handshake)
{
    list(0);
    int peer = come();
    (void)hear(peer);
    pass_ms(5000);
    const char *line = hear(peer);
    ck_assert_ptr_nonnull(strstr(line, "\"initialize\""));
    tell(peer, with_id("{\"jsonrpc\":\"2.0\",\"id\":@,\"error\":{\"code\":-32022,\"message\":"
                       "\"x\",\"data\":{\"supported\":[\"2026-07-28\"]}}}",
                       id_of(line)));
    line = hear(peer);
    ck_assert_ptr_nonnull(strstr(line, "\"tools/list\""));
    ck_assert_ptr_nonnull(strstr(line, "2026-07-28"));
    tell(peer, with_id(ONE_TOOL, id_of(line)));
    ck_assert_int_eq(guests[0].answer.end, TOOL_OK);
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(server.session.state, MCP_SESSION_MODERN);
    close(peer);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_server");
    TCase *tc = tcase_create("http");
    tcase_add_checked_fixture(tc, setup_web, teardown);
    tcase_add_test(tc, all_wait_for_one_session);
    tcase_add_test(tc, nothing_is_asked_before_the_server_knows_that_the_session_has_begun);
    tcase_add_loop_test(tc, a_handshake_that_is_refused_ends_all_who_wait_for_it, 0,
                        ROWS(refusals));
    tcase_add_test(tc, one_that_is_not_reached_is_still_of_its_era);
    tcase_add_test(tc, a_session_that_is_forgotten_is_opened_anew_and_the_request_repeated);
    tcase_add_test(tc, but_not_for_ever);
    tcase_add_test(tc, what_the_server_asks_in_a_session_is_refused);
    tcase_add_test(tc, but_a_server_that_asks_without_end_is_not_followed);
    tcase_add_test(tc, one_that_is_told_may_cancel_another);
    suite_add_tcase(s, tc);
    tc = tcase_create("socket");
    tcase_add_checked_fixture(tc, setup_near, teardown);
    tcase_add_loop_test(tc, each_connection_is_a_session, 0, 2);
    tcase_add_test(tc, on_a_socket_a_server_may_ask);
    tcase_add_test(tc, one_that_is_modern_and_slow_refuses_the_handshake);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
