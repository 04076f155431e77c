/* Listening sockets: configured ones, unix sockets and what is left of them, passed ones. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "door/listeners.h"
#include "unit.h"

static char directory[64];
static char path[96];
static struct config_listen places[4];
static struct config_server server = {.listen = places};

static void setup(void)
{
    (void)snprintf(directory, sizeof(directory), "/tmp/understudy-listen-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(path, sizeof(path), "%s/socket", directory);
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
}

static void teardown(void)
{
    (void)unlink(path);
    (void)rmdir(directory);
}

static void place(size_t i, char *host, uint16_t port)
{
    places[i] = (struct config_listen){.host = host, .port = port};
    server.listen_count = i + 1;
}

static void place_unix(char *where)
{
    places[0] = (struct config_listen){.path = where};
    server.listen_count = 1;
}

static struct listeners open_all(void)
{
    struct listeners set;
    struct error error = ERROR_NONE;
    int r = listeners_open(&server, &set, &error);
    ck_assert_msg(r == 0, "%d %s", r, error.text);
    return set;
}

/* The failure's message; nothing may be left open. */
static const char *refused(int expected)
{
    static struct error error;
    struct listeners set = {0};
    error = ERROR_NONE;
    int before = dup(0);
    close(before);
    int r = listeners_open(&server, &set, &error);
    int after = dup(0);
    close(after);
    ck_assert_msg(r == expected, "%d %s", r, error.text);
    ck_assert_int_eq(before, after);
    ck_assert_ptr_null(set.at);
    return error.text;
}

START_TEST(port_0_is_resolved)
{
    char expected[64];
    place(0, (char[]){"127.0.0.1"}, 0);
    struct listeners set = open_all();
    ck_assert_uint_eq(set.count, 1);
    ck_assert(!set.from_systemd && !set.at[0].unix_socket && set.at[0].loopback);
    ck_assert_uint_gt(set.at[0].port, 0);
    (void)snprintf(expected, sizeof(expected), "127.0.0.1:%u", (unsigned)set.at[0].port);
    ck_assert_str_eq(set.at[0].address, expected);
    ck_assert_int_ne(fcntl(set.at[0].fd, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl(set.at[0].fd, F_GETFD) & FD_CLOEXEC, 0);
    listeners_close(&set);
    ck_assert_uint_eq(set.count, 0);
}
END_TEST

START_TEST(ipv6_is_written_in_brackets)
{
    char expected[64];
    place(0, (char[]){"::1"}, 0);
    struct listeners set = open_all();
    (void)snprintf(expected, sizeof(expected), "[::1]:%u", (unsigned)set.at[0].port);
    ck_assert_str_eq(set.at[0].address, expected);
    ck_assert(set.at[0].loopback);
    listeners_close(&set);
}
END_TEST

START_TEST(both_wildcards_stand_beside_each_other)
{
    place(0, (char[]){"0.0.0.0"}, 0);
    struct listeners set = open_all();
    uint16_t port = set.at[0].port;
    ck_assert(!set.at[0].loopback);
    listeners_close(&set);
    place(0, (char[]){"0.0.0.0"}, port);
    place(1, (char[]){"::"}, port);
    set = open_all();
    ck_assert_uint_eq(set.count, 2);
    ck_assert(!set.at[1].loopback);
    listeners_close(&set);
}
END_TEST

START_TEST(a_name_is_opened_on_its_addresses)
{
    place(0, (char[]){"localhost"}, 0);
    struct listeners set = open_all();
    ck_assert_uint_ge(set.count, 1);
    for (size_t i = 0; i < set.count; i++)
        ck_assert(set.at[i].loopback);
    listeners_close(&set);
}
END_TEST

START_TEST(a_port_in_use_is_named_and_nothing_stays_open)
{
    place(0, (char[]){"127.0.0.1"}, 0);
    struct listeners set = open_all();
    place(1, (char[]){"127.0.0.1"}, set.at[0].port);
    const char *message = refused(-EADDRINUSE);
    ck_assert_ptr_nonnull(strstr(message, "127.0.0.1 port "));
    ck_assert_ptr_nonnull(strstr(message, "another process listens"));
    ck_assert_ptr_nonnull(strstr(message, " (it is test_listeners, process "));
    listeners_close(&set);
}
END_TEST

START_TEST(a_foreign_address_is_named)
{
    place(0, (char[]){"192.0.2.1"}, 0);
    ck_assert_ptr_nonnull(strstr(refused(-EADDRNOTAVAIL), "no such address"));
}
END_TEST

START_TEST(an_unknown_name_is_named)
{
    place(0, (char[]){"no-such-name.invalid"}, 80);
    ck_assert_ptr_nonnull(strstr(refused(-EADDRNOTAVAIL), "no-such-name.invalid"));
}
END_TEST

static const mode_t masks[] = {0, 022, 077};

START_TEST(a_unix_socket_is_for_owner_and_group_and_goes_at_the_end)
{
    char expected[128];
    struct stat st;
    mode_t before = umask(masks[_i]);
    place_unix(path);
    struct listeners set = open_all();
    (void)umask(before);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode, S_IFSOCK | 0660);
    (void)snprintf(expected, sizeof(expected), "unix:%s", path);
    ck_assert_str_eq(set.at[0].address, expected);
    ck_assert(set.at[0].unix_socket && set.at[0].loopback);
    listeners_close(&set);
    ck_assert_int_eq(stat(path, &st), -1);
}
END_TEST

static int bind_unix(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 0), 0);
    return fd;
}

START_TEST(a_leftover_of_a_dead_process_is_replaced)
{
    close(bind_unix());
    place_unix(path);
    struct listeners set = open_all();
    listeners_close(&set);
}
END_TEST

START_TEST(a_living_unix_socket_is_left_alone)
{
    struct stat st;
    int fd = bind_unix();
    place_unix(path);
    ck_assert_ptr_nonnull(strstr(refused(-EADDRINUSE), "another process"));
    ck_assert_int_eq(stat(path, &st), 0);
    close(fd);
}
END_TEST

START_TEST(a_file_is_not_taken_for_a_leftover)
{
    struct stat st;
    close(open(path, O_CREAT | O_WRONLY, 0600));
    place_unix(path);
    (void)refused(-EADDRINUSE);
    ck_assert_int_eq(stat(path, &st), 0);
}
END_TEST

START_TEST(anothers_socket_is_not_removed)
{
    struct stat st;
    place_unix(path);
    struct listeners set = open_all();
    ck_assert_int_eq(unlink(path), 0);
    int fd = bind_unix();
    listeners_close(&set);
    ck_assert_int_eq(stat(path, &st), 0);
    close(fd);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
    char name[200];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    place_unix(name);
    ck_assert_ptr_nonnull(strstr(refused(-ENAMETOOLONG), "107 bytes"));
}
END_TEST

/* Descriptor 3 is where passed sockets begin: taken before check could take it for itself. */
__attribute__((constructor)) static void reserve_passed(void)
{
    int fd = open("/dev/null", O_RDONLY);
    if (fd > 3)
        close(fd);
}

/* Says that fd is passed, as descriptor 3, to the process of that id. */
static void pass(int fd, int process)
{
    char id[16];
    if (fd != 3) {
        ck_assert_int_eq(dup2(fd, 3), 3);
        close(fd);
    }
    (void)snprintf(id, sizeof(id), "%d", process);
    (void)setenv("LISTEN_PID", id, 1);
    (void)setenv("LISTEN_FDS", "1", 1);
    (void)setenv("LISTEN_FDNAMES", "understudy.socket", 1);
}

START_TEST(passed_sockets_win)
{
    struct stat st;
    pass(bind_unix(), getpid());
    place(0, (char[]){"127.0.0.1"}, 0);
    struct listeners set = open_all();
    ck_assert(set.from_systemd && set.count == 1 && set.at[0].unix_socket);
    ck_assert_int_eq(set.at[0].fd, 3);
    ck_assert_int_ne(fcntl(3, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl(3, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert(!getenv("LISTEN_PID") && !getenv("LISTEN_FDS") && !getenv("LISTEN_FDNAMES"));
    listeners_close(&set);
    ck_assert_int_eq(stat(path, &st), 0);
}
END_TEST

START_TEST(another_processs_sockets_are_not_ours)
{
    pass(bind_unix(), getppid());
    place(0, (char[]){"127.0.0.1"}, 0);
    struct listeners set = open_all();
    ck_assert(!set.from_systemd && !set.at[0].unix_socket);
    ck_assert_ptr_null(getenv("LISTEN_FDS"));
    listeners_close(&set);
}
END_TEST

START_TEST(what_is_passed_must_listen)
{
    struct listeners set;
    struct error error = ERROR_NONE;
    pass(socket(AF_INET, SOCK_STREAM, 0), getpid());
    ck_assert_int_eq(listeners_open(&server, &set, &error), -ENOTSOCK);
    ck_assert_ptr_nonnull(strstr(error.text, "LISTEN_FDS"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("listeners");
    TCase *t = tcase_create("listeners");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, port_0_is_resolved);
    tcase_add_test(t, ipv6_is_written_in_brackets);
    tcase_add_test(t, both_wildcards_stand_beside_each_other);
    tcase_add_test(t, a_name_is_opened_on_its_addresses);
    tcase_add_test(t, a_port_in_use_is_named_and_nothing_stays_open);
    tcase_add_test(t, a_foreign_address_is_named);
    tcase_add_test(t, an_unknown_name_is_named);
    tcase_add_loop_test(t, a_unix_socket_is_for_owner_and_group_and_goes_at_the_end, 0, 3);
    tcase_add_test(t, a_leftover_of_a_dead_process_is_replaced);
    tcase_add_test(t, a_living_unix_socket_is_left_alone);
    tcase_add_test(t, a_file_is_not_taken_for_a_leftover);
    tcase_add_test(t, anothers_socket_is_not_removed);
    tcase_add_test(t, a_path_that_is_too_long_is_refused);
    tcase_add_test(t, passed_sockets_win);
    tcase_add_test(t, another_processs_sockets_are_not_ours);
    tcase_add_test(t, what_is_passed_must_listen);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
