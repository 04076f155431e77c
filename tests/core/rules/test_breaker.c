/* When a breaker opens, who may probe it, and what results that come late are worth. */
#include "rules/breaker.h"
#include "unit.h"

#define FAILURES 5
#define OPEN_MS  10000
#define START_MS INT64_C(1000000)

static struct breaker made(void)
{
    struct breaker b;
    breaker_init(&b);
    breaker_configure(&b, FAILURES, OPEN_MS);
    return b;
}

/* An attempt that ends at once; nothing where it is refused. */
static enum breaker_permit attempt(struct breaker *b, enum failure failure, int64_t now_ms)
{
    struct breaker_pass pass = breaker_allow(b, now_ms);
    breaker_ended(b, pass, failure, now_ms);
    return pass.permit;
}

static void fail_times(struct breaker *b, int times, int64_t now_ms)
{
    for (int i = 0; i < times; i++)
        ck_assert_int_eq(attempt(b, FAILURE_NETWORK, now_ms), BREAKER_ALLOWED);
}

static struct breaker opened(void)
{
    struct breaker b = made();
    fail_times(&b, FAILURES, START_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS), BREAKER_OPEN);
    return b;
}

static enum failure class_of(char step)
{
    switch (step) {
    case 'n':
        return FAILURE_NETWORK;
    case 't':
        return FAILURE_TIMEOUT;
    case 'p':
        return FAILURE_PROTOCOL;
    case 's':
        return FAILURE_SERVER;
    case 'r':
        return FAILURE_RATE_LIMIT;
    case 'a':
        return FAILURE_AUTH;
    case 'q':
        return FAILURE_REQUEST;
    case 'c':
        return FAILURE_CANCELLED;
    case 'k':
        return FAILURE_SKIPPED;
    default:
        ck_assert_int_eq(step, 'o');
        return FAILURE_NONE;
    }
}

/*
 * Steps: an attempt each, by class (o = answered, k = skipped, q = request), '+' = OPEN_MS pass,
 * '-' = one ms less than that.
 */
static const struct {
    const char *name;
    const char *steps;
    enum breaker_state state;
    enum breaker_permit permit; /* of the next attempt */
} rows[] = {
    {"nothing has happened", "", BREAKER_CLOSED, BREAKER_ALLOWED},
    {"four failures are not enough", "nnnn", BREAKER_CLOSED, BREAKER_ALLOWED},
    {"five open it", "nnnnn", BREAKER_OPEN, BREAKER_REFUSED},
    {"of whichever of the four classes", "ntpsn", BREAKER_OPEN, BREAKER_REFUSED},
    {"an answer in between starts the count anew", "nnnnonnnn", BREAKER_CLOSED, BREAKER_ALLOWED},
    {"a rate limit is an answer", "nnnnrnnnn", BREAKER_CLOSED, BREAKER_ALLOWED},
    {"a refused key is an answer", "nnnnannnn", BREAKER_CLOSED, BREAKER_ALLOWED},
    {"an invalid request is an answer", "nnnnqnnnn", BREAKER_CLOSED, BREAKER_ALLOWED},
    {"rate limits never open it", "rrrrrrrr", BREAKER_CLOSED, BREAKER_ALLOWED},
    {"a client that leaves counts for nothing", "nnnncn", BREAKER_OPEN, BREAKER_REFUSED},
    {"nor do clients that leave open it", "cccccccc", BREAKER_CLOSED, BREAKER_ALLOWED},
    {"what was skipped counts for nothing", "nnnnkn", BREAKER_OPEN, BREAKER_REFUSED},
    {"just before the time is over", "nnnnn-", BREAKER_OPEN, BREAKER_REFUSED},
    {"when the time is over it may be probed", "nnnnn+", BREAKER_HALF_OPEN, BREAKER_PROBE},
    {"a probe that is answered closes it", "nnnnn+o", BREAKER_CLOSED, BREAKER_ALLOWED},
    {"a probe that meets a rate limit too", "nnnnn+r", BREAKER_CLOSED, BREAKER_ALLOWED},
    {"a probe that fails opens it again", "nnnnn+n", BREAKER_OPEN, BREAKER_REFUSED},
    {"for the whole time", "nnnnn+n-", BREAKER_OPEN, BREAKER_REFUSED},
    {"and then it is probed again", "nnnnn+n+", BREAKER_HALF_OPEN, BREAKER_PROBE},
    {"a probe whose client leaves lets another probe", "nnnnn+c", BREAKER_HALF_OPEN, BREAKER_PROBE},
    {"a probe that was never sent lets another", "nnnnn+k", BREAKER_HALF_OPEN, BREAKER_PROBE},
    {"once closed, it counts from nothing", "nnnnn+onnnn", BREAKER_CLOSED, BREAKER_ALLOWED},
    {"once closed, it opens as before", "nnnnn+onnnnn", BREAKER_OPEN, BREAKER_REFUSED},
    {"a hundred times as long is still one probe", "nnnnn++++++++++", BREAKER_HALF_OPEN,
     BREAKER_PROBE},
};

START_TEST(states_follow_results)
{
    struct breaker b = made();
    int64_t now_ms = START_MS;
    for (const char *step = rows[_i].steps; *step; step++) {
        if (*step == '+' || *step == '-')
            now_ms += OPEN_MS - (*step == '-' ? 1 : 0);
        else
            (void)attempt(&b, class_of(*step), now_ms);
    }
    ck_assert_msg(breaker_state(&b, now_ms) == rows[_i].state, "%s: state %d", rows[_i].name,
                  (int)breaker_state(&b, now_ms));
    enum breaker_permit permit = breaker_allow(&b, now_ms).permit;
    ck_assert_msg(permit == rows[_i].permit, "%s: permit %d", rows[_i].name, (int)permit);
}
END_TEST

/* Every class has a verdict: it counts, it closes, or it says nothing. */
static const struct {
    enum failure failure;
    enum breaker_state after_probe;
} verdicts[] = {
    {FAILURE_NONE, BREAKER_CLOSED},         {FAILURE_NETWORK, BREAKER_OPEN},
    {FAILURE_TIMEOUT, BREAKER_OPEN},        {FAILURE_PROTOCOL, BREAKER_OPEN},
    {FAILURE_SERVER, BREAKER_OPEN},         {FAILURE_RATE_LIMIT, BREAKER_CLOSED},
    {FAILURE_AUTH, BREAKER_CLOSED},         {FAILURE_QUOTA, BREAKER_CLOSED},
    {FAILURE_MODEL, BREAKER_CLOSED},        {FAILURE_CONTEXT, BREAKER_CLOSED},
    {FAILURE_POLICY, BREAKER_CLOSED},       {FAILURE_REQUEST, BREAKER_CLOSED},
    {FAILURE_REDIRECT, BREAKER_CLOSED},     {FAILURE_SKIPPED, BREAKER_HALF_OPEN},
    {FAILURE_CANCELLED, BREAKER_HALF_OPEN},
};

START_TEST(a_probe_with_each_class)
{
    struct breaker b = opened();
    int64_t now_ms = START_MS + OPEN_MS;
    ck_assert_int_eq(ROWS(verdicts), FAILURE_COUNT);
    ck_assert_int_eq(attempt(&b, verdicts[_i].failure, now_ms), BREAKER_PROBE);
    ck_assert_int_eq(breaker_state(&b, now_ms), verdicts[_i].after_probe);
}
END_TEST

static int probes_among(struct breaker *b, int callers, int64_t now_ms)
{
    int probes = 0;
    for (int i = 0; i < callers; i++) {
        enum breaker_permit permit = breaker_allow(b, now_ms).permit;
        ck_assert_int_ne(permit, BREAKER_ALLOWED);
        probes += permit == BREAKER_PROBE ? 1 : 0;
    }
    return probes;
}

START_TEST(one_of_fifty_callers_probes)
{
    struct breaker b = opened();
    ck_assert_int_eq(probes_among(&b, 50, START_MS + OPEN_MS), 1);
    /* However long the probe takes. */
    ck_assert_int_eq(probes_among(&b, 50, START_MS + 100 * OPEN_MS), 0);
    ck_assert_int_eq(breaker_state(&b, START_MS + 100 * OPEN_MS), BREAKER_HALF_OPEN);
}
END_TEST

START_TEST(a_clock_that_jumps_lets_one_in)
{
    struct breaker b = opened();
    ck_assert_int_eq(probes_among(&b, 50, START_MS + INT64_C(30) * 86400 * 1000), 1);
    b = opened();
    ck_assert_int_eq(probes_among(&b, 50, INT64_MAX / 2), 1);
}
END_TEST

START_TEST(failures_that_come_late_do_not_keep_it_open)
{
    struct breaker b = made();
    struct breaker_pass late = breaker_allow(&b, START_MS);
    fail_times(&b, FAILURES, START_MS);
    breaker_ended(&b, late, FAILURE_TIMEOUT, START_MS + OPEN_MS - 1);
    ck_assert_int_eq(breaker_state(&b, START_MS + OPEN_MS), BREAKER_HALF_OPEN);
}
END_TEST

START_TEST(an_answer_that_comes_late_does_not_close_it)
{
    struct breaker b = made();
    struct breaker_pass late = breaker_allow(&b, START_MS);
    fail_times(&b, FAILURES, START_MS);
    breaker_ended(&b, late, FAILURE_NONE, START_MS + 1);
    ck_assert_int_eq(breaker_state(&b, START_MS + 1), BREAKER_OPEN);
}
END_TEST

START_TEST(late_results_do_not_stand_for_the_probe)
{
    static const enum failure late_ends[] = {FAILURE_NONE, FAILURE_SERVER, FAILURE_CANCELLED};
    struct breaker b = made();
    struct breaker_pass late = breaker_allow(&b, START_MS);
    fail_times(&b, FAILURES, START_MS);
    struct breaker_pass probe = breaker_allow(&b, START_MS + OPEN_MS);
    ck_assert_int_eq(probe.permit, BREAKER_PROBE);
    breaker_ended(&b, late, late_ends[_i], START_MS + OPEN_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS + OPEN_MS), BREAKER_HALF_OPEN);
    ck_assert_int_eq(breaker_allow(&b, START_MS + OPEN_MS).permit, BREAKER_REFUSED);
    breaker_ended(&b, probe, FAILURE_NONE, START_MS + OPEN_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS + OPEN_MS), BREAKER_CLOSED);
}
END_TEST

START_TEST(after_it_closed_late_failures_do_not_count)
{
    struct breaker b = made();
    struct breaker_pass late[FAILURES];
    for (int i = 0; i < FAILURES; i++)
        late[i] = breaker_allow(&b, START_MS);
    fail_times(&b, FAILURES, START_MS);
    ck_assert_int_eq(attempt(&b, FAILURE_NONE, START_MS + OPEN_MS), BREAKER_PROBE);
    for (int i = 0; i < FAILURES; i++)
        breaker_ended(&b, late[i], FAILURE_TIMEOUT, START_MS + OPEN_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS + OPEN_MS), BREAKER_CLOSED);
}
END_TEST

START_TEST(a_pass_that_was_refused_says_nothing)
{
    struct breaker b = opened();
    struct breaker_pass refused = breaker_allow(&b, START_MS);
    breaker_ended(&b, refused, FAILURE_NONE, START_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS), BREAKER_OPEN);
}
END_TEST

START_TEST(retry_in_is_the_time_left)
{
    struct breaker b = made();
    ck_assert_int_eq(breaker_retry_in_ms(&b, START_MS), 0);
    b = opened();
    ck_assert_int_eq(breaker_retry_in_ms(&b, START_MS), OPEN_MS);
    ck_assert_int_eq(breaker_retry_in_ms(&b, START_MS + OPEN_MS - 1), 1);
    ck_assert_int_eq(breaker_retry_in_ms(&b, START_MS + OPEN_MS), 0);
    (void)breaker_allow(&b, START_MS + OPEN_MS);
    ck_assert_int_eq(breaker_retry_in_ms(&b, START_MS + OPEN_MS), 1000);
}
END_TEST

START_TEST(a_reload_keeps_what_is_known)
{
    struct breaker b = made();
    fail_times(&b, 3, START_MS);
    breaker_configure(&b, 4, OPEN_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS), BREAKER_CLOSED);
    fail_times(&b, 1, START_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS), BREAKER_OPEN);
    breaker_configure(&b, 4, 2 * OPEN_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS + OPEN_MS), BREAKER_OPEN);
    ck_assert_int_eq(breaker_state(&b, START_MS + 2 * OPEN_MS), BREAKER_HALF_OPEN);
    (void)breaker_allow(&b, START_MS + 2 * OPEN_MS);
    breaker_configure(&b, 4, 10 * OPEN_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS + 2 * OPEN_MS), BREAKER_HALF_OPEN);
}
END_TEST

START_TEST(a_lower_number_opens_it_at_the_next_failure)
{
    struct breaker b = made();
    fail_times(&b, 4, START_MS);
    breaker_configure(&b, 2, OPEN_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS), BREAKER_CLOSED);
    fail_times(&b, 1, START_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS), BREAKER_OPEN);
}
END_TEST

START_TEST(switched_off_it_closes_and_never_opens)
{
    struct breaker b = opened();
    struct breaker_pass probe = breaker_allow(&b, START_MS + OPEN_MS);
    breaker_configure(&b, 0, OPEN_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS), BREAKER_CLOSED);
    fail_times(&b, 100, START_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS), BREAKER_CLOSED);
    breaker_configure(&b, FAILURES, OPEN_MS);
    breaker_ended(&b, probe, FAILURE_NETWORK, START_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS), BREAKER_CLOSED);
    fail_times(&b, FAILURES, START_MS);
    ck_assert_int_eq(breaker_state(&b, START_MS), BREAKER_OPEN);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("breaker");
    TCase *tc = tcase_create("breaker");
    tcase_add_loop_test(tc, states_follow_results, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_probe_with_each_class, 0, ROWS(verdicts));
    tcase_add_test(tc, one_of_fifty_callers_probes);
    tcase_add_test(tc, a_clock_that_jumps_lets_one_in);
    tcase_add_test(tc, failures_that_come_late_do_not_keep_it_open);
    tcase_add_test(tc, an_answer_that_comes_late_does_not_close_it);
    tcase_add_loop_test(tc, late_results_do_not_stand_for_the_probe, 0, 3);
    tcase_add_test(tc, after_it_closed_late_failures_do_not_count);
    tcase_add_test(tc, a_pass_that_was_refused_says_nothing);
    tcase_add_test(tc, retry_in_is_the_time_left);
    tcase_add_test(tc, a_reload_keeps_what_is_known);
    tcase_add_test(tc, a_lower_number_opens_it_at_the_next_failure);
    tcase_add_test(tc, switched_off_it_closes_and_never_opens);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
