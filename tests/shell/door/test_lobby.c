/* Those who are one too many: who is answered what, and when. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "door/linger.h"
#include "door/lobby.h"
#include "unit.h"

static struct loop loop;
static struct linger_set lingering;
static struct lobby lobby;
static int clients[300];
static int count;

/* One turn, which waits for 1 ms at most. */
static int64_t stop(struct loop_hook *hook)
{
    (void)hook;
    loop_stop(&loop);
    return 1;
}

static struct loop_hook once = {.turn = stop};

static void turn(void)
{
    loop.stopped = false;
    loop_run(&loop);
}

static void setup(void)
{
    ck_assert_int_eq(loop_init(&loop), 0);
    loop_add_hook(&loop, &once);
    linger_set_init(&lingering, &loop);
    lobby_init(&lobby, &loop, &lingering);
}

static void teardown(void)
{
    lobby_done(&lobby);
    linger_set_done(&lingering);
    for (int i = 0; i < count; i++)
        close(clients[i]);
    loop_done(&loop);
}

/* A guest comes; its client's end. */
static int come(void)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    lobby_take(&lobby, ends[0]);
    return clients[count++] = ends[1];
}

static void say(int client, const char *text)
{
    ck_assert_int_eq(send(client, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    turn();
}

/* What it was told; "" = nothing. */
static const char *told(int client)
{
    static char text[2048];
    ssize_t n = recv(client, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static const struct {
    const char *says;
    const char *told; /* "" = nothing yet */
} rows[] = {
    {"GET /healthz HTTP/1.1\r\n", "HTTP/1.1 200"},
    {"POST /v1/x HTTP/1.1\r\n", "HTTP/1.1 503"},
    {"GET /healthzz HTTP/1.1\r\n", "HTTP/1.1 503"},
    {"GET /hea", ""},
};

START_TEST(its_first_line_tells_what_it_gets)
{
    int client = come();
    turn();
    ck_assert_str_eq(told(client), "");
    say(client, rows[_i].says);
    const char *answer = told(client);
    ck_assert_msg(strncmp(answer, rows[_i].told, strlen(rows[_i].told)) == 0, "%s", answer);
    ck_assert_int_eq(lobby.count, rows[_i].told[0] == '\0');
}
END_TEST

START_TEST(a_line_may_come_in_pieces)
{
    int client = come();
    say(client, "GET /hea");
    say(client, "lthz ");
    ck_assert_ptr_nonnull(strstr(told(client), "HTTP/1.1 200"));
}
END_TEST

START_TEST(who_says_nothing_is_told_after_a_second)
{
    int client = come();

    for (int i = 0; i < 5; i++)
        turn();
    ck_assert_str_eq(told(client), "");
    ck_assert_int_eq(loop.heap[1]->at_ms <= loop_now_ms(&loop) + 1000, 1);
    loop_timer_set(&loop, loop.heap[1], loop_now_ms(&loop));
    turn();
    ck_assert_ptr_nonnull(strstr(told(client), "\"max_connections\""));
    ck_assert_int_eq(lobby.count, 0);
}
END_TEST

START_TEST(who_goes_is_let_go)
{
    int client = come();
    shutdown(client, SHUT_WR);
    turn();
    ck_assert_int_eq(lobby.count, 0);
    ck_assert_str_eq(told(client), "");
}
END_TEST

START_TEST(the_oldest_makes_room_for_the_257th)
{
    int first = come();
    for (int i = 1; i < 256; i++)
        (void)come();
    ck_assert_str_eq(told(first), "");
    int last = come();
    ck_assert_ptr_nonnull(strstr(told(first), "HTTP/1.1 503"));
    ck_assert_str_eq(told(last), "");
    ck_assert_int_eq(lobby.count, 256);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("lobby");
    TCase *tc = tcase_create("lobby");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, its_first_line_tells_what_it_gets, 0, ROWS(rows));
    tcase_add_test(tc, a_line_may_come_in_pieces);
    tcase_add_test(tc, who_says_nothing_is_told_after_a_second);
    tcase_add_test(tc, who_goes_is_let_go);
    tcase_add_test(tc, the_oldest_makes_room_for_the_257th);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
