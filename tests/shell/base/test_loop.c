/* Turns of a real loop: what is called, how often, and in which order. */
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "unit.h"

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#define TIMERS                       200

static struct loop loop;
static char said[TIMERS * 2]; /* the names of those that were called */
static int turns;             /* ended so far */
static int turns_wanted;

static int64_t on_turn_end(struct loop_hook *hook)
{
    (void)hook;
    if (++turns == turns_wanted)
        loop_stop(&loop);
    return 0;
}

static struct loop_hook turn_end = {.turn = on_turn_end};

static void setup(void)
{
    ck_assert_int_eq(loop_init(&loop), 0);
    loop_add_hook(&loop, &turn_end);
    said[0] = '\0';
    turns = 0;
}

static void teardown(void)
{
    loop_done(&loop);
}

static void run(int count)
{
    turns_wanted = turns + count;
    loop.stopped = false;
    loop_run(&loop);
}

static void say(char name)
{
    size_t len = strlen(said);
    said[len] = name;
    said[len + 1] = '\0';
}

/* Says its name; then sets or cancels another one. */
struct voice {
    struct loop_timer timer;
    char name;
    struct voice *sets;
    int64_t at_ms;
    struct voice *cancels;
};

static void on_due(struct loop_timer *timer)
{
    struct voice *voice = OWNER(timer, struct voice, timer);
    ck_assert(!loop_timer_is_set(timer));
    say(voice->name);
    if (voice->sets)
        loop_timer_set(&loop, &voice->sets->timer, voice->at_ms);
    if (voice->cancels)
        loop_timer_cancel(&loop, &voice->cancels->timer);
}

static struct voice voice_named(char name)
{
    return (struct voice){.timer.due = on_due, .name = name};
}

START_TEST(a_timer_that_sets_itself_to_the_past_is_called_once_a_turn)
{
    struct voice again = voice_named('x'), others[25];
    again.sets = &again;
    again.at_ms = 0;
    loop_timer_set(&loop, &again.timer, 0);
    for (size_t i = 0; i < 25; i++) {
        others[i] = voice_named('.');
        loop_timer_set(&loop, &others[i].timer, 1);
    }
    run(1);
    ck_assert_str_eq(said, "x.........................");
    run(2);
    ck_assert_str_eq(said, "x.........................xx");
    loop_timer_cancel(&loop, &again.timer);
}
END_TEST

START_TEST(timers_of_one_time_are_called_in_the_order_in_which_they_were_set)
{
    struct voice all[26];
    for (int i = 0; i < 26; i++) {
        all[i] = voice_named((char)('a' + i));
        loop_timer_set(&loop, &all[i].timer, 5);
    }
    loop_timer_set(&loop, &all[0].timer, 5); /* set anew: behind the others */
    run(1);
    ck_assert_str_eq(said, "bcdefghijklmnopqrstuvwxyza");
}
END_TEST

START_TEST(timers_are_called_by_their_times)
{
    static const int64_t at_ms[] = {7, 3, 9, 1, 3, 8, 2};
    struct voice all[7];
    for (int i = 0; i < 7; i++) {
        all[i] = voice_named((char)('a' + i));
        loop_timer_set(&loop, &all[i].timer, at_ms[i]);
    }
    run(1);
    ck_assert_str_eq(said, "dgbeafc");
}
END_TEST

START_TEST(a_due_timer_that_another_one_cancels_is_not_called)
{
    struct voice first = voice_named('a'), second = voice_named('b'), third = voice_named('c');
    first.cancels = &second;
    loop_timer_set(&loop, &first.timer, 1);
    loop_timer_set(&loop, &second.timer, 2);
    loop_timer_set(&loop, &third.timer, 3);
    run(2);
    ck_assert_str_eq(said, "ac");
    ck_assert(!loop_timer_is_set(&second.timer));
}
END_TEST

START_TEST(the_last_due_timer_can_be_cancelled_and_others_still_become_due)
{
    struct voice first = voice_named('a'), second = voice_named('b');
    first.cancels = &second;
    loop_timer_set(&loop, &first.timer, 1);
    loop_timer_set(&loop, &second.timer, 2);
    run(1);
    loop_timer_set(&loop, &second.timer, 1);
    ck_assert(loop_timer_is_set(&second.timer));
    run(1);
    ck_assert_str_eq(said, "ab");
}
END_TEST

START_TEST(a_due_timer_that_another_one_sets_anew_waits_for_the_next_turn)
{
    struct voice first = voice_named('a'), second = voice_named('b');
    first.sets = &second;
    first.at_ms = 0;
    loop_timer_set(&loop, &first.timer, 1);
    loop_timer_set(&loop, &second.timer, 2);
    run(1);
    ck_assert_str_eq(said, "a");
    ck_assert(loop_timer_is_set(&second.timer));
    run(1);
    ck_assert_str_eq(said, "ab");
}
END_TEST

START_TEST(a_timer_of_the_future_waits)
{
    struct voice later = voice_named('a');
    loop_timer_set(&loop, &later.timer, loop_now_ms(&loop) + 3600 * 1000);
    run(3);
    ck_assert_str_eq(said, "");
    ck_assert(loop_timer_is_set(&later.timer));
    loop_timer_cancel(&loop, &later.timer);
    ck_assert(!loop_timer_is_set(&later.timer));
    loop_timer_cancel(&loop, &later.timer); /* not set: fine */
}
END_TEST

/* The set one (at_ms >= 0) that a sorted list has first; -1: none is set. */
static int first_of(const int64_t *at_ms, const int64_t *order)
{
    int best = -1;
    for (int i = 0; i < TIMERS; i++) {
        if (at_ms[i] < 0)
            continue;
        bool sooner = best < 0 || at_ms[i] < at_ms[best];
        if (sooner || (at_ms[i] == at_ms[best] && order[i] < order[best]))
            best = i;
    }
    return best;
}

START_TEST(timers_set_moved_and_cancelled_at_random_are_called_as_a_sorted_list_has_them)
{
    static struct voice all[TIMERS];
    int64_t at_ms[TIMERS], order[TIMERS], next = 0;
    uint32_t random = 12345u + (uint32_t)_i;
    for (int i = 0; i < TIMERS; i++) {
        all[i] = voice_named((char)('!' + i % 90));
        at_ms[i] = -1;
    }
    for (int step = 0; step < 2000; step++) {
        random = random * 1664525u + 1013904223u;
        int i = (int)(random >> 8) % TIMERS;
        bool set = (random >> 30) != 0;
        at_ms[i] = set ? (int64_t)(random >> 20) % 50 : -1;
        order[i] = next++;
        if (set)
            loop_timer_set(&loop, &all[i].timer, at_ms[i]);
        else
            loop_timer_cancel(&loop, &all[i].timer);
    }
    char expected[TIMERS + 1] = "";
    size_t len = 0;
    for (int first; (first = first_of(at_ms, order)) >= 0; at_ms[first] = -1)
        expected[len++] = all[first].name;
    run(1);
    ck_assert_str_eq(said, expected);
}
END_TEST

/* ---- tasks */

struct chore {
    struct loop_task task;
    char name;
    struct chore *defers;
    struct chore *takes_back;
};

static void on_chore(struct loop_task *task)
{
    struct chore *chore = OWNER(task, struct chore, task);
    say(chore->name);
    if (chore->defers)
        loop_defer(&loop, &chore->defers->task);
    if (chore->takes_back)
        loop_undefer(&loop, &chore->takes_back->task);
}

START_TEST(tasks_run_in_order_once_each_and_those_that_they_queue_in_the_same_turn)
{
    struct chore a = {{.run = on_chore}, 'a', NULL, NULL}, b = {{.run = on_chore}, 'b', NULL, NULL};
    struct chore c = {{.run = on_chore}, 'c', NULL, NULL};
    a.defers = &c;
    loop_defer(&loop, &a.task);
    loop_defer(&loop, &b.task);
    loop_defer(&loop, &a.task); /* it is queued already */
    run(1);
    ck_assert_str_eq(said, "abc");
}
END_TEST

START_TEST(a_task_that_is_taken_back_does_not_run)
{
    struct chore a = {{.run = on_chore}, 'a', NULL, NULL}, b = {{.run = on_chore}, 'b', NULL, NULL};
    struct chore c = {{.run = on_chore}, 'c', NULL, NULL};
    a.takes_back = &c;
    loop_defer(&loop, &a.task);
    loop_defer(&loop, &b.task);
    loop_defer(&loop, &c.task);
    loop_undefer(&loop, &b.task);
    loop_undefer(&loop, &b.task); /* it is not queued: fine */
    run(1);
    loop_defer(&loop, &b.task);
    run(1);
    ck_assert_str_eq(said, "ab");
}
END_TEST

static int64_t on_hook(struct loop_hook *hook)
{
    (void)hook;
    say('h');
    return 0;
}

START_TEST(last_tasks_run_behind_the_hooks)
{
    static struct loop_hook hook = {.turn = on_hook};
    struct chore a = {{.run = on_chore}, 'a', NULL, NULL}, b = {{.run = on_chore}, 'b', NULL, NULL};
    struct chore c = {{.run = on_chore}, 'c', NULL, NULL}, d = {{.run = on_chore}, 'd', NULL, NULL};
    loop_add_hook(&loop, &hook);
    a.takes_back = &c;
    b.defers = &d;
    loop_defer_last(&loop, &b.task);
    loop_defer_last(&loop, &c.task);
    loop_defer(&loop, &a.task);
    loop_defer_last(&loop, &a.task); /* it is queued already */
    run(1);
    ck_assert_str_eq(said, "ahb");
    run(1);
    ck_assert_str_eq(said, "ahbdh");
}
END_TEST

/* ---- how long turns took */

static void on_nap(struct loop_task *task)
{
    (void)task;
    (void)usleep(6000);
}

/* Those in the buckets that lie above a limit; -1: in all of them. */
static uint64_t turns_over(int64_t limit_us)
{
    uint64_t over = 0;
    for (size_t i = 0; i <= LOOP_TURN_LIMITS; i++)
        over += (i == 0 ? -1 : loop_turn_limits_us[i - 1]) >= limit_us ? loop.turns.counts[i] : 0;
    return over;
}

START_TEST(each_turn_is_counted_once)
{
    run(7);
    ck_assert_uint_eq(turns_over(-1), 7);
    ck_assert_int_ge(loop.turns.sum_us, 0);
}
END_TEST

START_TEST(a_long_turn_is_counted_by_its_length)
{
    struct loop_task nap = {.run = on_nap};
    run(1);
    uint64_t before = turns_over(5000);
    int64_t sum_us = loop.turns.sum_us;
    loop_defer(&loop, &nap);
    run(1);
    ck_assert_uint_eq(turns_over(5000), before + 1);
    ck_assert_int_ge(loop.turns.sum_us - sum_us, 6000);
}
END_TEST

/* ---- watches */

struct ear {
    struct loop_watch watch;
    struct ear *removes;
    struct chore *defers;
};

static void on_ready(struct loop_watch *watch, uint32_t events)
{
    struct ear *ear = OWNER(watch, struct ear, watch);
    (void)events;
    say('r');
    if (ear->removes)
        loop_watch_remove(&loop, &ear->removes->watch);
    if (ear->defers)
        loop_defer(&loop, &ear->defers->task);
}

static void run_both(struct ear ears[2])
{
    int pipes[2][2];
    for (int i = 0; i < 2; i++) {
        ears[i].watch = (struct loop_watch){.fd = -1, .ready = on_ready};
        ck_assert_int_eq(pipe(pipes[i]), 0);
        ck_assert_int_eq(loop_watch_add(&loop, &ears[i].watch, pipes[i][0], EPOLLIN), 0);
        ck_assert_int_eq(write(pipes[i][1], "x", 1), 1);
    }
    run(1);
    for (int i = 0; i < 4; i++)
        close(pipes[i / 2][i % 2]);
}

START_TEST(a_watch_that_another_one_removes_in_the_same_turn_is_not_called)
{
    struct ear ears[2] = {{.removes = &ears[1]}, {.removes = &ears[0]}};
    run_both(ears);
    ck_assert_str_eq(said, "r");
    ck_assert_int_eq((ears[0].watch.fd < 0) + (ears[1].watch.fd < 0), 1);
}
END_TEST

START_TEST(the_tasks_of_an_event_run_behind_it)
{
    struct chore chore = {{.run = on_chore}, 'k', NULL, NULL};
    struct ear ears[2] = {{.defers = &chore}, {.defers = &chore}};
    struct voice voice = voice_named('t');
    loop_timer_set(&loop, &voice.timer, 0);
    run_both(ears);
    ck_assert_str_eq(said, "rkrkt");
}
END_TEST

START_TEST(the_tasks_of_timers_run_behind_them_all)
{
    struct chore chore = {{.run = on_chore}, 'k', NULL, NULL};
    struct voice first = voice_named('t'), second = voice_named('u');
    loop_timer_set(&loop, &first.timer, 0);
    loop_timer_set(&loop, &second.timer, 0);
    loop_defer(&loop, &chore.task);
    run(1);
    ck_assert_str_eq(said, "tuk");
}
END_TEST

/* Reads a byte a turn. */
struct reader {
    struct loop_watch watch;
    int left;         /* bytes to read; -1: for ever */
    int64_t takes_ms; /* each turn */
};

static void on_readable(struct loop_watch *watch, uint32_t events)
{
    struct reader *reader = OWNER(watch, struct reader, watch);
    char byte;
    ck_assert(events & EPOLLIN);
    loop.now_ms -= reader->takes_ms;
    if (reader->left < 0)
        return;
    ck_assert_int_eq(read(watch->fd, &byte, 1), 1);
    say('r');
    if (--reader->left == 0)
        loop_watch_remove(&loop, watch);
}

/* Turns with bytes that wait and a timer that is due, after so long without a turn. */
static void run_after(int64_t pause_ms, struct reader *reader, int count)
{
    struct voice timer = voice_named('t');
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "12345", 5), 5);
    reader->watch = (struct loop_watch){.fd = -1, .ready = on_readable};
    ck_assert_int_eq(loop_watch_add(&loop, &reader->watch, ends[0], EPOLLIN), 0);
    loop_timer_set(&loop, &timer.timer, 0);
    loop.now_ms -= pause_ms;
    run(count);
    loop_timer_cancel(&loop, &timer.timer);
    loop_watch_remove(&loop, &reader->watch);
    close(ends[0]);
    close(ends[1]);
}

START_TEST(after_a_pause_what_came_meanwhile_is_read_before_timers_fire)
{
    struct reader reader = {.left = 5};
    run_after(10000, &reader, 7);
    ck_assert_str_eq(said, "rrrrrt");
}
END_TEST

START_TEST(without_a_pause_timers_take_their_turn)
{
    struct reader reader = {.left = 5};
    run_after(0, &reader, 7);
    ck_assert_str_eq(said, "rtrrrr");
}
END_TEST

START_TEST(what_never_ends_holds_timers_up_for_a_while_only)
{
    struct reader reader = {.left = -1};
    run_after(10000, &reader, 100);
    ck_assert_str_eq(said, "t");
}
END_TEST

START_TEST(nor_do_turns_that_are_all_late)
{
    struct reader reader = {.left = -1, .takes_ms = 1000};
    run_after(10000, &reader, 100);
    ck_assert_str_eq(said, "t");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("loop");
    TCase *t = tcase_create("loop");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_timer_that_sets_itself_to_the_past_is_called_once_a_turn);
    tcase_add_test(t, timers_of_one_time_are_called_in_the_order_in_which_they_were_set);
    tcase_add_test(t, timers_are_called_by_their_times);
    tcase_add_test(t, a_due_timer_that_another_one_cancels_is_not_called);
    tcase_add_test(t, the_last_due_timer_can_be_cancelled_and_others_still_become_due);
    tcase_add_test(t, a_due_timer_that_another_one_sets_anew_waits_for_the_next_turn);
    tcase_add_test(t, a_timer_of_the_future_waits);
    tcase_add_loop_test(
        t, timers_set_moved_and_cancelled_at_random_are_called_as_a_sorted_list_has_them, 0, 20);
    tcase_add_test(t, tasks_run_in_order_once_each_and_those_that_they_queue_in_the_same_turn);
    tcase_add_test(t, a_task_that_is_taken_back_does_not_run);
    tcase_add_test(t, last_tasks_run_behind_the_hooks);
    tcase_add_test(t, each_turn_is_counted_once);
    tcase_add_test(t, a_long_turn_is_counted_by_its_length);
    tcase_add_test(t, a_watch_that_another_one_removes_in_the_same_turn_is_not_called);
    tcase_add_test(t, the_tasks_of_an_event_run_behind_it);
    tcase_add_test(t, the_tasks_of_timers_run_behind_them_all);
    tcase_add_test(t, after_a_pause_what_came_meanwhile_is_read_before_timers_fire);
    tcase_add_test(t, without_a_pause_timers_take_their_turn);
    tcase_add_test(t, what_never_ends_holds_timers_up_for_a_while_only);
    tcase_add_test(t, nor_do_turns_that_are_all_late);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
