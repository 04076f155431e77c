/* Clients that still send when they have their answer. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "door/linger.h"
#include "text/count.h"
#include "unit.h"

static struct loop loop;
static struct linger_set set;

/* One turn only. */
static int64_t stop(struct loop_hook *hook)
{
    (void)hook;
    loop_stop(&loop);
    return -1;
}

static struct loop_hook once = {.turn = stop};

static void turn(void)
{
    loop.stopped = false;
    loop_run(&loop);
}

static void setup(void)
{
    ck_assert_int_eq(loop_init(&loop), 0);
    loop_add_hook(&loop, &once);
    linger_set_init(&set, &loop);
}

static void teardown(void)
{
    linger_set_done(&set);
    loop_done(&loop);
}

/* Takes one end of a new pair of sockets; returns the other, the client's. */
static int take(void)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    ck_assert_int_eq(send(ends[0], "answer", 6, 0), 6);
    linger_take(&set, ends[0]);
    return ends[1];
}

static bool is_closed(int client)
{
    return send(client, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE;
}

START_TEST(the_client_reads_its_answer_and_may_send_on)
{
    static const char piece[10000];
    char answer[16];
    int client = take();
    for (int i = 0; i < 200; i++) {
        ck_assert_int_eq(send(client, piece, sizeof(piece), MSG_NOSIGNAL), sizeof(piece));
        turn();
    }
    ck_assert_int_eq(recv(client, answer, sizeof(answer), 0), 6);
    ck_assert_int_eq(recv(client, answer, sizeof(answer), 0), 0);
    ck_assert_int_eq(set.count, 1);
    close(client);
    while (set.count)
        turn();
    ck_assert_uint_eq(loop.timer_count, 0);
}
END_TEST

START_TEST(silence_ends_it)
{
    int client = take();
    struct loop_timer *limit = loop.heap[1];
    ck_assert_int_eq(limit->at_ms, loop.now_ms + 5000);
    limit->due(limit);
    ck_assert(is_closed(client));
    ck_assert_int_eq(set.count, 0);
    close(client);
}
END_TEST

START_TEST(each_byte_prolongs_it_up_to_the_end)
{
    turn();
    int64_t taken_at_ms = loop.now_ms -= _i;
    int client = take();
    ck_assert_int_eq(send(client, "x", 1, 0), 1);
    turn();
    int64_t most_ms = taken_at_ms + 30000;
    int64_t next_ms = loop.now_ms + 5000;
    ck_assert_int_eq(loop.heap[1]->at_ms, most_ms < next_ms ? most_ms : next_ms);
    close(client);
}
END_TEST

START_TEST(in_the_end_no_byte_prolongs_it)
{
    turn();
    loop.now_ms -= 30000;
    int client = take();
    ck_assert_int_eq(send(client, "x", 1, 0), 1);
    turn(); /* so long after the turn before, what waits goes first (loop.h) */
    turn();
    ck_assert_int_eq(set.count, 0);
    close(client);
}
END_TEST

START_TEST(those_that_are_too_many_are_closed_at_once)
{
    int clients[257];
    for (int i = 0; i < 257; i++)
        clients[i] = take();
    ck_assert_int_eq(set.count, 256);
    ck_assert(is_closed(clients[256]));
    ck_assert(!is_closed(clients[0]));
    linger_set_done(&set);
    for (int i = 0; i < 257; i++) {
        ck_assert(is_closed(clients[i]));
        close(clients[i]);
    }
}
END_TEST

static Suite *suite(void)
{
    static const int ages_ms[] = {0, 10000, 28000};
    Suite *s = suite_create("linger");
    TCase *t = tcase_create("linger");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_client_reads_its_answer_and_may_send_on);
    tcase_add_test(t, silence_ends_it);
    for (size_t i = 0; i < COUNT(ages_ms); i++)
        tcase_add_loop_test(t, each_byte_prolongs_it_up_to_the_end, ages_ms[i], ages_ms[i] + 1);
    tcase_add_test(t, in_the_end_no_byte_prolongs_it);
    tcase_add_test(t, those_that_are_too_many_are_closed_at_once);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
