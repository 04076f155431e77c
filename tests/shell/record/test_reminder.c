/* The log has the last word, also when nobody logs any more. */
#include "../stderr_read.h"
#include "base/clock.h"
#include "record/log.h"
#include "record/reminder.h"
#include "record/repeat.h"
#include "unit.h"

static struct loop loop;
static struct reminder reminder;
static struct loop_hook hook;
static const char *awaited;

static void setup(void)
{
    redirect(false);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    ck_assert_int_eq(loop_init(&loop), 0);
    ck_assert_int_eq(reminder_init(&reminder, &loop), 0);
}

static void teardown(void)
{
    loop_done(&loop);
}

/* Ends the loop when the awaited words are in the log, or after one turn when none are. */
static int64_t on_turn(struct loop_hook *unused)
{
    (void)unused;
    if (!awaited || strstr(written(), awaited))
        loop_stop(&loop);
    return -1;
}

static void run_until(const char *words)
{
    awaited = words;
    if (!hook.turn) {
        hook.turn = on_turn;
        loop_add_hook(&loop, &hook);
    }
    loop_run(&loop);
}

/* Not the shortest line has room behind it. */
static void fill(void)
{
    static char bytes[1000];
    memset(bytes, 'x', sizeof(bytes));
    while (log_dropped() == 0)
        log_info("fill", LOG_TEXT("bytes", text_make(bytes, sizeof(bytes))));
    (void)fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
    while (write(STDERR_FILENO, "x", 1) == 1)
        continue;
}

START_TEST(lost_lines_are_told_when_there_is_room_although_nobody_logs)
{
    fill();
    log_info("lost");
    (void)written();
    run_until("level=warning event=log_dropped lines=2");
    ck_assert(!loop_timer_is_set(&reminder.again));
    ck_assert(log_tell_dropped());
    ck_assert_str_eq(written(), "");
}
END_TEST

START_TEST(without_room_it_looks_again_soon)
{
    fill();
    run_until(NULL);
    ck_assert(loop_timer_is_set(&reminder.again));
    ck_assert_int_le(reminder.again.at_ms, clock_monotonic_ms() + 1000);
    (void)written();
    run_until("event=log_dropped lines=");
}
END_TEST

START_TEST(what_was_kept_back_wakes_it_when_it_is_due)
{
    int64_t now_ms = clock_monotonic_ms();
    ck_assert(!loop_timer_is_set(&reminder.again));
    (void)repeat_may_say(LOG_LEVEL_ERROR, "auth", "a", now_ms);
    (void)repeat_may_say(LOG_LEVEL_ERROR, "auth", "a", now_ms);
    run_until(NULL);
    ck_assert(loop_timer_is_set(&reminder.again));
    ck_assert_int_eq(reminder.again.at_ms, now_ms + REPEAT_MS);
}
END_TEST

START_TEST(it_is_told_in_the_loop)
{
    int64_t past_ms = clock_monotonic_ms() - REPEAT_MS;
    (void)repeat_may_say(LOG_LEVEL_ERROR, "auth", "a", past_ms);
    (void)repeat_may_say(LOG_LEVEL_ERROR, "auth", "a", past_ms + 1);
    run_until("event=repeated of=auth about=a times=1");
}
END_TEST

START_TEST(at_the_end_all_is_told)
{
    (void)repeat_may_say(LOG_LEVEL_ERROR, "auth", "a", 0);
    (void)repeat_may_say(LOG_LEVEL_ERROR, "auth", "a", 0);
    reminder_done(&reminder);
    ck_assert_ptr_nonnull(strstr(written(), "event=repeated of=auth about=a times=1"));
    ck_assert_int_eq(reminder.bell.fd, -1);
    log_ask_to_be_reminded(); /* nobody listens */
}
END_TEST

START_TEST(one_that_never_was_may_end)
{
    struct reminder none = {0};
    reminder_done(&none);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("reminder");
    TCase *t = tcase_create("reminder");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, lost_lines_are_told_when_there_is_room_although_nobody_logs);
    tcase_add_test(t, without_room_it_looks_again_soon);
    tcase_add_test(t, what_was_kept_back_wakes_it_when_it_is_due);
    tcase_add_test(t, it_is_told_in_the_loop);
    tcase_add_test(t, at_the_end_all_is_told);
    tcase_add_test(t, one_that_never_was_may_end);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
