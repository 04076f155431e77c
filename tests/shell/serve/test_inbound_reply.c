/* How the reply to one request goes out: whole, or as a stream to readers of every kind. */
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "../served.h"
#include "serve/connection.h"

static const char *pieces[64]; /* NULL: none is there yet; "" = the end, "!" = it breaks */
static int given;
static size_t taken; /* of the one that is given now */

static enum reply_more look_at_piece(void *arg, struct text *ret_bytes)
{
    ck_assert_ptr_eq(arg, pieces);
    const char *piece = pieces[given];
    if (!piece)
        return REPLY_WAIT;
    if (piece[0] == '\0')
        return REPLY_END;
    if (piece[0] == '!')
        return REPLY_BROKEN;
    *ret_bytes = text_of(piece + taken);
    return REPLY_BYTES;
}

static void take_of_piece(void *arg, size_t n)
{
    (void)arg;
    taken += n;
    if (pieces[given][taken] != '\0')
        return;
    taken = 0;
    given++;
}

static const struct reply_source source = {.look = look_at_piece, .take = take_of_piece};

static void stream(struct served *request)
{
    struct reply reply;
    reply_init(&reply, 200);
    reply.source = &source;
    reply.arg = pieces;
    inbound_reply_take(request->inbound, &reply);
}

/* Its first piece is out, and nothing more is there for a while. */
static void begin_stream(void)
{
    waits = true;
    client_say(client, GET("/v1/models"));
    until_served(1);
    pieces[0] = "one";
    stream(&served[0]);
    (void)client_hear(client, "one");
    turn_for_a_while();
}

START_TEST(a_stream_goes_out_piece_by_piece_as_they_come)
{
    begin_stream();
    pieces[1] = "two";
    inbound_wake(served[0].inbound);
    inbound_wake(served[0].inbound);
    (void)client_hear(client, "two");
    pieces[2] = "";
    inbound_wake(served[0].inbound);
    (void)client_hear(client, "0\r\n\r\n");
    UNTIL(served[0].closed);
    ck_assert(!served[0].client_gone);
    waits = false;
    client_say(client, GET("/v1/models"));
    (void)client_hear(client, "here");
}
END_TEST

START_TEST(one_with_much_to_say_lets_others_have_their_turn)
{
    int turns = 0, other = client_open();
    begin_stream();
    for (int i = 1; i <= 40; i++)
        pieces[i] = "x";
    inbound_wake(served[0].inbound);
    for (int before = given; given < 41 && turns < 100; before = given, turns++) {
        client_say(other, GET("/healthz")); /* the library has something to do, too */
        turn();
        ck_assert_int_le(given - before, 16);
    }
    ck_assert_int_eq(given, 41);
    ck_assert_int_ge(turns, 3);
    pieces[41] = "";
    inbound_wake(served[0].inbound);
    ck_assert_ptr_nonnull(strstr(client_hear(client, "0\r\n\r\n"), "1\r\nx\r\n1\r\nx\r\n"));
    close(other);
}
END_TEST

START_TEST(one_that_goes_away_while_it_has_more_to_say_is_told_of_once)
{
    begin_stream();
    for (int i = 1; i <= 40; i++)
        pieces[i] = "x";
    inbound_wake(served[0].inbound);
    turn();
    ck_assert_int_lt(given, 40);
    inbound_gone(served[0].inbound);
    UNTIL(served[0].closed);
    ck_assert(served[0].client_gone);
}
END_TEST

START_TEST(a_stream_that_breaks_ends_the_connection_without_its_end)
{
    waits = true;
    client_say(client, GET("/v1/models"));
    until_served(1);
    pieces[0] = "one";
    pieces[1] = "!";
    stream(&served[0]);
    const char *told = client_hear(client, NULL);
    ck_assert_ptr_nonnull(strstr(told, "one"));
    ck_assert_ptr_null(strstr(told, "0\r\n\r\n"));
    ck_assert(!served[0].client_gone);
}
END_TEST

START_TEST(a_client_that_goes_in_the_middle_of_a_stream_is_told_of)
{
    waits = true;
    client_say(client, GET("/v1/models"));
    until_served(1);
    pieces[0] = "one";
    stream(&served[0]);
    (void)client_hear(client, "one");
    close(client);
    UNTIL(served[0].closed);
    ck_assert(served[0].client_gone);
    client = client_open();
}
END_TEST

/* A client that has its head and then reads nothing; what it is sent is at `pieces`. */
static void stream_to_a_slow_reader(void)
{
    waits = true;
    client_say(client, GET("/v1/models"));
    until_served(1);
    stream(&served[0]);
    (void)client_hear(client, "\r\n\r\n");
}

/* More than the kernel takes on both sides, in events of 64 KB. */
static const char *many_events(void)
{
    static char bytes[24u << 20];
    if (bytes[0] == '\0') {
        for (size_t at = 0; at + 64 < sizeof(bytes); at += 64)
            (void)snprintf(bytes + at, 65, "data: %056zu\n\n", at);
    }
    return bytes;
}

START_TEST(a_slow_reader_gets_all_and_the_source_is_read_no_faster)
{
    static char told[1u << 16];
    size_t len = 0;
    stream_to_a_slow_reader();
    pieces[0] = many_events();
    pieces[1] = "";
    inbound_wake(served[0].inbound);
    UNTIL(served[0].inbound->connection->full);
    ck_assert_int_eq(given, 0);
    size_t before = taken;
    ck_assert_uint_lt(before, strlen(pieces[0]));
    inbound_wake(served[0].inbound);
    turn_for_a_while();
    ck_assert_uint_eq(taken, before);
    while (!served[0].closed) {
        ssize_t n = recv(client, told, sizeof(told), MSG_DONTWAIT);
        len += n > 0 ? (size_t)n : 0;
        if (n < 0)
            turn();
    }
    while (recv(client, told, 1, MSG_DONTWAIT | MSG_PEEK) > 0)
        len += (size_t)recv(client, told, sizeof(told), MSG_DONTWAIT);
    ck_assert_uint_gt(len, strlen(pieces[0]));
    ck_assert(!served[0].client_gone);
}
END_TEST

START_TEST(a_reader_that_takes_nothing_for_long_is_let_go)
{
    stream_to_a_slow_reader();
    pieces[0] = many_events();
    inbound_wake(served[0].inbound);
    UNTIL(served[0].inbound->connection->full);
    struct connection *connection = served[0].inbound->connection;
    ck_assert_int_eq(connection->took_at_ms, loop_now_ms(&loop));
    connection->unsent = 0; /* as if it had taken nothing since */
    connection->took_at_ms -= CONNECTION_INACTIVITY_S * 1000 - 1;
    loop_timer_set(&loop, &connection->deadline, loop_now_ms(&loop));
    UNTIL(served[0].closed);
    ck_assert(served[0].client_gone);
}
END_TEST

START_TEST(one_that_takes_a_little_is_not)
{
    char told[65536];
    stream_to_a_slow_reader();
    pieces[0] = many_events();
    inbound_wake(served[0].inbound);
    UNTIL(served[0].inbound->connection->full);
    struct connection *connection = served[0].inbound->connection;
    int before = connection->unsent;
    ck_assert_int_gt(before, 0);
    for (int unsent = before; unsent == before;) {
        ck_assert_int_gt(recv(client, told, sizeof(told), MSG_DONTWAIT), 0);
        ck_assert_int_eq(ioctl(connection->fd, SIOCOUTQ, &unsent), 0);
    }
    int64_t long_ago_ms = connection->took_at_ms - 1000000;
    connection->took_at_ms = long_ago_ms;
    loop_timer_set(&loop, &connection->deadline, loop_now_ms(&loop));
    UNTIL(connection->took_at_ms > long_ago_ms);
    turn_for_a_while();
    ck_assert_int_eq(served[0].closed, 0);
    ck_assert_int_lt(connection->unsent, before);
}
END_TEST

START_TEST(one_that_goes_while_its_socket_is_full_is_told_of)
{
    stream_to_a_slow_reader();
    pieces[0] = many_events();
    inbound_wake(served[0].inbound);
    UNTIL(served[0].inbound->connection->full);
    close(client);
    UNTIL(served[0].closed);
    ck_assert(served[0].client_gone);
    client = client_open();
}
END_TEST

START_TEST(a_stream_that_breaks_after_a_while_ends_the_connection_without_its_end)
{
    begin_stream();
    pieces[1] = "two";
    pieces[2] = "!";
    inbound_wake(served[0].inbound);
    const char *told = client_hear(client, NULL);
    ck_assert_str_eq(told, "3\r\ntwo\r\n");
    ck_assert(!served[0].client_gone);
}
END_TEST

/* Which knows of no chunks. */
START_TEST(a_stream_in_http_1_0_is_what_comes_until_the_end_of_the_connection)
{
    waits = true;
    client_say(client, "GET /v1/models HTTP/1.0\r\n" HOST "\r\n");
    until_served(1);
    pieces[0] = "one";
    stream(&served[0]);
    ck_assert_ptr_null(strstr(client_hear(client, "\r\n\r\none"), "chunked"));
    turn_for_a_while();
    pieces[1] = "two";
    inbound_wake(served[0].inbound);
    ck_assert_str_eq(client_hear(client, "two"), "two");
    pieces[2] = "";
    inbound_wake(served[0].inbound);
    ck_assert_str_eq(client_hear(client, NULL), "");
    ck_assert(!served[0].client_gone);
}
END_TEST

START_TEST(a_page_that_may_call_may_read_our_fields)
{
    char *origins[] = {(char[]){"https://app.example"}, NULL};
    config.server.allowed_origins.at = origins;
    config.server.allowed_origins.count = 1;
    client_say(client, "GET /v1/models HTTP/1.1\r\n" HOST "Origin: https://app.example\r\n\r\n");
    const char *told = client_hear(client, "here");
    ck_assert_ptr_nonnull(strstr(told, "Access-Control-Allow-Origin: https://app.example\r\n"));
    ck_assert_ptr_nonnull(strstr(told, "Access-Control-Expose-Headers: x-understudy-id"));
    ck_assert_ptr_nonnull(strstr(told, "Vary: Origin\r\n"));
}
END_TEST

START_TEST(fields_for_which_there_is_no_room_are_left_out_and_the_answer_comes)
{
    struct reply reply;
    static char large[30000];
    memset(large, 'x', sizeof(large) - 1);
    waits = true;
    client_say(client, GET("/v1/models"));
    until_served(1);
    reply_json(&reply, 200, text_of("{\"here\":1}"));
    reply_header(&reply, "x-large", large);
    inbound_reply_take(served[0].inbound, &reply);
    const char *told = client_hear(client, "here");
    ck_assert_ptr_null(strstr(told, "x-large"));
    ck_assert_ptr_nonnull(strstr(told, "Content-Type: application/json\r\n"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("inbound_reply");
    TCase *tc = tcase_create("inbound_reply");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_stream_goes_out_piece_by_piece_as_they_come);
    tcase_add_test(tc, one_with_much_to_say_lets_others_have_their_turn);
    tcase_add_test(tc, one_that_goes_away_while_it_has_more_to_say_is_told_of_once);
    tcase_add_test(tc, a_stream_that_breaks_ends_the_connection_without_its_end);
    tcase_add_test(tc, a_client_that_goes_in_the_middle_of_a_stream_is_told_of);
    tcase_add_test(tc, a_slow_reader_gets_all_and_the_source_is_read_no_faster);
    tcase_add_test(tc, a_reader_that_takes_nothing_for_long_is_let_go);
    tcase_add_test(tc, one_that_takes_a_little_is_not);
    tcase_add_test(tc, one_that_goes_while_its_socket_is_full_is_told_of);
    tcase_add_test(tc, a_stream_that_breaks_after_a_while_ends_the_connection_without_its_end);
    tcase_add_test(tc, a_stream_in_http_1_0_is_what_comes_until_the_end_of_the_connection);
    tcase_add_test(tc, a_page_that_may_call_may_read_our_fields);
    tcase_add_test(tc, fields_for_which_there_is_no_room_are_left_out_and_the_answer_comes);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
