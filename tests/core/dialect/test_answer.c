/* What is known about an answer: nothing at first, and of several failures the first. */
#include <errno.h>
#include <string.h>

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
    const struct provider_error said = {"slow down", "requests", "rate_limit_exceeded", "model", 0};
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

static const struct {
    const char *name;
    const char *body;
    enum failure failure;
    const char *message;
} told[] = {
    {"what it says", "{\"error\":{\"message\":\"m\",\"code\":\"insufficient_quota\"}}",
     FAILURE_QUOTA, "m"},
    {"in words that say nothing of a class", "{\"error\":{\"message\":\"m\"}}", FAILURE_SERVER,
     "m"},
    {"nothing", "{\"error\":{}}", FAILURE_SERVER, "without a message"},
};

START_TEST(an_error_that_was_told_has_its_class)
{
    struct answer_facts facts = answer_facts_none();
    answer_fail_told(&facts, SPEAKER_OPENAI, text_of(told[_i].body));
    ck_assert_msg(facts.failure == told[_i].failure, "%s: %s", told[_i].name,
                  failure_word(facts.failure));
    ck_assert_ptr_nonnull(strstr(facts.error.message, told[_i].message));
}
END_TEST

START_TEST(what_could_not_be_taken_says_why)
{
    struct answer_facts large = answer_facts_none(), memory = answer_facts_none(),
                        unread = answer_facts_none(), untold = answer_facts_none(),
                        call = answer_facts_none();
    struct error why = ERROR_NONE;
    answer_fail_errno(&large, -EMSGSIZE);
    answer_fail_errno(&memory, -ENOMEM);
    answer_fail_errno(&call, -EPROTO);
    answer_fail_read(&untold, &why);
    error_set(&why, "a reason");
    answer_fail_read(&unread, &why);
    ck_assert_ptr_nonnull(strstr(large.error.message, "too large"));
    ck_assert_ptr_nonnull(strstr(memory.error.message, "no memory"));
    ck_assert_ptr_nonnull(strstr(call.error.message, "no JSON object"));
    ck_assert_ptr_nonnull(strstr(untold.error.message, "no memory"));
    ck_assert_str_eq(unread.error.message, "a reason");
    ck_assert(answer_is_over(&large));
}
END_TEST

START_TEST(a_cut_is_told_by_the_connection_where_that_broke)
{
    struct answer_facts clean = answer_facts_none(), reset = answer_facts_none();
    ck_assert(!answer_is_over(&clean));
    answer_fail_cut(&clean, TRANSPORT_OK, "half of it");
    answer_fail_cut(&reset, TRANSPORT_RESET, "half of it");
    ck_assert_int_eq(clean.failure, FAILURE_PROTOCOL);
    ck_assert_str_eq(clean.error.message, "half of it");
    ck_assert_int_eq(reset.failure, FAILURE_NETWORK);
    ck_assert_ptr_nonnull(strstr(reset.error.message, "reset"));
}
END_TEST

static const struct {
    const char *name;
    bool content, finished;
    enum transport transport;
    const char *why; /* NULL: it is whole */
} ends[] = {
    {"how it ended has come, and its end", true, true, TRANSPORT_OK, NULL},
    {"and then nothing more", true, true, TRANSPORT_IDLE_TIMEOUT, NULL},
    {"and then a break", true, true, TRANSPORT_RESET, "the connection was reset"},
    {"an end in the middle", true, false, TRANSPORT_OK, ANSWER_CUT},
    {"an end before anything", false, false, TRANSPORT_OK, ANSWER_EMPTY},
    {"silence in the middle", true, false, TRANSPORT_IDLE_TIMEOUT, "silence"},
};

START_TEST(a_stream_is_whole_once_how_it_ended_has_come)
{
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    buf_init(&out, 64);
    facts.content = ends[_i].content;
    facts.finished = ends[_i].finished;
    ck_assert_int_eq(answer_ends_well(&facts, ends[_i].transport), ends[_i].why == NULL);
    answer_end(&facts, ends[_i].transport, "the end", &out);
    ck_assert_int_eq(facts.done, ends[_i].why == NULL);
    ck_assert_str_eq(buf_text(&out).at, ends[_i].why ? "" : "the end");
    if (ends[_i].why)
        ck_assert_msg(strstr(facts.error.message, ends[_i].why) != NULL, "%s: %s", ends[_i].name,
                      facts.error.message);
    buf_done(&out);
}
END_TEST

START_TEST(an_end_without_room_is_a_failure)
{
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    buf_init(&out, 3);
    facts.finished = true;
    answer_end(&facts, TRANSPORT_OK, "the end", &out);
    ck_assert(!facts.done && facts.failure == FAILURE_PROTOCOL);
    buf_done(&out);
}
END_TEST

static const struct {
    const char *name;
    int64_t prompt, completion, window;
    bool exceeded;
} answers[] = {
    {"an answer that fits", 8000, 192, 8192, false},
    {"one token too many", 8000, 193, 8192, true},
    {"the window is not known", 8000, 193, 0, false},
    {"no counts were told", 0, 0, 8192, false},
    {"numbers that no model has", INT64_MAX, INT64_MAX, 8192, true},
};

START_TEST(a_window_that_was_too_small_is_seen)
{
    bool got =
        answer_window_exceeded(answers[_i].prompt, answers[_i].completion, answers[_i].window);
    ck_assert_msg(got == answers[_i].exceeded, "%s", answers[_i].name);
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
    tcase_add_loop_test(tc, an_error_that_was_told_has_its_class, 0, ROWS(told));
    tcase_add_test(tc, what_could_not_be_taken_says_why);
    tcase_add_test(tc, a_cut_is_told_by_the_connection_where_that_broke);
    tcase_add_loop_test(tc, a_stream_is_whole_once_how_it_ended_has_come, 0, ROWS(ends));
    tcase_add_test(tc, an_end_without_room_is_a_failure);
    tcase_add_loop_test(tc, a_window_that_was_too_small_is_seen, 0, ROWS(answers));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
