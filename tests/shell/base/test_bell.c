/* Rings from a thread wake the loop, once for all that came until it looked. */
#include <pthread.h>
#include <unistd.h>

#include "base/bell.h"
#include "unit.h"

static struct loop loop;
static struct loop_watch bell;
static int heard, said;

static void on_bell(struct loop_watch *watch, uint32_t events)
{
    ck_assert_uint_eq(events, EPOLLIN);
    bell_hush(watch->fd);
    heard++;
    loop_stop(&loop);
}

static void *say(void *arg)
{
    (void)arg;
    said = 1;
    bell_ring(bell.fd);
    return NULL;
}

/* Tells whether the loop would be woken. */
static int rings_left(void)
{
    struct epoll_event event;
    return epoll_wait(loop.epoll_fd, &event, 1, 0);
}

static void begin(void)
{
    ck_assert_int_eq(loop_init(&loop), 0);
    bell = (struct loop_watch){.fd = -1, .ready = on_bell};
    ck_assert_int_eq(bell_hang(&loop, &bell), 0);
    ck_assert_int_ge(bell.fd, 0);
}

static void end(void)
{
    close(bell.fd);
    loop_done(&loop);
}

START_TEST(a_thread_wakes_the_loop)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, say, NULL), 0);
    loop_run(&loop);
    ck_assert_int_eq(said, 1);
    (void)pthread_join(thread, NULL);
    ck_assert_int_eq(heard, 1);
}
END_TEST

START_TEST(many_rings_are_heard_as_one)
{
    ck_assert_int_eq(rings_left(), 0);
    for (int i = 0; i < 3; i++)
        bell_ring(bell.fd);
    ck_assert_int_eq(rings_left(), 1);
    loop_run(&loop);
    ck_assert_int_eq(heard, 1);
    ck_assert_int_eq(rings_left(), 0);
}
END_TEST

START_TEST(to_hush_a_bell_that_is_still_does_nothing)
{
    bell_hush(bell.fd);
    bell_ring(bell.fd);
    ck_assert_int_eq(rings_left(), 1);
}
END_TEST

START_TEST(where_none_can_be_hung_there_is_none)
{
    struct loop closed = {.epoll_fd = -1};
    struct loop_watch watch = {.ready = on_bell};
    ck_assert_int_lt(bell_hang(&closed, &watch), 0);
    ck_assert_int_eq(watch.fd, -1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("bell");
    TCase *tc = tcase_create("bell");
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, a_thread_wakes_the_loop);
    tcase_add_test(tc, many_rings_are_heard_as_one);
    tcase_add_test(tc, to_hush_a_bell_that_is_still_does_nothing);
    tcase_add_test(tc, where_none_can_be_hung_there_is_none);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
