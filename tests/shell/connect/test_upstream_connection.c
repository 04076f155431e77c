/* Sockets as libcurl gets them: their options, and who is shut when a path is given up. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connect/upstream_connection.h"
#include "unit.h"

static const char one[] = "https://one.test", other[] = "https://other.test:8443";

static const struct {
    const char *url, *origin;
} origins[] = {
    {"https://api.openai.com/v1/chat/completions", "https://api.openai.com"},
    {"http://127.0.0.1:11434/api/chat", "http://127.0.0.1:11434"},
    {"http://[::1]:80", "http://[::1]:80"},
    {"https://host?x=/y", "https://host"},
    {"https://host#x", "https://host"},
    {"host/x", "host"},
};

START_TEST(an_origin_ends_before_the_path)
{
    struct text origin = upstream_origin(origins[_i].url);
    ck_assert_msg(text_equals(origin, origins[_i].origin), "%s", origins[_i].url);
}
END_TEST

static struct upstream_connections connections;

static curl_socket_t opened(const char *origin)
{
    const struct curl_sockaddr address = {.family = AF_INET, .socktype = SOCK_STREAM};
    curl_socket_t fd = upstream_connections_open(&connections, text_of(origin), &address);
    ck_assert_int_ge(fd, 0);
    return fd;
}

/* One that is connected to another socket, which sees when it is shut. */
static curl_socket_t connected(const char *origin, int *ret_peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    curl_socket_t fd = opened(origin);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, len), 0);
    *ret_peer = accept(listener, NULL, NULL);
    ck_assert_int_ge(*ret_peer, 0);
    close(listener);
    return fd;
}

static bool is_shut(int peer)
{
    char byte;
    return recv(peer, &byte, 1, MSG_DONTWAIT) == 0;
}

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof(value);
    ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

START_TEST(a_path_that_acknowledges_nothing_fails_within_15_s)
{
    curl_socket_t fd = opened(one);
    ck_assert_int_eq(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 15000);
    ck_assert_int_eq(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    ck_assert_int_eq(
        option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE) + option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 15);
    ck_assert_int_eq(upstream_connections_close(&connections, fd), 0);
    upstream_connections_done(&connections);
}
END_TEST

START_TEST(idle_ones_of_that_origin_are_shut)
{
    enum { IDLE, USED, FRESH, OTHER, COUNT };
    int peers[COUNT], user = 0;
    curl_socket_t fds[COUNT];
    for (int i = 0; i < COUNT; i++)
        fds[i] = connected(i == OTHER ? other : one, &peers[i]);
    for (int i = 0; i < COUNT; i++)
        if (i != FRESH)
            upstream_connections_use(&connections, fds[i], &user);
    for (int i = 0; i < COUNT; i++)
        if (i != FRESH && i != USED)
            upstream_connections_leave(&connections, fds[i], &user);
    upstream_connections_drop(&connections, text_of(one));
    for (int i = 0; i < COUNT; i++)
        ck_assert_msg(is_shut(peers[i]) == (i == IDLE), "%d", i);
    upstream_connections_drop(&connections, (struct text){0});
    ck_assert(is_shut(peers[OTHER]) && !is_shut(peers[USED]));
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(upstream_connections_close(&connections, fds[i]), 0);
        close(peers[i]);
    }
    upstream_connections_done(&connections);
}
END_TEST

START_TEST(a_number_that_is_used_again_is_another_connection)
{
    int peer, first = 0, second = 0;
    curl_socket_t before = opened(one);
    upstream_connections_use(&connections, before, &first);
    ck_assert_int_eq(upstream_connections_close(&connections, before), 0);
    curl_socket_t fd = connected(other, &peer);
    upstream_connections_use(&connections, fd, &second);
    upstream_connections_leave(&connections, fd, &first); /* who had the number says so late */
    upstream_connections_drop(&connections, text_of(other));
    ck_assert(!is_shut(peer));
    upstream_connections_leave(&connections, fd, &second);
    upstream_connections_drop(&connections, text_of(one));
    ck_assert(!is_shut(peer));
    upstream_connections_use(&connections, 100000, &first); /* not ours */
    upstream_connections_leave(&connections, CURL_SOCKET_BAD, &first);
    ck_assert_int_eq(upstream_connections_close(&connections, fd), 0);
    close(peer);
    upstream_connections_done(&connections);
}
END_TEST

/* As libcurl 7.88 does where a call is taken back while it connects. */
START_TEST(one_that_was_closed_unseen_is_nobody_s)
{
    int client[2], user = 0;
    curl_socket_t fd = opened(one);
    upstream_connections_use(&connections, fd, &user);
    close(fd);
    upstream_connections_leave(&connections, fd, &user);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, client), 0);
    ck_assert_int_eq(client[0], fd); /* the lowest that is free */
    upstream_connections_drop(&connections, text_of(one));
    ck_assert(!is_shut(client[1]));
    upstream_connections_drop(&connections, (struct text){0});
    ck_assert(!is_shut(client[1]));
    close(client[0]);
    close(client[1]);
    upstream_connections_done(&connections);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("upstream_connection");
    TCase *t = tcase_create("upstream_connection");
    tcase_add_loop_test(t, an_origin_ends_before_the_path, 0, ROWS(origins));
    tcase_add_test(t, a_path_that_acknowledges_nothing_fails_within_15_s);
    tcase_add_test(t, idle_ones_of_that_origin_are_shut);
    tcase_add_test(t, a_number_that_is_used_again_is_another_connection);
    tcase_add_test(t, one_that_was_closed_unseen_is_nobody_s);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
