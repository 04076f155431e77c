/* One connection, several requests, and how it ends; with a server on a real socket. */
#include "pretend_mcp.h"
#include "tool/tool_http.h"
#include "tool/tool_socket.h"

#define ASK(id)  "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"tools/list\"}"
#define TELL(id) "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"result\":{}}"

static struct tool_socket *sock;
static int closed, heard;
static struct guest {
    struct tool_line line;
    int done;
    struct tool_answer answer;
    char json[256];
    const char *says_next; /* when it is answered */
    struct guest *takes_out;
} guests[4];

static void on_heard(void *arg, const struct mcp_message *message)
{
    ck_assert_ptr_eq(arg, &sock);
    heard += message->kind != MCP_RESULT;
}

static void on_closed(void *arg)
{
    ck_assert_ptr_eq(arg, &sock);
    closed++;
}

static const struct tool_socket_events events = {.heard = on_heard, .closed = on_closed};

static void on_done(struct tool_line *line, const struct tool_answer *answer)
{
    struct guest *guest = (struct guest *)(void *)line;
    ck_assert(!line->waiting);
    guest->done++;
    guest->answer = *answer;
    (void)snprintf(guest->json, sizeof(guest->json), "%.*s", TEXT_ARG(answer->json));
    if (guest->takes_out)
        tool_socket_leave(sock, &guest->takes_out->line);
    if (guest->says_next) {
        const char *message = guest->says_next;
        guest->says_next = NULL;
        ck_assert_int_eq(tool_socket_ask(sock, line, text_of(message)), 0);
    }
}

static void ask(int n, const char *message)
{
    guests[n].line.id = n + 1;
    guests[n].line.done = on_done;
    ck_assert_int_eq(tool_socket_ask(sock, &guests[n].line, text_of(message)), 0);
}

static void setup(void)
{
    mcp_begin();
    listen_near();
    sock = tool_socket_new(&loop, near_path, &events, &sock);
}

static void teardown(void)
{
    for (int i = 0; i < 4; i++)
        tool_socket_leave(sock, &guests[i].line);
    tool_socket_free(sock);
    mcp_end();
}

START_TEST(requests_are_told_apart_by_their_ids)
{
    ck_assert_int_lt(come(), 0); /* not before it is needed */
    ask(0, ASK(1));
    ask(1, ASK(2));
    int peer = come();
    ck_assert_int_ge(peer, 0);
    ck_assert_str_eq(hear(peer), ASK(1) "\n");
    ck_assert_str_eq(hear(peer), ASK(2) "\n");
    tell(peer, TELL(2));
    ck_assert_int_eq(guests[0].done, 0);
    ck_assert_int_eq(guests[1].done, 1);
    ck_assert_int_eq(guests[1].answer.end, TOOL_OK);
    ck_assert_str_eq(guests[1].json, TELL(2));
    ask(2, ASK(3));
    ck_assert_str_eq(hear(peer), ASK(3) "\n");
    tell(peer, TELL(1) "\n" TELL(3));
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(guests[2].done, 1);
    ck_assert_int_lt(come(), 0);
    close(peer);
}
END_TEST

START_TEST(a_line_may_come_byte_by_byte)
{
    static const char line[] = TELL(1) "\r\n";
    ask(0, ASK(1));
    int peer = come();
    for (size_t i = 0; line[i]; i++) {
        ck_assert_int_eq(guests[0].done, 0);
        ck_assert_int_eq(send(peer, line + i, 1, 0), 1);
        settle();
    }
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_str_eq(guests[0].json, TELL(1));
    close(peer);
}
END_TEST

START_TEST(what_answers_nothing_is_heard)
{
    ask(0, ASK(1));
    int peer = come();
    tell(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}");
    tell(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
    tell(peer, "Server running on stdio");
    ck_assert_int_eq(heard, 3);
    ck_assert_int_eq(guests[0].done, 0);
    tell(peer, TELL(1));
    ck_assert_int_eq(guests[0].done, 1);
    close(peer);
}
END_TEST

START_TEST(a_connection_that_ends_loses_what_was_under_way)
{
    ask(0, ASK(1));
    ask(1, ASK(2));
    int peer = come();
    ck_assert_str_eq(hear(peer), ASK(1) "\n");
    close(peer);
    settle();
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(guests[i].done, 1);
        ck_assert_int_eq(guests[i].answer.end, TOOL_NETWORK);
        ck_assert(guests[i].answer.lost);
        ck_assert_str_eq(guests[i].answer.why, "ended the connection before it answered");
    }
    ck_assert_int_eq(closed, 1);
    ck_assert(!tool_socket_is_open(sock));
    ask(2, ASK(3));
    peer = come();
    ck_assert_str_eq(hear(peer), ASK(3) "\n"); /* and what was lost is not said again */
    ck_assert_str_eq(hear(peer), "");
    close(peer);
}
END_TEST

START_TEST(the_last_line_needs_no_end)
{
    ask(0, ASK(1));
    ask(1, ASK(2));
    int peer = come();
    ck_assert_int_eq(send(peer, TELL(1), strlen(TELL(1)), 0), (ssize_t)strlen(TELL(1)));
    (void)shutdown(peer, SHUT_WR);
    settle();
    ck_assert_int_eq(guests[0].answer.end, TOOL_OK);
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(guests[1].answer.end, TOOL_NETWORK);
    close(peer);
}
END_TEST

START_TEST(one_that_has_ended_at_rest_is_seen_before_it_is_used)
{
    ask(0, ASK(1));
    int peer = come();
    tell(peer, TELL(1));
    ck_assert(tool_socket_is_open(sock));
    close(peer);
    ck_assert(!tool_socket_is_open(sock));
    ck_assert_int_eq(closed, 1);
    ask(1, ASK(2));
    peer = come();
    ck_assert_str_eq(hear(peer), ASK(2) "\n");
    close(peer);
}
END_TEST

START_TEST(it_is_closed_after_five_minutes_of_rest)
{
    ask(0, ASK(1));
    int peer = come();
    (void)hear(peer);
    pass_ms(400000); /* one who waits keeps it */
    ck_assert_str_eq(hear(peer), "");
    tell(peer, TELL(1));
    pass_ms(299999);
    ck_assert_str_eq(hear(peer), "");
    pass_ms(1);
    ck_assert_ptr_null(hear(peer));
    ck_assert_int_eq(closed, 1);
    close(peer);
}
END_TEST

START_TEST(nobody_there_is_told_from_the_loop)
{
    close(listening);
    listening = -1;
    if (_i == 0)
        ck_assert_int_eq(unlink(near_path), 0);
    ask(0, ASK(1));
    ck_assert_int_eq(guests[0].done, 0);
    settle();
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(guests[0].answer.end, TOOL_NETWORK);
    ck_assert(!guests[0].answer.lost);
    ck_assert_str_eq(guests[0].answer.why, _i == 0 ? "was not reached: No such file or directory"
                                                   : "was not reached: Connection refused");
    (void)unlink(near_path);
}
END_TEST

START_TEST(where_too_many_connect_it_tries_again)
{
    int others[16], peer = -1, count = 0;
    while (count < 16 && (others[count] = dial_unix(near_path, 0)) >= 0)
        count++;
    ck_assert_int_lt(count, 16); /* the queue is full */
    ask(0, ASK(1));
    settle();
    ck_assert_int_eq(guests[0].done, 0);
    for (int i = 0; i < count; i++) {
        close(accept(listening, NULL, NULL));
        close(others[i]);
    }
    ck_assert_int_lt(come(), 0);
    pass_ms(20);
    peer = come();
    ck_assert_int_ge(peer, 0);
    ck_assert_str_eq(hear(peer), ASK(1) "\n");
    close(peer);
}
END_TEST

START_TEST(a_server_that_reads_nothing_stops_nobody)
{
    static char message[4 << 20];
    memset(message, 'x', sizeof(message) - 1);
    ask(0, message);
    ask(1, message);
    int peer = come();
    settle();
    ck_assert_int_eq(guests[0].done, 0);
    size_t got = 0;
    static char piece[1 << 20];
    for (ssize_t n; (n = recv(peer, piece, sizeof(piece), MSG_DONTWAIT)) > 0; settle())
        got += (size_t)n;
    ck_assert_uint_eq(got, 2 * sizeof(message)); /* with the line ends */
    tell(peer, TELL(1));
    ck_assert_int_eq(guests[0].answer.end, TOOL_OK);
    close(peer);
}
END_TEST

START_TEST(what_it_does_not_take_has_a_bound)
{
    static char message[TOOL_MESSAGE_MAX];
    memset(message, 'x', sizeof(message) - 1);
    ask(0, ASK(1));
    int peer = come(), said = 0;
    while (said < 10 && tool_socket_say(sock, text_of(message)) == 0)
        said++;
    ck_assert_int_ge(said, 3);
    ck_assert_int_le(said, 4);
    ck_assert_int_eq(tool_socket_say(sock, text_make(message, sizeof(message))), -EMSGSIZE);
    close(peer);
    settle();
    ck_assert_int_eq(guests[0].answer.end, TOOL_NETWORK);
}
END_TEST

START_TEST(a_line_without_end_is_too_large)
{
    static char piece[1 << 16];
    size_t sent = 0;
    ask(0, ASK(1));
    int peer = come();
    memset(piece, 'x', sizeof(piece));
    while (guests[0].done == 0 && sent < (20u << 20)) {
        ssize_t n = send(peer, piece, sizeof(piece), MSG_NOSIGNAL | MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        settle();
    }
    ck_assert_int_eq(guests[0].answer.end, TOOL_TOO_LARGE);
    ck_assert_uint_lt(sent, (9u << 20) + (1u << 20));
    ck_assert(!tool_socket_is_open(sock));
    close(peer);
}
END_TEST

START_TEST(one_that_is_told_may_ask_again_or_take_another_out)
{
    ask(0, ASK(1));
    ask(1, ASK(2));
    guests[0].says_next = ASK(1);
    guests[0].takes_out = &guests[1];
    int peer = come();
    close(peer);
    settle();
    ck_assert_int_eq(guests[0].done, 1);
    ck_assert_int_eq(guests[1].done, 0);
    guests[0].takes_out = NULL;
    peer = come();
    ck_assert_str_eq(hear(peer), ASK(1) "\n");
    tell(peer, TELL(1));
    ck_assert_int_eq(guests[0].done, 2);
    ck_assert_int_eq(guests[0].answer.end, TOOL_OK);
    close(peer);
}
END_TEST

START_TEST(who_left_is_not_told)
{
    ask(0, ASK(1));
    int peer = come();
    tool_socket_leave(sock, &guests[0].line);
    tool_socket_leave(sock, &guests[0].line);
    tell(peer, TELL(1));
    ck_assert_int_eq(guests[0].done, 0);
    ck_assert(tool_socket_is_open(sock));
    close(peer);
    tool_socket_free(NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_socket");
    TCase *tc = tcase_create("tool_socket");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, requests_are_told_apart_by_their_ids);
    tcase_add_test(tc, a_line_may_come_byte_by_byte);
    tcase_add_test(tc, what_answers_nothing_is_heard);
    tcase_add_test(tc, a_connection_that_ends_loses_what_was_under_way);
    tcase_add_test(tc, the_last_line_needs_no_end);
    tcase_add_test(tc, one_that_has_ended_at_rest_is_seen_before_it_is_used);
    tcase_add_test(tc, it_is_closed_after_five_minutes_of_rest);
    tcase_add_loop_test(tc, nobody_there_is_told_from_the_loop, 0, 2);
    tcase_add_test(tc, where_too_many_connect_it_tries_again);
    tcase_add_test(tc, a_server_that_reads_nothing_stops_nobody);
    tcase_add_test(tc, what_it_does_not_take_has_a_bound);
    tcase_add_test(tc, a_line_without_end_is_too_large);
    tcase_add_test(tc, one_that_is_told_may_ask_again_or_take_another_out);
    tcase_add_test(tc, who_left_is_not_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
