/* What a client owes, how long it has for it, and what it is told when that time is over. */
#include <sys/socket.h>
#include <unistd.h>

#include "serve/connection.h"
#include "unit.h"

static struct loop loop;
static struct config config = {
    .server = {.header_timeout_ms = 50000, .body_timeout_ms = 50000, .drain_timeout_ms = 10}};
static struct shared_config shared = {.config = &config};
static struct shared_config *in_effect = &shared;
static struct limits limits;
static struct connection *connection;
static int client;
static int hang_ups;

/* Stands for a request: the connection only knows that there is one. */
static struct inbound *const request = (struct inbound *)(void *)&config;

static void on_hung_up(void *arg, struct connection *who)
{
    ck_assert_ptr_eq(arg, &loop);
    ck_assert_ptr_eq(who, connection);
    hang_ups++;
}

/* One turn, which waits for 5 ms at most. */
static int64_t stop(struct loop_hook *hook)
{
    (void)hook;
    loop_stop(&loop);
    return 5;
}

static struct loop_hook once = {.turn = stop};

static void turn(void)
{
    loop.stopped = false;
    loop_run(&loop);
}

static void setup(void)
{
    int ends[2];
    ck_assert_int_eq(loop_init(&loop), 0);
    loop_add_hook(&loop, &once);
    limits = (struct limits){.shared = &in_effect};
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    client = ends[1];
    connection = connection_new(&loop, &limits, ends[0]);
    connection->hung_up = on_hung_up;
    connection->arg = &loop;
}

static void teardown(void)
{
    int fd = connection->fd;
    connection_free(connection);
    close(fd);
    close(client);
    loop_done(&loop);
}

/* What the client has been told since; "" = nothing. */
static const char *told(void)
{
    static char answer[2048];
    ssize_t n = recv(client, answer, sizeof(answer) - 1, 0);
    answer[n > 0 ? n : 0] = '\0';
    return answer;
}

static void until_ended(void)
{
    while (!connection->ended)
        turn();
}

static void say(const char *bytes)
{
    ck_assert_int_eq(send(client, bytes, strlen(bytes), 0), (ssize_t)strlen(bytes));
}

START_TEST(a_new_one_owes_a_head_and_is_told_408_when_it_does_not_come)
{
    ck_assert(!connection_is_idle(connection));
    ck_assert_int_eq(connection->deadline.at_ms, loop_now_ms(&loop) + 50000);
    loop_timer_set(&loop, &connection->deadline, loop_now_ms(&loop));
    until_ended();
    ck_assert_ptr_nonnull(strstr(told(), "HTTP/1.1 408"));
    ck_assert_int_eq(recv(client, &(char){0}, 1, 0), 0);
}
END_TEST

START_TEST(bytes_that_come_slowly_do_not_make_the_time_longer)
{
    int64_t at_ms = connection->deadline.at_ms;
    connection_request_begins(connection, request);
    config.server.header_timeout_ms = 100000;
    say("GET");
    turn();
    connection_expect_head(connection);
    ck_assert_int_eq(connection->deadline.at_ms, at_ms);
}
END_TEST

START_TEST(a_body_has_a_time_of_its_own)
{
    connection_request_begins(connection, request);
    config.server.body_timeout_ms = 100000;
    connection_expect_body(connection);
    ck_assert_int_eq(connection->deadline.at_ms, loop_now_ms(&loop) + 100000);
}
END_TEST

START_TEST(who_owes_nothing_waits_as_long_as_it_likes)
{
    connection_request_begins(connection, request);
    connection_expect_nothing(connection);
    ck_assert(!loop_timer_is_set(&connection->deadline));
    ck_assert(!connection_is_idle(connection));
    connection->whole = true;
    connection_request_over(connection);
    ck_assert(connection_is_idle(connection));
}
END_TEST

START_TEST(the_first_byte_of_the_next_request_makes_its_head_owed)
{
    connection_request_begins(connection, request);
    connection_request_over(connection);
    ck_assert(connection_is_idle(connection));
    say("G");
    turn();
    ck_assert(loop_timer_is_set(&connection->deadline));
    ck_assert(!connection_is_idle(connection));
}
END_TEST

START_TEST(bytes_behind_a_whole_request_count_for_the_next_one)
{
    connection_request_begins(connection, request);
    connection->whole = true;
    connection_expect_nothing(connection);
    say("G");
    turn();
    ck_assert(!loop_timer_is_set(&connection->deadline));
    connection_request_over(connection);
    ck_assert(loop_timer_is_set(&connection->deadline));
}
END_TEST

START_TEST(bytes_of_the_request_itself_do_not)
{
    connection_request_begins(connection, request);
    connection_expect_nothing(connection);
    say("G");
    turn();
    connection_request_over(connection);
    ck_assert(!loop_timer_is_set(&connection->deadline));
}
END_TEST

START_TEST(a_hang_up_is_told_once)
{
    close(client);
    for (int i = 0; i < 3; i++)
        turn();
    ck_assert(connection->gone);
    ck_assert_int_eq(hang_ups, 1);
    client = dup(STDIN_FILENO);
}
END_TEST

START_TEST(while_the_server_drains_what_is_owed_has_to_come_soon)
{
    config.server.header_timeout_ms = config.server.body_timeout_ms = 100000;
    connection_request_begins(connection, request);
    limits.draining = true;
    connection_expect_body(connection);
    ck_assert_int_le(connection->deadline.at_ms, loop_now_ms(&loop) + 10);
    until_ended();
    ck_assert_ptr_nonnull(strstr(told(), "HTTP/1.1 503"));
}
END_TEST

START_TEST(who_owes_nothing_is_not_hurried)
{
    connection_request_begins(connection, request);
    connection_expect_nothing(connection);
    connection_hurry(connection);
    ck_assert(!loop_timer_is_set(&connection->deadline));
}
END_TEST

START_TEST(one_that_rests_is_quiet_after_a_while_since_its_answer_and_since_the_drain)
{
    int64_t now_ms = loop_now_ms(&loop);
    config.server.drain_timeout_ms = 100000;
    connection_request_begins(connection, request);
    connection_expect_nothing(connection);
    ck_assert(!connection_is_quiet(connection, now_ms - 1000));
    connection_request_over(connection);
    ck_assert(!connection_is_quiet(connection, now_ms - 1000));
    connection->rests_at_ms = now_ms - 1000;
    ck_assert(!connection_is_quiet(connection, now_ms));
    ck_assert(connection_is_quiet(connection, now_ms - 1000));
    say("G");
    ck_assert(!connection_is_quiet(connection, now_ms - 1000));
}
END_TEST

START_TEST(where_the_drain_has_no_time_it_is_quiet_at_once)
{
    config.server.drain_timeout_ms = 0;
    connection_request_begins(connection, request);
    connection_request_over(connection);
    ck_assert(connection_is_quiet(connection, loop_now_ms(&loop)));
}
END_TEST

START_TEST(the_time_in_effect_is_that_of_the_settings_in_effect)
{
    struct config other = {.server = {.body_timeout_ms = 777}};
    struct shared_config newer = {.config = &other};
    in_effect = &newer;
    connection_expect_body(connection);
    ck_assert_int_eq(connection->deadline.at_ms, loop_now_ms(&loop) + 777);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("connection");
    TCase *tc = tcase_create("connection");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_new_one_owes_a_head_and_is_told_408_when_it_does_not_come);
    tcase_add_test(tc, bytes_that_come_slowly_do_not_make_the_time_longer);
    tcase_add_test(tc, a_body_has_a_time_of_its_own);
    tcase_add_test(tc, who_owes_nothing_waits_as_long_as_it_likes);
    tcase_add_test(tc, the_first_byte_of_the_next_request_makes_its_head_owed);
    tcase_add_test(tc, bytes_behind_a_whole_request_count_for_the_next_one);
    tcase_add_test(tc, bytes_of_the_request_itself_do_not);
    tcase_add_test(tc, a_hang_up_is_told_once);
    tcase_add_test(tc, while_the_server_drains_what_is_owed_has_to_come_soon);
    tcase_add_test(tc, who_owes_nothing_is_not_hurried);
    tcase_add_test(tc, one_that_rests_is_quiet_after_a_while_since_its_answer_and_since_the_drain);
    tcase_add_test(tc, where_the_drain_has_no_time_it_is_quiet_at_once);
    tcase_add_test(tc, the_time_in_effect_is_that_of_the_settings_in_effect);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
