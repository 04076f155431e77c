/* What is done after an answer that may have calls. */
#include "tools/tool_turn.h"
#include "unit.h"

static const struct {
    struct tool_turn turn;
    enum tool_verdict verdict;
    bool offers; /* in the round behind it */
} turns[] = {
    {{.ours = 1, .rounds = 1, .max_iterations = 10, .offered = true}, TOOL_VERDICT_CALL, true},
    {{.ours = 16, .rounds = 9, .max_iterations = 10, .offered = true}, TOOL_VERDICT_CALL, true},
    {{.ours = 1, .rounds = 10, .max_iterations = 10, .offered = true}, TOOL_VERDICT_CALL, false},
    {{.ours = 1, .rounds = 1, .max_iterations = 1, .offered = true}, TOOL_VERDICT_CALL, false},
    {{.ours = 0, .rounds = 1, .max_iterations = 10, .offered = true}, TOOL_VERDICT_ANSWER, true},
    {{.ours = 0, .theirs = 2, .rounds = 1, .max_iterations = 10, .offered = true},
     TOOL_VERDICT_ANSWER,
     true},
    {{.ours = 2, .theirs = 1, .rounds = 1, .max_iterations = 10, .offered = true},
     TOOL_VERDICT_ANSWER,
     true},
    /* It was to answer without them, and calls one all the same. */
    {{.ours = 1, .rounds = 10, .max_iterations = 10, .offered = false}, TOOL_VERDICT_ANSWER, false},
};

START_TEST(a_turn_is_decided)
{
    ck_assert_int_eq(tool_turn_decide(&turns[_i].turn), turns[_i].verdict);
    ck_assert_int_eq(tool_turn_offers(&turns[_i].turn), turns[_i].offers);
}
END_TEST

/* Of two providers: one, one; two, two; nobody. */
static const struct {
    int times;
    size_t left;
    enum tool_again again;
} agains[] = {
    {0, 2, TOOL_AGAIN_SAME}, {1, 2, TOOL_AGAIN_NEXT}, {2, 1, TOOL_AGAIN_SAME},
    {3, 1, TOOL_AGAIN_NONE}, {0, 0, TOOL_AGAIN_NONE}, {1, 0, TOOL_AGAIN_NONE},
};

START_TEST(a_round_that_broke_is_asked_twice_of_each)
{
    ck_assert_int_eq(tool_turn_again(agains[_i].times, agains[_i].left), agains[_i].again);
}
END_TEST

static const struct {
    int64_t timeout_ms, left_ms, deadline_ms, may_ms;
} times[] = {
    {30000, 600000, 600000, 30000}, {30000, 55000, 600000, 25000}, {30000, 30000, 600000, 0},
    {30000, 10, 600000, 0},         {30000, -5, 600000, 0},        {30000, 4000, 4000, 3000},
    {500, 4000, 4000, 500},         {30000, 1000, 4000, 0},        {1, 1, 1, 1},
};

START_TEST(a_call_leaves_time_to_answer)
{
    ck_assert_int_eq(
        tool_turn_call_ms(times[_i].timeout_ms, times[_i].left_ms, times[_i].deadline_ms),
        times[_i].may_ms);
}
END_TEST

static const struct {
    size_t index;
    bool known;
    const char *arguments;
    int64_t ms;
    const char *text; /* NULL = it is run */
} refusals[] = {
    {0, true, "{\"city\":\"Oslo\"}", 100, NULL},
    {15, true, "", 1, NULL},
    {0, true, " {} ", 1, NULL},
    {0, false, "{}", 100, "[tool error] no such tool"},
    {16, true, "{}", 100,
     "[tool error] too many calls at once: only the first 16 of a turn are run"},
    {0, true, "{\"city\":", 100, "[tool error] the arguments are not a JSON object"},
    {0, true, "[1]", 100, "[tool error] the arguments are not a JSON object"},
    {0, true, "{}", 0, "[tool error] there is no time left to call it: answer without it"},
};

START_TEST(a_call_that_cannot_be_run_is_told)
{
    struct error why = ERROR_NONE;
    bool refused = tool_turn_refuses(refusals[_i].index, refusals[_i].known,
                                     text_of(refusals[_i].arguments), refusals[_i].ms, &why);
    ck_assert_int_eq(refused, refusals[_i].text != NULL);
    ck_assert_str_eq(why.text, refusals[_i].text ? refusals[_i].text : "");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_turn");
    TCase *tc = tcase_create("tool_turn");
    tcase_add_loop_test(tc, a_turn_is_decided, 0, ROWS(turns));
    tcase_add_loop_test(tc, a_round_that_broke_is_asked_twice_of_each, 0, ROWS(agains));
    tcase_add_loop_test(tc, a_call_leaves_time_to_answer, 0, ROWS(times));
    tcase_add_loop_test(tc, a_call_that_cannot_be_run_is_told, 0, ROWS(refusals));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
