/* Those that watch on the control socket: what they are told, and what they cost others. */
#include "control_case.h"

#define WATCHING_MAX 32

#define WATCH    "{\"do\":\"watch\"}\n"
#define STANDING "{\"standing\":\"serving\"}\n"

static void end_exchange(unsigned number)
{
    struct exchange_record record = record_case_of(number);
    recent_add(&record);
}

/* Waits until something was told; at most as long as a test may take. */
static const char *wait_told(int peer)
{
    const char *text;
    while ((text = told(peer)) && !text[0])
        turn();
    return text;
}

START_TEST(who_watches_is_told_what_ends)
{
    int peer = come();
    end_exchange(0);
    say(peer, WATCH);
    ck_assert_str_eq(told(peer), OFF STANDING);
    end_exchange(1);
    const char *text = wait_told(peer);
    ck_assert_int_eq(strncmp(text, "{\"exchange\":{\"id\":\"1\",", 22), 0);
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    standing = "stopping";
    ck_assert_str_eq(wait_told(peer), "{\"standing\":\"stopping\"}\n");
    say(peer, "{\"do\":\"local\"}\n"); /* it may still ask */
    ck_assert_str_eq(wait_told(peer), OFF);
    close(peer);
    for (int i = 0; i < 3; i++)
        turn();
    ck_assert_uint_eq(loop.timer_count, 0);
}
END_TEST

START_TEST(who_says_no_more_may_still_watch)
{
    int peer = come();
    say(peer, WATCH);
    ck_assert_str_eq(told(peer), OFF STANDING);
    ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
    turn();
    end_exchange(0);
    ck_assert_ptr_nonnull(strstr(wait_told(peer), "exchange"));
    close(peer);
    for (int i = 0; i < 3; i++)
        turn();
    ck_assert_uint_eq(loop.timer_count, 0);
}
END_TEST

/* All that it was told since it watches. */
static char all[32 << 20];
static size_t all_len;

static void read_on(int peer)
{
    const char *text;
    while ((text = told(peer)) && text[0]) {
        size_t len = strlen(text);
        ck_assert_uint_lt(all_len + len, sizeof(all));
        memcpy(all + all_len, text, len + 1);
        all_len += len;
        turn();
    }
}

static unsigned long told_or_lost(void)
{
    static const char exchange[] = "{\"exchange\"", lost[] = "{\"lost\":{\"count\":";
    unsigned long count = 0;
    for (const char *at = all; (at = strstr(at, exchange)); at++)
        count++;
    for (const char *at = all; (at = strstr(at, lost)); at++)
        count += strtoul(at + strlen(lost), NULL, 10);
    return count;
}

START_TEST(who_does_not_read_loses_and_is_told_how_many)
{
    unsigned number = 0;
    int peer = come();
    say(peer, WATCH);
    for (int i = 0; i < 10; i++) {
        for (int j = 0; j < RECENT_MAX; j++)
            end_exchange(number++);
        loop_timer_set(&loop, loop.heap[1], loop_now_ms(&loop)); /* it looks now */
        turn();
    }
    read_on(peer);
    end_exchange(number++); /* with the next one it is told how many it has lost */
    while (told_or_lost() < number) {
        turn();
        read_on(peer);
    }
    ck_assert_uint_eq(told_or_lost(), number);
    ck_assert_ptr_nonnull(strstr(all, "{\"lost\""));
    close(peer);
}
END_TEST

/* All that can come in one look has room, whatever the names of apps are. */
START_TEST(the_worst_names_have_room)
{
    struct exchange_record record = record_case_worst();
    int peer = come();
    say(peer, WATCH);
    for (int i = 0; i < RECENT_MAX; i++)
        recent_add(&record);
    read_on(peer);
    while (told_or_lost() < RECENT_MAX) {
        turn();
        read_on(peer);
    }
    close(peer);
}
END_TEST

START_TEST(several_watch_and_one_leaves)
{
    int first = come(), second = come();
    say(first, WATCH);
    say(second, WATCH WATCH);
    ck_assert_str_eq(told(first), OFF STANDING);
    ck_assert_str_eq(told(second), OFF STANDING OFF);
    close(first);
    end_exchange(0);
    ck_assert_ptr_nonnull(strstr(wait_told(second), "exchange"));
    close(second);
    for (int i = 0; i < 3; i++)
        turn();
    ck_assert_uint_eq(loop.timer_count, 0);
}
END_TEST

/* They may be stopped, and stay. */
START_TEST(those_that_watch_leave_room_for_commands)
{
    int watching[WATCHING_MAX];
    for (int i = 0; i < WATCHING_MAX; i++) {
        watching[i] = come();
        say(watching[i], WATCH);
        ck_assert_ptr_nonnull(strstr(told(watching[i]), OFF));
    }
    int peer = come();
    say(peer, "{\"do\":\"local\"}\n");
    ck_assert_str_eq(told(peer), OFF);
    say(peer, WATCH);
    ck_assert_str_eq(told(peer),
                     "{\"ok\":false,\"error\":\"too many watch already: end one of them\"}\n");
    say(watching[0], WATCH); /* it does already */
    ck_assert_ptr_nonnull(strstr(told(watching[0]), OFF));
    close(watching[0]);
    turn();
    say(peer, WATCH);
    ck_assert_ptr_nonnull(strstr(told(peer), OFF));
    close(peer);
    for (int i = 1; i < WATCHING_MAX; i++)
        close(watching[i]);
}
END_TEST

START_TEST(what_ends_with_the_daemon_is_told)
{
    int peer = come();
    say(peer, WATCH);
    (void)told(peer);
    end_exchange(7);
    control_free(control);
    control = NULL;
    const char *last = told(peer);
    ck_assert_ptr_nonnull(last);
    ck_assert_ptr_nonnull(strstr(last, "{\"exchange\":{"));
    ck_assert_ptr_null(told(peer));
    close(peer);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("control_watch");
    TCase *tc = tcase_create("control_watch");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, who_watches_is_told_what_ends);
    tcase_add_test(tc, who_says_no_more_may_still_watch);
    tcase_add_test(tc, who_does_not_read_loses_and_is_told_how_many);
    tcase_add_test(tc, the_worst_names_have_room);
    tcase_add_test(tc, several_watch_and_one_leaves);
    tcase_add_test(tc, those_that_watch_leave_room_for_commands);
    tcase_add_test(tc, what_ends_with_the_daemon_is_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
