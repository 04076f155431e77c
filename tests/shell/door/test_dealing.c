/* Connections that are dealt to workers; here the loops of both are the test's own. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/loop.h"
#include "door/dealing.h"
#include "unit.h"

#define WORKERS 3

static struct worker {
    struct loop loop;
    struct loop_hook once;
    struct dealing *dealing;
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

static int deal(int i, in_port_t port);

/* While this one is admitted another worker deals so many. */
static int meanwhile;

static void admit(void *arg, int fd, const struct sockaddr *address, socklen_t len)
{
    struct worker *worker = arg;
    const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
    ck_assert_uint_eq(len, sizeof(*in));
    worker->port = in->sin_port;
    int count = meanwhile;
    meanwhile = 0;
    while (count-- > 0)
        (void)deal(0, 1);
    worker->last = fd;
    dealing_note(worker->dealing, ++worker->admitted);
    ck_assert_int_eq(close(fd), 0);
}

static void setup(void)
{
    for (int i = 0; i < WORKERS; i++) {
        struct worker *worker = &workers[i];
        *worker = (struct worker){.once.turn = stop_at_once};
        ck_assert_int_eq(loop_init(&worker->loop), 0);
        loop_add_hook(&worker->loop, &worker->once);
        ck_assert_int_eq(dealing_new(&worker->loop, admit, worker, &worker->dealing), 0);
    }
}

static void teardown(void)
{
    for (int i = 0; i < WORKERS; i++) {
        dealing_free(workers[i].dealing);
        loop_done(&workers[i].loop);
    }
}

/* A connection that this worker has accepted; its descriptor. */
static int deal(int i, in_port_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = port};
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    dealing_deal(workers[i].dealing, fd, (const struct sockaddr *)(const void *)&address,
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
    dealing_note(workers[2].dealing, 4);
    workers[2].admitted = 4;
    for (int i = 0; i < 6; i++)
        (void)deal(0, 1);
    expect(10, 10, 10);
}
END_TEST

START_TEST(it_comes_as_it_was_accepted)
{
    dealing_note(workers[0].dealing, 5);
    dealing_note(workers[1].dealing, 5);
    int fd = deal(0, 4711);
    ck_assert_int_eq(workers[2].admitted, 0); /* in its own turn */
    turn(&workers[2]);
    ck_assert_int_eq(workers[2].last, fd);
    ck_assert_int_eq(workers[2].port, 4711);
}
END_TEST

START_TEST(who_is_just_being_admitted_counts)
{
    dealing_leave(workers[2].dealing);
    for (int i = 0; i < 10; i++)
        (void)deal(0, 1);
    meanwhile = 5; /* of which worker 0 has two or three, as it has five, too */
    turn(&workers[1]);
    turn(&workers[1]);
    ck_assert_int_eq(workers[0].admitted + workers[1].admitted, 15);
    ck_assert_int_ge(workers[0].admitted, 7);
    ck_assert_int_le(workers[0].admitted, 8);
}
END_TEST

START_TEST(who_hears_no_bell_loses_what_waits_for_it)
{
    dealing_note(workers[0].dealing, 5);
    dealing_note(workers[1].dealing, 5);
    (void)deal(0, 1);
    (void)deal(0, 1);
    ck_assert_int_eq(workers[0].admitted, 0);
    workers[0].loop.now_ms += 1000; /* worker 2 has not turned meanwhile */
    dealing_note(workers[0].dealing, 0);
    (void)deal(0, 1);
    ck_assert_int_eq(workers[0].admitted, 3);
    expect(3, 0, 0);
    workers[0].loop.now_ms += 1000;
    dealing_note(workers[0].dealing, 9);
    dealing_note(workers[1].dealing, 9);
    (void)deal(0, 1); /* it has turned: nothing waits */
    expect(3, 0, 1);
}
END_TEST

START_TEST(who_leaves_takes_what_is_on_its_way_and_nothing_more)
{
    for (int i = 0; i < 6; i++)
        (void)deal(0, 1);
    dealing_leave(workers[1].dealing);
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
    dealing_note(workers[0].dealing, 5);
    dealing_note(workers[1].dealing, 5);
    int fd = deal(0, 1);
    dealing_free(workers[2].dealing);
    workers[2].dealing = NULL;
    ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
    (void)deal(0, 1);
    ck_assert_int_eq(workers[0].admitted, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dealing");
    TCase *tc = tcase_create("dealing");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, whoever_accepts_all_have_as_many);
    tcase_add_test(tc, who_has_lost_some_gets_the_next_ones);
    tcase_add_test(tc, it_comes_as_it_was_accepted);
    tcase_add_test(tc, who_is_just_being_admitted_counts);
    tcase_add_test(tc, who_hears_no_bell_loses_what_waits_for_it);
    tcase_add_test(tc, who_leaves_takes_what_is_on_its_way_and_nothing_more);
    tcase_add_test(tc, what_nobody_took_is_closed);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
