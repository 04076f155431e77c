/* What is kept of lists, and for how long. */
#include <stdlib.h>

#include "rules/model_lists.h"
#include "unit.h"

static struct model_lists lists;

static void set_up(void)
{
    model_lists_init(&lists);
}

static void tear_down(void)
{
    model_lists_done(&lists);
}

static void keep(const char *question, const char *answer, int64_t now_ms)
{
    model_lists_keep(&lists, text_of(question), text_of(answer), now_ms);
}

/* NULL: there is none. */
static void expect(const char *question, const char *answer, int64_t now_ms)
{
    struct text found = model_lists_get(&lists, text_of(question), now_ms);
    if (answer)
        ck_assert_msg(found.at && text_equals(found, answer), "%s: %.*s", question,
                      TEXT_ARG(found));
    else
        ck_assert_msg(!found.at, "%s: %.*s", question, TEXT_ARG(found));
}

/* Nobody gets the list of another key, nor of another provider. */
START_TEST(a_question_is_whom_we_ask_and_with_what)
{
    struct buf one, two;
    buf_init(&one, 64);
    buf_init(&two, 64);
    ck_assert_int_eq(model_lists_question("http://a", text_of("b"), &one), 0);
    ck_assert_int_eq(model_lists_question("http://", text_of("ab"), &two), 0);
    keep("x", "[0]", 1000);
    model_lists_keep(&lists, buf_text(&one), text_of("[1]"), 1000);
    ck_assert(!model_lists_get(&lists, buf_text(&two), 1000).at);
    ck_assert(text_equals(model_lists_get(&lists, buf_text(&one), 1000), "[1]"));
    buf_done(&one);
    buf_init(&one, 9);
    ck_assert_int_lt(model_lists_question("http://a", text_of("b"), &one), 0);
    buf_done(&one);
    buf_done(&two);
}
END_TEST

START_TEST(an_answer_is_kept_for_five_seconds)
{
    expect("a", NULL, 1000);
    keep("a", "[1]", 1000);
    expect("a", "[1]", 1000);
    expect("a", "[1]", 1000 + MODEL_LISTS_KEEP_MS - 1);
    expect("a", NULL, 1000 + MODEL_LISTS_KEEP_MS);
}
END_TEST

START_TEST(another_question_has_another_answer)
{
    keep("a", "[1]", 0);
    keep("ab", "[2]", 0);
    expect("a", "[1]", 1);
    expect("ab", "[2]", 1);
    expect("b", NULL, 1);
    expect("", NULL, 1);
}
END_TEST

START_TEST(a_new_answer_takes_the_place_of_the_old_one)
{
    keep("a", "[1]", 0);
    keep("a", "[2]", 4000);
    expect("a", "[2]", 8999);
}
END_TEST

START_TEST(the_oldest_goes_when_there_are_too_many)
{
    char question[] = "a";
    for (int i = 0; i <= MODEL_LISTS_COUNT; i++) {
        question[0] = (char)('a' + i);
        keep(question, question, i);
    }
    expect("a", NULL, 100);
    for (int i = 1; i <= MODEL_LISTS_COUNT; i++) {
        question[0] = (char)('a' + i);
        expect(question, question, 100);
    }
}
END_TEST

START_TEST(what_is_too_long_is_not_kept)
{
    char *huge = malloc(MODEL_LISTS_BYTES_MAX + 1);
    ck_assert_ptr_nonnull(huge);
    memset(huge, 'x', MODEL_LISTS_BYTES_MAX + 1);
    keep("a", "[1]", 0);
    model_lists_keep(&lists, text_of("a"), text_make(huge, MODEL_LISTS_BYTES_MAX + 1), 0);
    expect("a", NULL, 1);
    model_lists_keep(&lists, text_make(huge, MODEL_LISTS_BYTES_MAX + 1), text_of("[1]"), 0);
    keep("a", "[2]", 0);
    expect("a", "[2]", 1);
    free(huge);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("model_lists");
    TCase *tc = tcase_create("lists");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, a_question_is_whom_we_ask_and_with_what);
    tcase_add_test(tc, an_answer_is_kept_for_five_seconds);
    tcase_add_test(tc, another_question_has_another_answer);
    tcase_add_test(tc, a_new_answer_takes_the_place_of_the_old_one);
    tcase_add_test(tc, the_oldest_goes_when_there_are_too_many);
    tcase_add_test(tc, what_is_too_long_is_not_kept);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
