/* Connections that are dealt to workers; here the loops of both are the test's own. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/loop.h"
#include "door/share.h"
#include "unit.h"

#define WORKERS 3

static struct worker {
    struct loop loop;
    struct loop_hook once;
    struct share *share;
    int admitted;
    int last; /* descriptor */
    in_port_t port;
} workers[WORKERS];

static int64_t stop_at_once(struct loop_hook *hook)
{
    for (int i = 0; i < WORKERS; i++)
        if (hook == &workers[i].once)
            loop_stop(&workers[i].loop);
    return 0;
}

static void turn(struct worker *worker)
{
    worker->loop.stopped = false;
    loop_run(&worker->loop);
}

static void admit(void *arg, int fd, const struct sockaddr *address, socklen_t len)
{
    struct worker *worker = arg;
    const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
    ck_assert_uint_eq(len, sizeof(*in));
    worker->port = in->sin_port;
    worker->last = fd;
    share_note(worker->share, ++worker->admitted);
    ck_assert_int_eq(close(fd), 0);
}

static void setup(void)
{
    for (int i = 0; i < WORKERS; i++) {
        struct worker *worker = &workers[i];
        *worker = (struct worker){.once.turn = stop_at_once};
        ck_assert_int_eq(loop_init(&worker->loop), 0);
        loop_add_hook(&worker->loop, &worker->once);
        ck_assert_int_eq(share_new(&worker->loop, admit, worker, &worker->share), 0);
    }
}

static void teardown(void)
{
    for (int i = 0; i < WORKERS; i++) {
        share_free(workers[i].share);
        loop_done(&workers[i].loop);
    }
}

/* A connection that this worker has accepted; its descriptor. */
static int deal(int i, in_port_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = port};
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    share_deal(workers[i].share, fd, (const struct sockaddr *)(const void *)&address,
               sizeof(address));
    return fd;
}

static void expect(int first, int second, int third)
{
    const int want[] = {first, second, third};
    for (int i = 0; i < WORKERS; i++) {
        turn(&workers[i]);
        ck_assert_msg(workers[i].admitted == want[i], "%d has %d", i, workers[i].admitted);
    }
}

START_TEST(whoever_accepts_all_have_as_many)
{
    for (int i = 0; i < 30; i++)
        (void)deal(0, 1);
    ck_assert_int_eq(workers[0].admitted, 10);
    expect(10, 10, 10);
    (void)deal(1, 1);
    ck_assert_int_eq(workers[1].admitted, 11); /* itself, where nobody has fewer */
    (void)deal(1, 1);
    (void)deal(1, 1);
    expect(11, 11, 11);
}
END_TEST

START_TEST(who_has_lost_some_gets_the_next_ones)
{
    for (int i = 0; i < 30; i++)
        (void)deal(0, 1);
    expect(10, 10, 10);
    share_note(workers[2].share, 4);
    workers[2].admitted = 4;
    for (int i = 0; i < 6; i++)
        (void)deal(0, 1);
    expect(10, 10, 10);
}
END_TEST

START_TEST(it_comes_as_it_was_accepted)
{
    share_note(workers[0].share, 5);
    share_note(workers[1].share, 5);
    int fd = deal(0, 4711);
    ck_assert_int_eq(workers[2].admitted, 0); /* in its own turn */
    turn(&workers[2]);
    ck_assert_int_eq(workers[2].last, fd);
    ck_assert_int_eq(workers[2].port, 4711);
}
END_TEST

START_TEST(who_leaves_takes_what_is_on_its_way_and_nothing_more)
{
    for (int i = 0; i < 6; i++)
        (void)deal(0, 1);
    share_leave(workers[1].share);
    ck_assert_int_eq(workers[1].admitted, 2);
    for (int i = 0; i < 6; i++)
        (void)deal(0, 1);
    expect(5, 2, 5);
    (void)deal(1, 1); /* what it still accepts itself is its own */
    ck_assert_int_eq(workers[1].admitted, 3);
}
END_TEST

START_TEST(what_nobody_took_is_closed)
{
    share_note(workers[0].share, 5);
    share_note(workers[1].share, 5);
    int fd = deal(0, 1);
    share_free(workers[2].share);
    workers[2].share = NULL;
    ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
    (void)deal(0, 1);
    ck_assert_int_eq(workers[0].admitted, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("share");
    TCase *tc = tcase_create("share");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, whoever_accepts_all_have_as_many);
    tcase_add_test(tc, who_has_lost_some_gets_the_next_ones);
    tcase_add_test(tc, it_comes_as_it_was_accepted);
    tcase_add_test(tc, who_leaves_takes_what_is_on_its_way_and_nothing_more);
    tcase_add_test(tc, what_nobody_took_is_closed);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
