/* Who speaks on the control socket, and how: lines whole and in pieces, and peers who mean no good.
 */
#include "control_case.h"

#define SPEAKING_MAX 32

START_TEST(the_socket_is_for_its_user_only)
{
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(a_wish_is_done_and_answered)
{
    int peer = come();
    say(peer, "{\"do\":\"local\",\"set\":\"on\"}\n");
    ck_assert_str_eq(told(peer), ON);
    ck_assert(local_switch_is_on());
    say(peer, "{\"do\":\"local\"}\n");
    ck_assert_str_eq(told(peer), ON);
    say(peer, "{\"do\":\"local\",\"set\":\"on\"}\n"); /* it is: nothing is done */
    ck_assert_str_eq(told(peer), ON);
    ck_assert_int_eq(switched, 1);
    say(peer, "{\"do\":\"local\",\"set\":\"off\"}\n");
    ck_assert_str_eq(told(peer), OFF);
    ck_assert(!local_switch_is_on());
    close(peer);
}
END_TEST

START_TEST(what_is_not_understood_is_told_and_the_next_line_is_heard)
{
    int peer = come();
    say(peer, "dance\n");
    ck_assert_ptr_nonnull(strstr(told(peer), "\"ok\":false"));
    say(peer, "{\"do\":\"local\"}\n");
    ck_assert_str_eq(told(peer), OFF);
    close(peer);
}
END_TEST

START_TEST(a_line_may_come_in_pieces_and_two_at_once)
{
    static const char lines[] = "{\"do\":\"local\"}\n{\"do\":\"local\"}\n{\"do\":";
    int peer = come();
    for (const char *at = "{\"do\":\"local\"}"; *at; at++) {
        send_bytes(peer, at, 1);
        ck_assert_str_eq(told(peer), "");
    }
    say(peer, "\n");
    ck_assert_str_eq(told(peer), OFF);
    say(peer, lines);
    ck_assert_str_eq(told(peer), OFF OFF);
    say(peer, "\"local\"}\n");
    ck_assert_str_eq(told(peer), OFF);
    close(peer);
}
END_TEST

START_TEST(half_a_line_is_no_wish)
{
    int peer = come();
    say(peer, "{\"do\":\"local\",\"set\":\"on\"}");
    (void)shutdown(peer, SHUT_WR);
    turn();
    ck_assert_ptr_null(told(peer));
    ck_assert(!local_switch_is_on());
    close(peer);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_told_and_closed)
{
    char line[CONTROL_LINE_MAX];
    int peer = come();
    memset(line, ' ', sizeof(line));
    send_bytes(peer, line, sizeof(line) - 1);
    ck_assert_str_eq(told(peer), "");
    send_bytes(peer, line, 1);
    ck_assert_ptr_nonnull(strstr(told(peer), "too long"));
    ck_assert_ptr_null(told(peer));
    close(peer);
}
END_TEST

START_TEST(the_longest_line_is_heard)
{
    char line[CONTROL_LINE_MAX];
    int peer = come();
    memset(line, ' ', sizeof(line));
    memcpy(line, "{\"do\":\"local\"}", strlen("{\"do\":\"local\"}"));
    line[sizeof(line) - 1] = '\n';
    send_bytes(peer, line, sizeof(line));
    ck_assert_str_eq(told(peer), OFF);
    close(peer);
}
END_TEST

START_TEST(who_is_silent_is_closed)
{
    int peer = come();
    for (int i = 0; i < 5; i++)
        turn();
    ck_assert_str_eq(told(peer), "");
    ck_assert_uint_eq(loop.timer_count, 1);
    ck_assert_int_gt(loop.heap[1]->at_ms, loop_now_ms(&loop) + 5000);
    loop_timer_set(&loop, loop.heap[1], loop_now_ms(&loop));
    turn();
    ck_assert_ptr_null(told(peer));
    ck_assert_uint_eq(loop.timer_count, 0);
    close(peer);
}
END_TEST

START_TEST(who_reads_nothing_is_closed)
{
    int peer = come(), other = come(), small = 1;
    (void)setsockopt(peer, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    bool open = true;
    for (int i = 0; open && i < 100000; i++) {
        open = send(peer, "{\"do\":\"local\"}\n", 15, MSG_NOSIGNAL | MSG_DONTWAIT) == 15;
        turn();
    }
    ck_assert(!open);
    say(other, "{\"do\":\"local\"}\n");
    ck_assert_str_eq(told(other), OFF);
    close(peer);
    close(other);
}
END_TEST

START_TEST(who_goes_at_once_is_let_go)
{
    for (int i = 0; i < 3 * SPEAKING_MAX; i++) {
        int peer = come();
        if (i % 3 == 1)
            (void)!send(peer, "{\"do\":\"local\"}\n", 15, MSG_NOSIGNAL);
        if (i % 3 == 2)
            (void)!send(peer, "{\"do", 4, MSG_NOSIGNAL);
        close(peer);
        turn();
        turn();
    }
    ck_assert_uint_eq(loop.timer_count, 0);
}
END_TEST

START_TEST(the_33rd_is_closed_until_there_is_room)
{
    int peers[SPEAKING_MAX];
    for (int i = 0; i < SPEAKING_MAX; i++)
        peers[i] = come();
    int more = come();
    ck_assert_ptr_null(told(more));
    close(more);
    for (int i = 0; i < SPEAKING_MAX; i++) {
        say(peers[i], "{\"do\":\"local\"}\n");
        ck_assert_str_eq(told(peers[i]), OFF);
    }
    close(peers[0]);
    turn();
    more = come();
    say(more, "{\"do\":\"local\"}\n");
    ck_assert_str_eq(told(more), OFF);
    close(more);
    for (int i = 1; i < SPEAKING_MAX; i++)
        close(peers[i]);
}
END_TEST

START_TEST(its_end_closes_who_is_there)
{
    int peer = come();
    control_free(control);
    control = NULL;
    ck_assert_ptr_null(told(peer));
    ck_assert_int_eq(dial_unix(path, 0), -ENOENT);
    ck_assert_uint_eq(loop.timer_count, 0);
    close(peer);
}
END_TEST

START_TEST(where_there_is_nowhere_there_is_none)
{
    /* Another daemon has the place, it cannot be made, and nobody says where. */
    ck_assert_ptr_null(control_new(&loop, &owner));
    (void)setenv("RUNTIME_DIRECTORY", "/nonexistent/us", 1);
    ck_assert_ptr_null(control_new(&loop, &owner));
    (void)unsetenv("RUNTIME_DIRECTORY");
    (void)unsetenv("XDG_RUNTIME_DIR");
    ck_assert_ptr_null(control_new(&loop, &owner));
    int peer = come(); /* the first is none the worse */
    say(peer, "{\"do\":\"local\"}\n");
    ck_assert_str_eq(told(peer), OFF);
    close(peer);
    control_free(NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("control");
    TCase *tc = tcase_create("control");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_socket_is_for_its_user_only);
    tcase_add_test(tc, a_wish_is_done_and_answered);
    tcase_add_test(tc, what_is_not_understood_is_told_and_the_next_line_is_heard);
    tcase_add_test(tc, a_line_may_come_in_pieces_and_two_at_once);
    tcase_add_test(tc, half_a_line_is_no_wish);
    tcase_add_test(tc, a_line_that_is_too_long_is_told_and_closed);
    tcase_add_test(tc, the_longest_line_is_heard);
    tcase_add_test(tc, who_is_silent_is_closed);
    tcase_add_test(tc, who_reads_nothing_is_closed);
    tcase_add_test(tc, who_goes_at_once_is_let_go);
    tcase_add_test(tc, the_33rd_is_closed_until_there_is_room);
    tcase_add_test(tc, its_end_closes_who_is_there);
    tcase_add_test(tc, where_there_is_nowhere_there_is_none);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
