/* One request: what is refused before its body, and what of its body. */
#include "../served.h"

static bool begins(const char *told, const char *start)
{
    return strncmp(told, start, strlen(start)) == 0;
}

/* ---- the head */

START_TEST(what_the_guard_refuses_is_not_handed_over)
{
    client_say(client, "DELETE /v1/models HTTP/1.1\r\n" HOST "\r\n");
    const char *told = client_hear(client, "}}");
    ck_assert_msg(begins(told, "HTTP/1.1 405"), "%s", told);
    ck_assert_ptr_nonnull(strstr(told, "Allow: GET"));
    ck_assert_int_eq(served_count, 0);
    client_say(client, GET("/v1/models")); /* the connection goes on */
    (void)client_hear(client, "here");
}
END_TEST

START_TEST(what_has_a_body_is_refused_before_it_and_ends_the_connection)
{
    client_say(client, "POST /healthz HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n");
    const char *told = client_hear(client, NULL);
    ck_assert_msg(begins(told, "HTTP/1.1 405"), "%s", told);
    ck_assert_ptr_nonnull(strstr(told, "Connection: close\r\n"));
}
END_TEST

START_TEST(what_cannot_be_framed_for_sure_ends_the_connection)
{
    client_say(client, "GET /v1/models HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" GET("/v1/models"));
    const char *told = client_hear(client, NULL);
    ck_assert_msg(begins(told, "HTTP/1.1 400"), "%s", told);
    ck_assert_int_eq(served_count, 0);
}
END_TEST

START_TEST(its_fields_can_be_asked_for)
{
    struct text value;
    waits = true;
    client_say(client, "GET /v1/models HTTP/1.1\r\n" HOST "X-Mine: a b\r\nX-Mine: c\r\n\r\n");
    until_served(1);
    ck_assert(inbound_header(served[0].inbound, "x-mine", &value));
    ck_assert(text_equals(value, "a b"));
    ck_assert(!inbound_header(served[0].inbound, "x-other", &value));
    ck_assert_uint_eq(inbound_forward_app(served[0].inbound).count, 3);
    serve_answer(&served[0], "{}");
}
END_TEST

/* ---- the body */

START_TEST(a_request_is_handed_over_with_its_whole_body)
{
    waits = true;
    client_say(client, CHAT("Content-Type: application/json\r\nContent-Length: 6\r\n") "abc");
    turn_for_a_while();
    ck_assert_int_eq(served_count, 0);
    client_say(client, "def");
    until_served(1);
    ck_assert(text_equals(buf_text(&served[0].inbound->body), "abcdef"));
    serve_answer(&served[0], "{\"here\":1}");
    (void)client_hear(client, "here");
}
END_TEST

START_TEST(an_announced_body_that_is_too_large_is_refused_at_once)
{
    client_say(client, CHAT("Content-Length: 1001\r\n"));
    const char *told = client_hear(client, NULL);
    ck_assert_msg(begins(told, "HTTP/1.1 413"), "%s", told);
    ck_assert_ptr_nonnull(strstr(told, "1000"));
}
END_TEST

static void say_chunks(int count, bool end)
{
    static char chunk[256];
    (void)snprintf(chunk, sizeof(chunk), "c8\r\n%0200d\r\n", 0);
    for (int i = 0; i < count; i++) {
        client_say(client, chunk);
        turn();
    }
    if (end)
        client_say(client, "0\r\n\r\n");
}

START_TEST(one_that_turns_out_too_large_is_refused_when_it_is_here)
{
    client_say(client, CHAT("Transfer-Encoding: chunked\r\n"));
    say_chunks(5, false);
    ck_assert(!hold_has_room(5000, 5000));
    say_chunks(1, false);
    UNTIL(hold_has_room(5000, 5000));
    ck_assert(hold_has_room(5000, 5000)); /* what comes from now on takes none */
    say_chunks(1, true);
    const char *told = client_hear(client, NULL);
    ck_assert_msg(begins(told, "HTTP/1.1 413"), "%s", told);
    ck_assert_ptr_nonnull(strstr(told, "request_too_large"));
    ck_assert_ptr_nonnull(strstr(told, "Connection: close\r\n"));
    ck_assert_int_eq(served_count, 0);
}
END_TEST

START_TEST(the_largest_that_is_allowed_is_taken)
{
    client_say(client, CHAT("Transfer-Encoding: chunked\r\n"));
    say_chunks(5, true);
    (void)client_hear(client, "here");
    ck_assert_int_eq(served_count, 1);
}
END_TEST

START_TEST(where_all_bodies_take_too_much_an_announced_one_is_refused)
{
    struct hold others = {0};
    ck_assert(hold_grow(&others, 4500, 5000));
    client_say(client, CHAT("Content-Length: 501\r\n"));
    const char *told = client_hear(client, NULL);
    ck_assert_msg(begins(told, "HTTP/1.1 503"), "%s", told);
    ck_assert_ptr_nonnull(strstr(told, "\"max_body_total\""));
    ck_assert_ptr_nonnull(strstr(told, "Retry-After: 1\r\n"));
    hold_end(&others);
}
END_TEST

/* Who waits for the end of its body would hold the others up. */
START_TEST(and_one_that_comes_in_pieces_is_told_in_the_middle_of_it)
{
    struct hold others = {0};
    ck_assert(hold_grow(&others, 4700, 5000));
    client_say(client, CHAT("Transfer-Encoding: chunked\r\n"));
    say_chunks(2, false);
    const char *told = client_hear(client, NULL);
    ck_assert_msg(begins(told, "HTTP/1.1 503"), "%s", told);
    ck_assert_ptr_nonnull(strstr(told, "\"max_body_total\""));
    hold_end(&others);
    ck_assert(hold_has_room(5000, 5000));
}
END_TEST

START_TEST(a_body_takes_room_until_its_request_is_over)
{
    waits = true;
    client_say(client, CHAT("Content-Length: 600\r\n"));
    char body[601] = {0};
    memset(body, 'x', 600);
    client_say(client, body);
    until_served(1);
    ck_assert(hold_has_room(4400, 5000));
    ck_assert(!hold_has_room(4401, 5000));
    serve_answer(&served[0], "{\"here\":1}");
    (void)client_hear(client, "here");
    UNTIL(hold_has_room(5000, 5000));
    ck_assert(hold_has_room(5000, 5000));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("inbound");
    TCase *tc = tcase_create("inbound");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, what_the_guard_refuses_is_not_handed_over);
    tcase_add_test(tc, what_has_a_body_is_refused_before_it_and_ends_the_connection);
    tcase_add_test(tc, what_cannot_be_framed_for_sure_ends_the_connection);
    tcase_add_test(tc, its_fields_can_be_asked_for);
    tcase_add_test(tc, a_request_is_handed_over_with_its_whole_body);
    tcase_add_test(tc, an_announced_body_that_is_too_large_is_refused_at_once);
    tcase_add_test(tc, one_that_turns_out_too_large_is_refused_when_it_is_here);
    tcase_add_test(tc, the_largest_that_is_allowed_is_taken);
    tcase_add_test(tc, where_all_bodies_take_too_much_an_announced_one_is_refused);
    tcase_add_test(tc, and_one_that_comes_in_pieces_is_told_in_the_middle_of_it);
    tcase_add_test(tc, a_body_takes_room_until_its_request_is_over);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
