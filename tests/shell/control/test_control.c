/* Who speaks on the control socket, and how: lines whole and in pieces, and peers who mean no good.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dial.h"
#include "base/loop.h"
#include "control/control.h"
#include "control/control_line.h"
#include "ledger/recent.h"
#include "provider/local_switch.h"
#include "record/log.h"
#include "record/metrics.h"
#include "record_case.h"
#include "unit.h"

#define SPEAKING_MAX 32
#define WATCHING_MAX 32
#define ON           "{\"ok\":true,\"local\":\"on\",\"address\":\"127.0.0.1:1\"}\n"
#define OFF          "{\"ok\":true,\"local\":\"off\",\"address\":\"127.0.0.1:1\"}\n"

static struct loop loop;
static struct control *control;
static char folder[] = "/tmp/us-control-XXXXXX", path[64];
static int switched; /* how often */

/* One turn, which waits for 1 ms at most. */
static int64_t stop(struct loop_hook *hook)
{
    (void)hook;
    loop_stop(&loop);
    return 1;
}

static struct loop_hook once = {.turn = stop};

static void turn(void)
{
    loop.stopped = false;
    loop_run(&loop);
}

static void set_local(void *arg, bool on)
{
    ck_assert_ptr_eq(arg, &loop);
    local_switch_set(on);
    switched++;
}

static const char *standing = "serving";

static const char *tell_standing(const void *arg)
{
    ck_assert_ptr_eq(arg, &loop);
    return standing;
}

static const struct control_owner owner = {
    .set_local = set_local, .standing = tell_standing, .address = "127.0.0.1:1", .arg = &loop};

static void setup(void)
{
    log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    metrics_setup();
    ck_assert_int_eq(loop_init(&loop), 0);
    loop_add_hook(&loop, &once);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/control", folder);
    (void)setenv("RUNTIME_DIRECTORY", folder, 1);
    control = control_new(&loop, &owner);
    ck_assert_ptr_nonnull(control);
}

static void teardown(void)
{
    control_free(control);
    ck_assert_int_lt(access(path, F_OK), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    loop_done(&loop);
}

static int come(void)
{
    int fd = dial_unix(path, 0);
    ck_assert_int_ge(fd, 0);
    turn();
    return fd;
}

static void send_bytes(int peer, const char *bytes, size_t len)
{
    ck_assert_int_eq(send(peer, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
    turn();
}

static void say(int peer, const char *text)
{
    send_bytes(peer, text, strlen(text));
}

/* What it was told; "" = nothing yet, NULL = it was closed. */
static const char *told(int peer)
{
    static char text[9000];
    ssize_t n = recv(peer, text, sizeof(text) - 1, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        return NULL;
    text[n > 0 ? n : 0] = '\0';
    return text;
}

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

/* ---- those that watch */

#define WATCH    "{\"do\":\"watch\"}\n"
#define STANDING "{\"standing\":\"serving\"}\n"

static void end_exchange(unsigned number)
{
    struct exchange_record record = record_case_of(number);
    recent_add(&record);
}

/* Waits until something was told; at most as long as a test may take. */
static const char *wait_told(int peer)
{
    const char *text;
    while ((text = told(peer)) && !text[0])
        turn();
    return text;
}

START_TEST(who_watches_is_told_what_ends)
{
    int peer = come();
    end_exchange(0);
    say(peer, WATCH);
    ck_assert_str_eq(told(peer), OFF STANDING);
    end_exchange(1);
    const char *text = wait_told(peer);
    ck_assert_int_eq(strncmp(text, "{\"exchange\":{\"id\":\"1\",", 22), 0);
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    standing = "stopping";
    ck_assert_str_eq(wait_told(peer), "{\"standing\":\"stopping\"}\n");
    say(peer, "{\"do\":\"local\"}\n"); /* it may still ask */
    ck_assert_str_eq(wait_told(peer), OFF);
    close(peer);
    for (int i = 0; i < 3; i++)
        turn();
    ck_assert_uint_eq(loop.timer_count, 0);
}
END_TEST

START_TEST(who_says_no_more_may_still_watch)
{
    int peer = come();
    say(peer, WATCH);
    ck_assert_str_eq(told(peer), OFF STANDING);
    ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
    turn();
    end_exchange(0);
    ck_assert_ptr_nonnull(strstr(wait_told(peer), "exchange"));
    close(peer);
    for (int i = 0; i < 3; i++)
        turn();
    ck_assert_uint_eq(loop.timer_count, 0);
}
END_TEST

/* All that it was told since it watches. */
static char all[32 << 20];
static size_t all_len;

static void read_on(int peer)
{
    const char *text;
    while ((text = told(peer)) && text[0]) {
        size_t len = strlen(text);
        ck_assert_uint_lt(all_len + len, sizeof(all));
        memcpy(all + all_len, text, len + 1);
        all_len += len;
        turn();
    }
}

static unsigned long told_or_lost(void)
{
    static const char exchange[] = "{\"exchange\"", lost[] = "{\"lost\":{\"count\":";
    unsigned long count = 0;
    for (const char *at = all; (at = strstr(at, exchange)); at++)
        count++;
    for (const char *at = all; (at = strstr(at, lost)); at++)
        count += strtoul(at + strlen(lost), NULL, 10);
    return count;
}

START_TEST(who_does_not_read_loses_and_is_told_how_many)
{
    unsigned number = 0;
    int peer = come();
    say(peer, WATCH);
    for (int i = 0; i < 10; i++) {
        for (int j = 0; j < RECENT_MAX; j++)
            end_exchange(number++);
        loop_timer_set(&loop, loop.heap[1], loop_now_ms(&loop)); /* it looks now */
        turn();
    }
    read_on(peer);
    end_exchange(number++); /* with the next one it is told how many it has lost */
    while (told_or_lost() < number) {
        turn();
        read_on(peer);
    }
    ck_assert_uint_eq(told_or_lost(), number);
    ck_assert_ptr_nonnull(strstr(all, "{\"lost\""));
    close(peer);
}
END_TEST

/* All that can come in one look has room, whatever the names of apps are. */
START_TEST(the_worst_names_have_room)
{
    struct exchange_record record = record_case_worst();
    int peer = come();
    say(peer, WATCH);
    for (int i = 0; i < RECENT_MAX; i++)
        recent_add(&record);
    read_on(peer);
    while (told_or_lost() < RECENT_MAX) {
        turn();
        read_on(peer);
    }
    close(peer);
}
END_TEST

START_TEST(several_watch_and_one_leaves)
{
    int first = come(), second = come();
    say(first, WATCH);
    say(second, WATCH WATCH);
    ck_assert_str_eq(told(first), OFF STANDING);
    ck_assert_str_eq(told(second), OFF STANDING OFF);
    close(first);
    end_exchange(0);
    ck_assert_ptr_nonnull(strstr(wait_told(second), "exchange"));
    close(second);
    for (int i = 0; i < 3; i++)
        turn();
    ck_assert_uint_eq(loop.timer_count, 0);
}
END_TEST

/* They may be stopped, and stay. */
START_TEST(those_that_watch_leave_room_for_commands)
{
    int watching[WATCHING_MAX];
    for (int i = 0; i < WATCHING_MAX; i++) {
        watching[i] = come();
        say(watching[i], WATCH);
        ck_assert_ptr_nonnull(strstr(told(watching[i]), OFF));
    }
    int peer = come();
    say(peer, "{\"do\":\"local\"}\n");
    ck_assert_str_eq(told(peer), OFF);
    say(peer, WATCH);
    ck_assert_str_eq(told(peer),
                     "{\"ok\":false,\"error\":\"too many watch already: end one of them\"}\n");
    say(watching[0], WATCH); /* it does already */
    ck_assert_ptr_nonnull(strstr(told(watching[0]), OFF));
    close(watching[0]);
    turn();
    say(peer, WATCH);
    ck_assert_ptr_nonnull(strstr(told(peer), OFF));
    close(peer);
    for (int i = 1; i < WATCHING_MAX; i++)
        close(watching[i]);
}
END_TEST

START_TEST(what_ends_with_the_daemon_is_told)
{
    int peer = come();
    say(peer, WATCH);
    (void)told(peer);
    end_exchange(7);
    control_free(control);
    control = NULL;
    const char *last = told(peer);
    ck_assert_ptr_nonnull(last);
    ck_assert_ptr_nonnull(strstr(last, "{\"exchange\":{"));
    ck_assert_ptr_null(told(peer));
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
    tcase_add_test(tc, who_watches_is_told_what_ends);
    tcase_add_test(tc, who_says_no_more_may_still_watch);
    tcase_add_test(tc, who_does_not_read_loses_and_is_told_how_many);
    tcase_add_test(tc, the_worst_names_have_room);
    tcase_add_test(tc, several_watch_and_one_leaves);
    tcase_add_test(tc, those_that_watch_leave_room_for_commands);
    tcase_add_test(tc, what_ends_with_the_daemon_is_told);
    tcase_add_test(tc, where_there_is_nowhere_there_is_none);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
