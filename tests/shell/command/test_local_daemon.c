/* Asking the daemon of this machine: over TCP and by a path, and all that may be there instead. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "command/local_daemon.h"
#include "unit.h"

#define READY       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"status\":\"ready\"}"
#define DRAINING    "HTTP/1.1 503 X\r\n\r\n{\"status\":\"draining\"}"
#define PATIENCE_MS 20000

static char host[] = "127.0.0.1";
static char path[64];
static struct config_listen places[3];
static struct config_server server = {.listen = places};

/* Takes one request and answers it in pieces; silent where answer is NULL, until the other goes. */
struct stand_in {
    int fd;
    const char *answer;
    pthread_t thread;
    char request[512];
};

static void *answer_one(void *arg)
{
    struct stand_in *in = arg;
    int fd = accept(in->fd, NULL, NULL);
    size_t len = 0;
    while (len + 1 < sizeof(in->request) && !strstr(in->request, "\r\n\r\n")) {
        ssize_t n = recv(fd, in->request + len, sizeof(in->request) - 1 - len, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    for (const char *at = in->answer; at && *at; at += at[1] ? 2 : 1)
        (void)send(fd, at, at[1] ? 2 : 1, MSG_NOSIGNAL);
    while (!in->answer && recv(fd, in->request, sizeof(in->request), 0) > 0)
        continue;
    close(fd);
    return NULL;
}

static void stand_in_start(struct stand_in *in, const struct sockaddr *address, socklen_t len)
{
    in->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(in->fd, address, len), 0);
    ck_assert_int_eq(listen(in->fd, 1), 0);
    ck_assert_int_eq(pthread_create(&in->thread, NULL, answer_one, in), 0);
}

static void stand_in_end(struct stand_in *in)
{
    (void)pthread_join(in->thread, NULL);
    close(in->fd);
}

static uint16_t start_tcp(struct stand_in *in)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    stand_in_start(in, (const struct sockaddr *)&address, len);
    ck_assert_int_eq(getsockname(in->fd, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.sin_port);
}

/* A port at which nobody listens, held until the end of the test's process. */
static uint16_t closed_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.sin_port);
}

static void place(size_t i, uint16_t port)
{
    places[i] = (struct config_listen){.host = host, .port = port};
    server.listen_count = i + 1;
}

START_TEST(a_daemon_at_a_port_is_asked_and_answers)
{
    struct stand_in in = {.answer = READY};
    struct local_daemon found;
    place(0, start_tcp(&in));
    local_daemon_ask(&server, PATIENCE_MS, &found);
    stand_in_end(&in);
    ck_assert_int_eq(found.state, LOCAL_READY);
    ck_assert_ptr_nonnull(strstr(in.request, "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n"));
}
END_TEST

START_TEST(a_daemon_at_a_path_is_asked_and_answers)
{
    struct stand_in in = {.answer = DRAINING};
    struct local_daemon found;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(path, sizeof(path), "/tmp/understudy-local-%d", (int)getpid());
    memcpy(address.sun_path, path, strlen(path));
    stand_in_start(&in, (const struct sockaddr *)&address, sizeof(address));
    places[0] = (struct config_listen){.path = path};
    server.listen_count = 1;
    local_daemon_ask(&server, PATIENCE_MS, &found);
    stand_in_end(&in);
    (void)unlink(path);
    ck_assert_int_eq(found.state, LOCAL_NOT_READY);
    ck_assert_ptr_nonnull(strstr(found.address, path));
}
END_TEST

START_TEST(nobody_there_is_told_with_what_to_do)
{
    struct local_daemon found;
    place(0, closed_port());
    local_daemon_ask(&server, PATIENCE_MS, &found);
    ck_assert_int_eq(found.state, LOCAL_ABSENT);
    ck_assert_str_eq(found.why.text, "nobody listens there; start it with `understudy` or "
                                     "`systemctl start understudy`");
    places[0] = (struct config_listen){.path = (char[]){"/tmp/understudy-no-such-socket"}};
    local_daemon_ask(&server, PATIENCE_MS, &found);
    ck_assert_int_eq(found.state, LOCAL_ABSENT);
    ck_assert_ptr_nonnull(strstr(found.why.text, "nobody listens there"));
}
END_TEST

START_TEST(silence_ends_by_the_limit)
{
    struct stand_in in = {.answer = NULL};
    struct local_daemon found;
    place(0, start_tcp(&in));
    local_daemon_ask(&server, 50, &found);
    stand_in_end(&in);
    ck_assert_int_eq(found.state, LOCAL_ABSENT);
    ck_assert_str_eq(found.why.text, "it says nothing");
}
END_TEST

START_TEST(what_hangs_up_without_a_word_is_no_daemon)
{
    struct stand_in in = {.answer = ""};
    struct local_daemon found;
    place(0, start_tcp(&in));
    local_daemon_ask(&server, PATIENCE_MS, &found);
    stand_in_end(&in);
    ck_assert_int_eq(found.state, LOCAL_FOREIGN);
}
END_TEST

START_TEST(a_port_that_the_system_chose_is_asked_for)
{
    struct local_daemon found;
    place(0, 0);
    local_daemon_ask(&server, PATIENCE_MS, &found);
    ck_assert_int_eq(found.state, LOCAL_ABSENT);
    ck_assert_ptr_nonnull(strstr(found.why.text, "-s server.listen=ADDRESS:PORT"));
}
END_TEST

START_TEST(of_several_addresses_the_one_that_is_ready_counts)
{
    struct stand_in in = {.answer = READY}, draining = {.answer = DRAINING};
    struct local_daemon found;
    place(0, closed_port());
    place(1, start_tcp(&draining));
    place(2, start_tcp(&in));
    local_daemon_ask(&server, PATIENCE_MS, &found);
    stand_in_end(&draining);
    stand_in_end(&in);
    ck_assert_int_eq(found.state, LOCAL_READY);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("local_daemon");
    TCase *tc = tcase_create("local_daemon");
    tcase_add_test(tc, a_daemon_at_a_port_is_asked_and_answers);
    tcase_add_test(tc, a_daemon_at_a_path_is_asked_and_answers);
    tcase_add_test(tc, nobody_there_is_told_with_what_to_do);
    tcase_add_test(tc, silence_ends_by_the_limit);
    tcase_add_test(tc, what_hangs_up_without_a_word_is_no_daemon);
    tcase_add_test(tc, a_port_that_the_system_chose_is_asked_for);
    tcase_add_test(tc, of_several_addresses_the_one_that_is_ready_counts);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
