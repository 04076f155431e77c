/* Who listens, told by what it answers. A child process is the one who does. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "door/neighbour.h"
#include "tell/front.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *answer[3]; /* piece by piece; NULL = it says nothing and hangs up */
    bool ours;
} rows[] = {
    {"our page", {"HTTP/1.1 200 OK\r\n\r\n<h1>" FRONT_TITLE "</h1>\n"}, true},
    {"our page in pieces",
     {"HTTP/1.1 200 OK\r\n\r\n<h1>under", "study is", " running</h1>\n"},
     true},
    {"an Ollama", {"HTTP/1.1 200 OK\r\n\r\n" FRONT_LINE}, false},
    {"nobody who answers", {NULL}, false},
};

static void answer(int listener, const char *const *pieces)
{
    char question[1024];
    int fd = accept(listener, NULL, NULL);
    ssize_t n = recv(fd, question, sizeof(question) - 1, 0);
    question[n > 0 ? n : 0] = '\0';
    bool whole = strstr(question, "\r\nAccept: text/html\r\n") && strstr(question, "\r\n\r\n");
    for (int i = 0; whole && i < 3 && pieces[i]; i++)
        (void)!write(fd, pieces[i], strlen(pieces[i]));
    close(fd);
}

START_TEST(an_understudy_is_known_by_its_page)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (const struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    pid_t child = fork();
    if (child == 0) {
        answer(listener, rows[_i].answer);
        _exit(0);
    }
    close(listener);
    const struct config_listen there = {.host = (char[]){"127.0.0.1"},
                                        .port = ntohs(address.sin_port)};
    ck_assert_msg(neighbour_is_understudy(&there) == rows[_i].ours, "%s", rows[_i].name);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    /* Nobody listens any more. */
    ck_assert(!neighbour_is_understudy(&there));
}
END_TEST

START_TEST(the_path_of_a_socket_is_not_asked)
{
    const struct config_listen there = {.path = (char[]){"/nowhere"}};
    ck_assert(!neighbour_is_understudy(&there));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("neighbour");
    TCase *tc = tcase_create("answers");
    tcase_add_loop_test(tc, an_understudy_is_known_by_its_page, 0, ROWS(rows));
    tcase_add_test(tc, the_path_of_a_socket_is_not_asked);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
