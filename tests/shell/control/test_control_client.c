/* How a command finds the daemon, and what it sends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/dial.h"
#include "control/control_client.h"
#include "unit.h"

static char folder[] = "/tmp/us-client-XXXXXX", path[80];

static int listen_at(const char *name)
{
    struct sockaddr_un address;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    ck_assert_int_eq(dial_unix_address(path, &address), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    return fd;
}

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)setenv("RUNTIME_DIRECTORY", "/nonexistent", 1);
    (void)setenv("XDG_RUNTIME_DIR", folder, 1);
}

static void teardown(void)
{
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/understudy", folder);
    (void)rmdir(path);
    (void)rmdir(folder);
}

/* The first place has nobody; the second has. */
START_TEST(finds_the_daemon_and_sends_a_line)
{
    char heard[64] = "";
    struct error why = ERROR_NONE;
    (void)snprintf(path, sizeof(path), "%s/understudy", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    int listener = listen_at("understudy/control");
    int fd = control_client_connect(&why);
    ck_assert_int_ge(fd, 0);
    const struct control_request request = {.watches = true};
    ck_assert_int_eq(control_client_send(fd, &request), 0);
    int peer = accept(listener, NULL, NULL);
    ck_assert_int_gt(recv(peer, heard, sizeof(heard) - 1, 0), 0);
    ck_assert_str_eq(heard, "{\"do\":\"watch\"}\n");
    close(peer);
    close(fd);
    close(listener);
}
END_TEST

static const struct {
    const char *given, *users;
    const char *says;
} places[] = {
    {"/nonexistent", "/nonexistent",
     "no daemon listens at $RUNTIME_DIRECTORY/control, $XDG_RUNTIME_DIR/understudy/control or "
     "/run/understudy/control: is it running, and as you or for the system?"},
    {NULL, "/nonexistent",
     "no daemon listens at $XDG_RUNTIME_DIR/understudy/control or /run/understudy/control: is it "
     "running, and as you or for the system?"},
    {NULL, NULL,
     "no daemon listens at /run/understudy/control, and a user's own cannot be looked for, as "
     "neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is set: set XDG_RUNTIME_DIR (mostly "
     "/run/user/UID) for the daemon and for the command"},
};

static void set_variable(const char *name, const char *value)
{
    ck_assert_int_eq(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

START_TEST(says_where_it_has_looked)
{
    struct error why = ERROR_NONE;
    set_variable("RUNTIME_DIRECTORY", places[_i].given);
    set_variable("XDG_RUNTIME_DIR", places[_i].users);
    int fd = control_client_connect(&why);
    ck_assert_int_lt(fd, 0);
    ck_assert_str_eq(why.text, places[_i].says);
}
END_TEST

START_TEST(a_daemon_that_went_takes_no_line)
{
    const struct control_request request = {.watches = true};
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    close(ends[1]);
    ck_assert_int_eq(control_client_send(ends[0], &request), -EPIPE);
    close(ends[0]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("control_client");
    TCase *tc = tcase_create("control_client");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, finds_the_daemon_and_sends_a_line);
    tcase_add_loop_test(tc, says_where_it_has_looked, 0, ROWS(places));
    tcase_add_test(tc, a_daemon_that_went_takes_no_line);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
