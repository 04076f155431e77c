/* What is known about an answer: nothing at first, and of several failures the first. */
#include "dialect/answer.h"
#include "unit.h"

START_TEST(nothing_is_known_at_first)
{
    struct answer_facts facts = answer_facts_none();
    ck_assert(!facts.content && !facts.finished && !facts.done && !facts.policy);
    ck_assert_int_eq(facts.prompt_tokens, -1);
    ck_assert_int_eq(facts.completion_tokens, -1);
    ck_assert_int_eq(facts.failure, FAILURE_NONE);
    ck_assert_str_eq(facts.error.message, "");
    ck_assert_str_eq(facts.error.code, "");
}
END_TEST

START_TEST(a_failure_of_ours_has_the_word_of_its_class_as_code)
{
    struct answer_facts facts = answer_facts_none();
    answer_fail(&facts, FAILURE_PROTOCOL, "%s at %d", "broken", 7);
    ck_assert_int_eq(facts.failure, FAILURE_PROTOCOL);
    ck_assert_str_eq(facts.error.message, "broken at 7");
    ck_assert_str_eq(facts.error.code, "protocol");
    ck_assert_str_eq(facts.error.type, "");
}
END_TEST

START_TEST(a_failure_of_the_provider_keeps_its_own_words)
{
    const struct provider_error said = {"slow down", "requests", "rate_limit_exceeded", "model"};
    struct answer_facts facts = answer_facts_none();
    answer_fail_error(&facts, FAILURE_RATE_LIMIT, &said);
    ck_assert_int_eq(facts.failure, FAILURE_RATE_LIMIT);
    ck_assert_str_eq(facts.error.message, "slow down");
    ck_assert_str_eq(facts.error.type, "requests");
    ck_assert_str_eq(facts.error.code, "rate_limit_exceeded");
    ck_assert_str_eq(facts.error.param, "model");
}
END_TEST

START_TEST(the_first_failure_wins)
{
    const struct provider_error said = {.message = "second"};
    struct answer_facts facts = answer_facts_none();
    answer_fail(&facts, FAILURE_TIMEOUT, "first");
    answer_fail(&facts, FAILURE_SERVER, "second");
    answer_fail_error(&facts, FAILURE_SERVER, &said);
    ck_assert_int_eq(facts.failure, FAILURE_TIMEOUT);
    ck_assert_str_eq(facts.error.message, "first");
    ck_assert_str_eq(facts.error.code, "timeout");
}
END_TEST

START_TEST(a_long_message_is_cut)
{
    static char text[1000];
    struct answer_facts facts = answer_facts_none();
    memset(text, 'x', sizeof(text) - 1);
    answer_fail(&facts, FAILURE_SERVER, "%s", text);
    ck_assert_uint_eq(strlen(facts.error.message), sizeof(facts.error.message) - 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("answer");
    TCase *tc = tcase_create("facts");
    tcase_add_test(tc, nothing_is_known_at_first);
    tcase_add_test(tc, a_failure_of_ours_has_the_word_of_its_class_as_code);
    tcase_add_test(tc, a_failure_of_the_provider_keeps_its_own_words);
    tcase_add_test(tc, the_first_failure_wins);
    tcase_add_test(tc, a_long_message_is_cut);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
