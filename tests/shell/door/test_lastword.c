/* What is answered past the HTTP library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "door/lastword.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *bytes;
    int word;
} heard[] = {
    {"a probe", "GET /healthz HTTP/1.1\r\n", LASTWORD_HEALTHY},
    {"a probe with a query", "GET /healthz?x HTTP/1.1\r\n", LASTWORD_HEALTHY},
    {"a probe with a slash", "GET /healthz/ HTTP/1.1\r\n", LASTWORD_HEALTHY},
    {"a probe by HEAD", "HEAD /healthz HTTP/1.1\r\n", LASTWORD_HEALTHY_HEAD},
    {"a longer name", "GET /healthzz HTTP/1.1\r\n", LASTWORD_CROWD},
    {"a line that ends there", "GET /healthz\r\n", LASTWORD_CROWD},
    {"another method", "POST /healthz HTTP/1.1\r\n", LASTWORD_CROWD},
    {"another path", "GET /readyz HTTP/1.1\r\n", LASTWORD_CROWD},
    {"no HTTP", "\x16\x03\x01", LASTWORD_CROWD},
    {"nothing yet", "", -1},
    {"the beginning of a probe", "GET /hea", -1},
    {"the beginning of another method", "HEA", -1},
    {"a probe that may go on", "GET /healthz", -1},
};

START_TEST(only_probes_get_through)
{
    int word = lastword_for(heard[_i].bytes, strlen(heard[_i].bytes), LASTWORD_CROWD);
    ck_assert_msg(word == heard[_i].word, "%s: %d", heard[_i].name, word);
}
END_TEST

static const char *const bodies[] = {
#define X(id, status, fields, body) body,
    LASTWORD_TABLE(X)
#undef X
};

START_TEST(each_is_a_whole_answer_that_ends_the_connection)
{
    int ends[2];
    char answer[2048] = "";
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    lastword_send(ends[0], (enum lastword)_i);
    ck_assert_int_gt(recv(ends[1], answer, sizeof(answer) - 1, 0), 0);
    ck_assert_int_eq(strncmp(answer, "HTTP/1.1 ", 9), 0);
    ck_assert_ptr_nonnull(strstr(answer, "\r\nConnection: close\r\n"));
    const char *body = strstr(answer, "\r\n\r\n") + 4;
    const char *length = strstr(answer, "\r\nContent-Length: ");
    ck_assert_str_eq(body, bodies[_i] ? bodies[_i] : "");
    if (bodies[_i])
        ck_assert_uint_eq(strtoul(length + 18, NULL, 10), strlen(body));
    else
        ck_assert_ptr_null(length);
    (void)close(ends[0]);
    (void)close(ends[1]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("lastword");
    TCase *tc = tcase_create("lastword");
    tcase_add_loop_test(tc, only_probes_get_through, 0, ROWS(heard));
    tcase_add_loop_test(tc, each_is_a_whole_answer_that_ends_the_connection, 0, ROWS(bodies));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
