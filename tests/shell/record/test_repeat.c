/* What is said once a minute, and that what was kept back is told. */
#include <pthread.h>
#include <stdio.h>

#include "../stderr_read.h"
#include "record/log.h"
#include "record/repeat.h"
#include "unit.h"

static void setup(void)
{
    redirect(false);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
}

static bool say(const char *event, const char *about, int64_t now_ms)
{
    return repeat_may_say(LOG_LEVEL_ERROR, event, about, now_ms);
}

START_TEST(the_first_is_said_and_the_others_of_its_minute_are_not)
{
    ck_assert(say("auth", "openai", 0));
    ck_assert(!say("auth", "openai", 0));
    ck_assert(!say("auth", "openai", REPEAT_MS - 1));
    ck_assert_str_eq(written(), "");
}
END_TEST

static const struct {
    const char *name;
    const char *event;
    const char *about;
} apart[] = {
    {"another event", "descriptors", "openai"},
    {"about another", "auth", "groq"},
    {"about nothing in particular", "auth", ""},
    {"about one whose name begins so", "auth", "openai-2"},
};

START_TEST(what_differs_is_kept_apart)
{
    ck_assert(say("auth", "openai", 0));
    ck_assert_msg(say(apart[_i].event, apart[_i].about, 0), "%s", apart[_i].name);
    ck_assert(!say("auth", "openai", 0));
    ck_assert_msg(!say(apart[_i].event, apart[_i].about, 0), "%s", apart[_i].name);
}
END_TEST

START_TEST(what_was_kept_back_is_told_when_its_minute_is_over)
{
    (void)say("auth", "openai", 1000);
    for (int i = 0; i < 99; i++)
        (void)say("auth", "openai", 2000);
    ck_assert_int_eq(repeat_tell(2000), REPEAT_MS - 1000);
    ck_assert_str_eq(written(), "");
    ck_assert_int_eq(repeat_tell(1000 + REPEAT_MS), -1);
    ck_assert_ptr_nonnull(
        strstr(written(), " level=error event=repeated of=auth about=openai times=99 message="));
    ck_assert_int_eq(repeat_tell(1000 + 2 * REPEAT_MS), -1);
    ck_assert_str_eq(written(), "");
}
END_TEST

START_TEST(or_before_it_is_said_again)
{
    (void)say("accept", "", 0);
    (void)say("accept", "", 1);
    ck_assert(say("accept", "", REPEAT_MS));
    const char *text = written();
    ck_assert_ptr_nonnull(strstr(text, " event=repeated of=accept times=1 message="));
    ck_assert_ptr_null(strstr(text, "about"));
    ck_assert(!say("accept", "", REPEAT_MS + 1));
}
END_TEST

START_TEST(or_at_the_end)
{
    (void)say("auth", "openai", 0);
    (void)say("auth", "openai", 1);
    (void)say("auth", "groq", 1);
    repeat_end();
    ck_assert_ptr_nonnull(strstr(written(), "about=openai times=1 "));
    repeat_end();
    ck_assert_str_eq(written(), "");
    ck_assert(say("auth", "openai", 2));
}
END_TEST

START_TEST(the_next_to_tell_is_the_one_that_is_due_first)
{
    ck_assert_int_eq(repeat_tell(0), -1);
    (void)say("auth", "a", 0);
    (void)say("auth", "b", 500);
    (void)say("auth", "c", 100);
    ck_assert_int_eq(repeat_tell(1000), -1);
    (void)say("auth", "b", 600);
    ck_assert_int_eq(repeat_tell(1000), REPEAT_MS - 500);
    (void)say("auth", "c", 600);
    ck_assert_int_eq(repeat_tell(1000), REPEAT_MS - 900);
}
END_TEST

START_TEST(a_full_table_tells_the_oldest_and_forgets_it)
{
    char about[16];
    (void)say("auth", "first", 0);
    (void)say("auth", "first", 0);
    for (int i = 1; i < REPEATS_MAX; i++) {
        (void)snprintf(about, sizeof(about), "p%d", i);
        ck_assert(say("auth", about, i));
    }
    ck_assert_str_eq(written(), "");
    ck_assert(say("auth", "one more", 1000));
    ck_assert_ptr_nonnull(strstr(written(), "about=first times=1 "));
    ck_assert(!say("auth", "p1", 1000));
    ck_assert(say("auth", "first", 1000));
    ck_assert(say("auth", "p1", 1000));
}
END_TEST

START_TEST(a_long_name_is_known_by_its_beginning)
{
    char name[200];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    ck_assert(say("model", name, 0));
    ck_assert(!say("model", name, 0));
}
END_TEST

#define THREADS 4
#define EACH    1000

static void *insist(void *arg)
{
    (void)arg;
    intptr_t said = 0;
    for (int i = 0; i < EACH; i++)
        said += say("auth", "openai", 5);
    return (void *)said;
}

START_TEST(threads_say_it_once_and_lose_no_count)
{
    pthread_t threads[THREADS];
    intptr_t said = 0;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, insist, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        void *part;
        (void)pthread_join(threads[i], &part);
        said += (intptr_t)part;
    }
    ck_assert_int_eq(said, 1);
    repeat_end();
    ck_assert_ptr_nonnull(strstr(written(), " times=3999 "));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("repeat");
    TCase *t = tcase_create("repeat");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, the_first_is_said_and_the_others_of_its_minute_are_not);
    tcase_add_loop_test(t, what_differs_is_kept_apart, 0, ROWS(apart));
    tcase_add_test(t, what_was_kept_back_is_told_when_its_minute_is_over);
    tcase_add_test(t, or_before_it_is_said_again);
    tcase_add_test(t, or_at_the_end);
    tcase_add_test(t, the_next_to_tell_is_the_one_that_is_due_first);
    tcase_add_test(t, a_full_table_tells_the_oldest_and_forgets_it);
    tcase_add_test(t, a_long_name_is_known_by_its_beginning);
    tcase_add_test(t, threads_say_it_once_and_lose_no_count);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
