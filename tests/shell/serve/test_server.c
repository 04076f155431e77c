/* Who is let in, who is told why not, and how the server ends. */
#include "../served.h"

START_TEST(a_request_is_handed_over_and_its_reply_sent)
{
    client_say(client, GET("/v1/models"));
    const char *told = client_hear(client, "{\"here\":1}");
    ck_assert_int_eq(strncmp(told, "HTTP/1.1 200", 12), 0);
    ck_assert_int_eq(served_count, 1);
    ck_assert(!server_idle(server));
}
END_TEST

START_TEST(a_connection_serves_one_request_after_the_other)
{
    client_say(client, GET("/v1/models") GET("/v1/models/x"));
    until_served(2);
    client_say(client, GET("/status"));
    until_served(3);
}
END_TEST

START_TEST(who_is_one_too_many_is_told_503_and_healthz_all_the_same)
{
    config.server.max_connections = 1;
    client_say(client, GET("/v1/models"));
    (void)client_hear(client, "here");
    int second = client_open(), third = client_open();
    client_say(second, GET("/v1/models"));
    const char *told = client_hear(second, NULL);
    ck_assert_int_eq(strncmp(told, "HTTP/1.1 503", 12), 0);
    ck_assert_ptr_nonnull(strstr(told, "\"max_connections\""));
    ck_assert_ptr_nonnull(strstr(told, "Retry-After: 1\r\n"));
    ck_assert_ptr_nonnull(strstr(told, "Connection: close\r\n"));
    ck_assert_int_eq(served_count, 1);
    client_say(third, GET("/healthz"));
    ck_assert_ptr_nonnull(strstr(client_hear(third, "here"), "HTTP/1.1 200"));
    close(second);
    close(third);
}
END_TEST

START_TEST(the_number_is_that_of_the_settings_in_effect)
{
    struct config other = config;
    struct shared_config newer = {.config = &other};
    other.server.max_connections = 0;
    in_effect = &newer;
    int second = client_open();
    client_say(second, GET("/v1/models"));
    ck_assert_ptr_nonnull(strstr(client_hear(second, NULL), "HTTP/1.1 503"));
    close(second);
    in_effect = &shared;
}
END_TEST

/* Beyond max_connections and 256 more: the library never hears of it. */
START_TEST(who_is_far_too_many_is_answered_at_the_door)
{
    static int crowd[256];
    config.server.max_connections = 0;
    for (int i = 0; i < 255; i++) {
        crowd[i] = client_open();
        if (i % 32 == 0)
            turn();
    }
    turn_for_a_while();
    int last = client_open();
    client_say(last, GET("/v1/models"));
    const char *told = client_hear(last, NULL);
    ck_assert_ptr_nonnull(strstr(told, "HTTP/1.1 503"));
    ck_assert_ptr_nonnull(strstr(told, "\"max_connections\""));
    ck_assert_ptr_null(strstr(told, "Date:")); /* which the library writes */
    for (int i = 0; i < 255; i++)
        close(crowd[i]);
    close(last);
}
END_TEST

static void put_arguments(char *text, size_t size, int count)
{
    int len = snprintf(text, size, "GET /v1/models?a");
    for (int i = 1; i < count; i++)
        len += snprintf(text + len, size - (size_t)len, "&a");
    (void)snprintf(text + len, size - (size_t)len, " HTTP/1.1\r\n" HOST "\r\n");
}

START_TEST(arguments_that_would_use_up_the_librarys_memory_are_refused)
{
    char text[4096];
    put_arguments(text, sizeof(text), 256);
    client_say(client, text);
    (void)client_hear(client, "here");
    put_arguments(text, sizeof(text), 257);
    client_say(client, text);
    ck_assert_ptr_nonnull(strstr(client_hear(client, NULL), "HTTP/1.1 431"));
    ck_assert_int_eq(served_count, 1);
}
END_TEST

START_TEST(a_client_that_hangs_up_ends_its_job)
{
    waits = true;
    client_say(client, GET("/v1/models"));
    until_served(1);
    close(client);
    UNTIL(served[0].closed);
    ck_assert(served[0].client_gone);
    client = client_open();
}
END_TEST

/* The library has read the end together with the last bytes, and waits for another edge. */
START_TEST(one_that_hangs_up_half_way_through_its_request_is_let_go)
{
    client_say(client, CHAT("Content-Length: 10\r\n") "abc");
    shutdown(client, SHUT_WR);
    ck_assert_str_eq(client_hear(client, NULL), "");
    ck_assert_int_eq(served_count, 0);
}
END_TEST

/* ---- the drain */

START_TEST(a_drain_closes_the_door_and_who_is_idle)
{
    client_say(client, GET("/v1/models"));
    (void)client_hear(client, "here");
    config.server.drain_timeout_ms = 0;
    server_drain(server);
    ck_assert(server_draining(server));
    UNTIL(client_is_closed(client));
    ck_assert(client_is_closed(client));
    UNTIL(server_idle(server));
    ck_assert(server_idle(server));
}
END_TEST

START_TEST(who_is_at_work_is_answered_after_the_drain_has_begun_and_told_that_it_is_the_last)
{
    config.server.drain_timeout_ms = 100000;
    client_say(client, GET("/v1/models"));
    (void)client_hear(client, "here");
    server_drain(server);
    server_shut_idle(server);
    turn_for_a_while();
    ck_assert(!client_is_closed(client));
    client_say(client, GET("/v1/models"));
    ck_assert_ptr_nonnull(strstr(client_hear(client, NULL), "Connection: close\r\n"));
}
END_TEST

START_TEST(what_is_under_way_is_finished_and_ends_its_connection)
{
    waits = true;
    client_say(client, GET("/v1/models"));
    until_served(1);
    server_drain(server);
    turn_for_a_while();
    serve_answer(&served[0], "{\"late\":1}");
    const char *told = client_hear(client, NULL);
    ck_assert_ptr_nonnull(strstr(told, "Connection: close\r\n"));
    ck_assert_ptr_nonnull(strstr(told, "{\"late\":1}"));
}
END_TEST

START_TEST(who_owes_a_request_has_no_long_time_for_it)
{
    config.server.drain_timeout_ms = 10;
    client_say(client, "GET /v1/models HTTP/1.1\r\n");
    turn_for_a_while();
    server_drain(server);
    ck_assert_ptr_nonnull(strstr(client_hear(client, NULL), "\"shutting_down\""));
}
END_TEST

START_TEST(who_watches_may_look_while_others_are_busy_and_holds_nothing_up)
{
    int prober = client_open();
    waits = false;
    client_say(prober, GET("/readyz"));
    (void)client_hear(prober, "here");
    waits = true;
    client_say(client, GET("/v1/models"));
    until_served(2);
    server_drain(server);
    turn_for_a_while();
    ck_assert(!client_is_closed(prober));
    serve_answer(&served[1], "{\"late\":1}");
    (void)client_hear(client, NULL);
    config.server.drain_timeout_ms = 0;
    server_shut_idle(server);
    UNTIL(client_is_closed(prober));
    ck_assert(client_is_closed(prober));
    close(prober);
}
END_TEST

START_TEST(in_the_end_all_are_shut_whatever_they_do)
{
    waits = true;
    client_say(client, GET("/v1/models"));
    until_served(1);
    server_shut(server);
    ck_assert_int_eq(served[0].closed, 1); /* at once: what it works with is about to go */
    ck_assert(served[0].client_gone);
    UNTIL(client_is_closed(client));
    ck_assert(client_is_closed(client));
    UNTIL(server_idle(server));
    ck_assert(server_idle(server));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("server");
    TCase *tc = tcase_create("server");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_request_is_handed_over_and_its_reply_sent);
    tcase_add_test(tc, a_connection_serves_one_request_after_the_other);
    tcase_add_test(tc, who_is_one_too_many_is_told_503_and_healthz_all_the_same);
    tcase_add_test(tc, the_number_is_that_of_the_settings_in_effect);
    tcase_add_test(tc, who_is_far_too_many_is_answered_at_the_door);
    tcase_add_test(tc, arguments_that_would_use_up_the_librarys_memory_are_refused);
    tcase_add_test(tc, a_client_that_hangs_up_ends_its_job);
    tcase_add_test(tc, one_that_hangs_up_half_way_through_its_request_is_let_go);
    tcase_add_test(tc, a_drain_closes_the_door_and_who_is_idle);
    tcase_add_test(
        tc, who_is_at_work_is_answered_after_the_drain_has_begun_and_told_that_it_is_the_last);
    tcase_add_test(tc, what_is_under_way_is_finished_and_ends_its_connection);
    tcase_add_test(tc, who_owes_a_request_has_no_long_time_for_it);
    tcase_add_test(tc, who_watches_may_look_while_others_are_busy_and_holds_nothing_up);
    tcase_add_test(tc, in_the_end_all_are_shut_whatever_they_do);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
