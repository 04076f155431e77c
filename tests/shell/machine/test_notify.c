/* What a service manager receives. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "machine/notify.h"
#include "unit.h"

static int manager;

/* Listens as a service manager would: in the file system or in the abstract namespace. */
static void listen_at(bool abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64];
    int n = snprintf(name, sizeof(name), "%s-understudy-notify-%d", abstract ? "@" : "/tmp/",
                     (int)getpid());
    memcpy(address.sun_path, name, (size_t)n);
    if (abstract)
        address.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n);
    ck_assert_int_eq(bind(manager, (struct sockaddr *)&address, len), 0);
    (void)setenv("NOTIFY_SOCKET", name, 1);
}

static const char *received(void)
{
    static char text[1024];
    ssize_t n = recv(manager, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void done(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    if (name && name[0] == '/')
        unlink(name);
}

START_TEST(both_kinds_of_socket_are_told)
{
    listen_at(_i);
    notify_ready();
    ck_assert_str_eq(received(), "READY=1");
    notify_stopping();
    ck_assert_str_eq(received(), "STOPPING=1");
    notify_watchdog();
    ck_assert_str_eq(received(), "WATCHDOG=1");
    done();
}
END_TEST

START_TEST(a_reload_carries_an_instant_that_is_not_past)
{
    static const char start[] = "RELOADING=1\nMONOTONIC_USEC=";
    int64_t before_us = clock_monotonic_ms() * 1000 + 999;
    listen_at(true);
    notify_reloading();
    const char *text = received();
    ck_assert_int_eq(strncmp(text, start, strlen(start)), 0);
    ck_assert_int_gt(strtoll(text + strlen(start), NULL, 10), before_us);
}
END_TEST

START_TEST(a_status_is_one_line_and_may_be_cut)
{
    char text[2000];
    listen_at(true);
    notify_status("%d streams\nREADY=1", 3);
    ck_assert_str_eq(received(), "STATUS=3 streams");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    notify_status("%s", text);
    ck_assert_uint_eq(strlen(received()), 511);
}
END_TEST

static const char *const wrong_sockets[] = {
    NULL, "", "/", "@", "relative", "vsock:2:1234", "/nowhere/at/all"};

START_TEST(without_a_manager_nothing_happens)
{
    (void)unsetenv("NOTIFY_SOCKET");
    if (wrong_sockets[_i])
        (void)setenv("NOTIFY_SOCKET", wrong_sockets[_i], 1);
    notify_ready();
    notify_status("fine");
}
END_TEST

static const struct {
    const char *name;
    const char *us;
    const char *process; /* "self" = our own id */
    int64_t ms;
} watchdogs[] = {
    {"nobody watches", NULL, NULL, 0},
    {"half a minute", "30000000", NULL, 30000},
    {"for this process", "30000000", "self", 30000},
    {"for another process", "30000000", "1", 0},
    {"less than a millisecond is not never", "5", NULL, 1},
    {"not a number", "soon", NULL, 0},
    {"a negative number", "-5", NULL, 0},
    {"something behind the number", "5000000s", NULL, 0},
    {"a number that is too large", "99999999999999999999", NULL, 0},
};

START_TEST(the_watchdog_interval_is_read)
{
    char self[16];
    const char *process = watchdogs[_i].process;
    (void)snprintf(self, sizeof(self), "%d", (int)getpid());
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
    if (watchdogs[_i].us)
        (void)setenv("WATCHDOG_USEC", watchdogs[_i].us, 1);
    if (process)
        (void)setenv("WATCHDOG_PID", strcmp(process, "self") == 0 ? self : process, 1);
    ck_assert_msg(notify_watchdog_ms() == watchdogs[_i].ms, "%s", watchdogs[_i].name);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("notify");
    TCase *t = tcase_create("notify");
    tcase_add_loop_test(t, both_kinds_of_socket_are_told, 0, 2);
    tcase_add_test(t, a_reload_carries_an_instant_that_is_not_past);
    tcase_add_test(t, a_status_is_one_line_and_may_be_cut);
    tcase_add_loop_test(t, without_a_manager_nothing_happens, 0, ROWS(wrong_sockets));
    tcase_add_loop_test(t, the_watchdog_interval_is_read, 0, ROWS(watchdogs));
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
