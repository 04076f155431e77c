/* Plain sockets with a limit: who listens, who is slow, and who says nothing. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dial.h"
#include "unit.h"

#define PATIENCE_MS 20000
#define SOON_MS     50

static char path[64];
static int listener, ends[2];
static struct buf answer;

static int64_t in_ms(int64_t ms)
{
    return clock_monotonic_ms() + ms;
}

/* A unix socket whose queue has room for one. */
static void listen_at_path(void)
{
    struct sockaddr_un address;
    (void)snprintf(path, sizeof(path), "/tmp/understudy-dial-%d", (int)getpid());
    ck_assert_int_eq(dial_unix_address(path, &address), 0);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(listener, 0), 0);
}

static void leave_path(void)
{
    close(listener);
    (void)unlink(path);
}

static void pair(void)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    buf_init(&answer, 8);
}

static void unpair(void)
{
    buf_done(&answer);
    close(ends[0]);
    close(ends[1]);
}

START_TEST(a_path_fits_into_an_address_or_is_refused)
{
    struct sockaddr_un address;
    char name[sizeof(address.sun_path) + 1] = "";
    ck_assert_int_eq(dial_unix_address(name, &address), -ENAMETOOLONG);
    memset(name, 'a', sizeof(address.sun_path));
    ck_assert_int_eq(dial_unix_address(name, &address), -ENAMETOOLONG);
    ck_assert_int_eq(dial_unix(name, in_ms(PATIENCE_MS)), -ENAMETOOLONG);
    name[sizeof(address.sun_path) - 1] = '\0';
    ck_assert_int_eq(dial_unix_address(name, &address), 0);
    ck_assert_int_eq(address.sun_family, AF_UNIX);
    ck_assert_str_eq(address.sun_path, name);
}
END_TEST

START_TEST(where_nobody_listens_it_is_told_at_once)
{
    ck_assert_int_eq(dial_unix("/tmp/understudy-no-such-socket", in_ms(PATIENCE_MS)), -ENOENT);
    listen_at_path();
    close(listener);
    ck_assert_int_eq(dial_unix(path, in_ms(PATIENCE_MS)), -ECONNREFUSED);
    (void)unlink(path);
}
END_TEST

static void *take_one(void *arg)
{
    (void)arg;
    (void)poll(NULL, 0, SOON_MS);
    close(accept(listener, NULL, NULL));
    return NULL;
}

START_TEST(a_full_queue_is_waited_for_until_the_end)
{
    pthread_t taker;
    listen_at_path();
    int first = dial_unix(path, in_ms(PATIENCE_MS));
    ck_assert_int_ge(first, 0);
    int64_t begun_ms = clock_monotonic_ms();
    ck_assert_int_eq(dial_unix(path, in_ms(SOON_MS)), -ETIMEDOUT);
    ck_assert_int_ge(clock_monotonic_ms() - begun_ms, SOON_MS);
    ck_assert_int_eq(pthread_create(&taker, NULL, take_one, NULL), 0);
    int second = dial_unix(path, in_ms(PATIENCE_MS));
    ck_assert_int_ge(second, 0);
    (void)pthread_join(taker, NULL);
    close(first);
    close(second);
    leave_path();
}
END_TEST

START_TEST(a_host_is_dialled_at_its_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (const struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    uint16_t port = ntohs(address.sin_port);
    ck_assert_int_eq(dial_tcp("127.0.0.1", port, in_ms(PATIENCE_MS)), -ECONNREFUSED);
    ck_assert_int_eq(listen(listener, 1), 0);
    int fd = dial_tcp("127.0.0.1", port, in_ms(PATIENCE_MS));
    ck_assert_int_ge(fd, 0);
    close(fd);
    close(listener);
    ck_assert_int_eq(dial_tcp("not a host", port, in_ms(PATIENCE_MS)), -EADDRNOTAVAIL);
}
END_TEST

START_TEST(all_is_sent_or_the_limit_is_told)
{
    static const char bytes[1 << 20];
    char got[4];
    pair();
    ck_assert_int_eq(dial_send(ends[0], text_of("all"), in_ms(SOON_MS)), 0);
    ck_assert_int_eq(recv(ends[1], got, sizeof(got), 0), 3);
    ck_assert_int_eq(dial_send(ends[0], text_make(bytes, sizeof(bytes)), in_ms(SOON_MS)),
                     -ETIMEDOUT);
    ck_assert_int_eq(shutdown(ends[1], SHUT_RD), 0);
    ck_assert_int_eq(dial_send(ends[0], text_of("all"), in_ms(SOON_MS)), -EPIPE);
    unpair();
}
END_TEST

static const struct {
    const char *said;
    bool hangs_up;
    int r;
    const char *answer;
} reads[] = {
    {"all", true, 0, "all"},
    {"some", false, 0, "some"}, /* and then silence */
    {"more than fits", false, 0, "more tha"},
    {"", true, 0, ""},
    {"", false, -ETIMEDOUT, ""},
};

START_TEST(what_came_until_the_end_is_the_answer)
{
    size_t len = strlen(reads[_i].said);
    pair();
    ck_assert_int_eq(send(ends[1], reads[_i].said, len, 0), (int)len);
    if (reads[_i].hangs_up)
        ck_assert_int_eq(shutdown(ends[1], SHUT_WR), 0);
    ck_assert_int_eq(dial_read(ends[0], &answer, in_ms(SOON_MS)), reads[_i].r);
    ck_assert(text_equals(buf_text(&answer), reads[_i].answer));
    unpair();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dial");
    TCase *tc = tcase_create("dial");
    tcase_add_test(tc, a_path_fits_into_an_address_or_is_refused);
    tcase_add_test(tc, where_nobody_listens_it_is_told_at_once);
    tcase_add_test(tc, a_full_queue_is_waited_for_until_the_end);
    tcase_add_test(tc, a_host_is_dialled_at_its_port);
    tcase_add_test(tc, all_is_sent_or_the_limit_is_told);
    tcase_add_loop_test(tc, what_came_until_the_end_is_the_answer, 0, ROWS(reads));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
