/* The decision after an attempt, as a table of situations. */
#include "rules/retry.h"
#include "unit.h"

#define NOW_MS INT64_C(1000000)
#define NONE   ((int64_t)-1)

/* What is other than the defaults; the rest is as in an exchange with a provider to follow. */
enum {
    LAST = 1, /* nobody follows, or moving on is not allowed */
    OFFLINE = 2,
    BREAKER = 4,
    BUDGET = 8,
    STRICT = 16,        /* ambiguous = no */
    DEAF = 32,          /* honour_retry_after = no */
    ON_429 = 64,        /* on = ... rate_limit */
    STAY = 128,         /* fallback_on is empty */
    NEVER = 256,        /* on is empty */
    EVERYTHING = 512,   /* on and fallback_on name every class there is */
    ALONE = 1024,       /* nobody else can be tried now */
    REPEATS = 2048,     /* it would only come again */
    NOT_RUNNING = 4096, /* nobody listens there */
    SLOW = 8192,        /* multiplier = 5 */
};

struct row {
    const char *name;
    enum failure failure;
    int status;
    int64_t retry_after_ms;
    int tries;
    unsigned other;
    enum retry_verdict verdict;
    int64_t wait_ms;
    const char *reason;
};

#define BACKOFF  "backoff"
#define NAMED    "the wait that the provider named"
#define USED_UP  "attempts used up"
#define CLASS    "this failure is not retried"
#define STATUS   "this status is not retried"
#define MAYBE    "it may have been processed"
#define AGAIN    "it would only come again"
#define NOBODY   "nobody listens there"
#define TOO_LONG "the provider asks to wait longer than max_wait"

static const struct row rows[] = {
    /* Tries and waits. */
    {"the first try failed", FAILURE_SERVER, 503, NONE, 1, 0, RETRY_AGAIN, 1000, BACKOFF},
    {"the second try failed", FAILURE_SERVER, 503, NONE, 2, 0, RETRY_AGAIN, 2000, BACKOFF},
    {"the last try failed", FAILURE_SERVER, 503, NONE, 3, 0, RETRY_NEXT, 0, USED_UP},
    {"more tries than allowed", FAILURE_SERVER, 503, NONE, 9, 0, RETRY_NEXT, 0, USED_UP},
    {"the last try of the last one", FAILURE_SERVER, 503, NONE, 3, LAST, RETRY_END, 0, USED_UP},
    {"the last one is retried too", FAILURE_SERVER, 503, NONE, 1, LAST, RETRY_AGAIN, 1000, BACKOFF},

    /* Each class as the contract's table has it. */
    {"network", FAILURE_NETWORK, 0, NONE, 1, 0, RETRY_AGAIN, 1000, BACKOFF},
    {"timeout", FAILURE_TIMEOUT, 0, NONE, 1, 0, RETRY_AGAIN, 1000, BACKOFF},
    {"408", FAILURE_TIMEOUT, 408, NONE, 1, 0, RETRY_AGAIN, 1000, BACKOFF},
    {"protocol", FAILURE_PROTOCOL, 200, NONE, 1, 0, RETRY_AGAIN, 1000, BACKOFF},
    {"500", FAILURE_SERVER, 500, NONE, 1, 0, RETRY_AGAIN, 1000, BACKOFF},
    {"529", FAILURE_SERVER, 529, NONE, 1, 0, RETRY_AGAIN, 1000, BACKOFF},
    {"504", FAILURE_SERVER, 504, NONE, 1, 0, RETRY_AGAIN, 1000, BACKOFF},
    {"505", FAILURE_SERVER, 505, NONE, 1, 0, RETRY_NEXT, 0, STATUS},
    {"511", FAILURE_SERVER, 511, NONE, 1, 0, RETRY_NEXT, 0, STATUS},
    {"512", FAILURE_SERVER, 512, NONE, 1, 0, RETRY_AGAIN, 1000, BACKOFF},
    {"505 of the last one", FAILURE_SERVER, 505, NONE, 1, LAST, RETRY_END, 0, STATUS},
    {"505 with a named wait", FAILURE_SERVER, 505, 500, 1, 0, RETRY_NEXT, 0, STATUS},
    {"429", FAILURE_RATE_LIMIT, 429, NONE, 1, 0, RETRY_NEXT, 0, CLASS},
    {"auth", FAILURE_AUTH, 401, NONE, 1, 0, RETRY_NEXT, 0, CLASS},
    {"a certificate", FAILURE_AUTH, 0, NONE, 1, 0, RETRY_NEXT, 0, CLASS},
    {"quota", FAILURE_QUOTA, 429, NONE, 1, 0, RETRY_NEXT, 0, CLASS},
    {"model", FAILURE_MODEL, 404, NONE, 1, 0, RETRY_NEXT, 0, CLASS},
    {"context", FAILURE_CONTEXT, 400, NONE, 1, 0, RETRY_NEXT, 0, CLASS},
    {"redirect", FAILURE_REDIRECT, 302, NONE, 1, 0, RETRY_NEXT, 0, CLASS},
    {"skipped", FAILURE_SKIPPED, 0, NONE, 1, 0, RETRY_NEXT, 0, CLASS},
    {"skipped, and nobody follows", FAILURE_SKIPPED, 0, NONE, 1, LAST, RETRY_END, 0, CLASS},
    {"skipped moves on whatever the settings say", FAILURE_SKIPPED, 0, NONE, 1, STAY, RETRY_NEXT, 0,
     CLASS},
    {"policy", FAILURE_POLICY, 400, NONE, 1, 0, RETRY_RELAY, 0, "a refusal is an answer"},
    {"policy with 500", FAILURE_POLICY, 500, NONE, 1, 0, RETRY_RELAY, 0, "a refusal is an answer"},
    {"policy of the last one", FAILURE_POLICY, 400, NONE, 1, LAST, RETRY_RELAY, 0,
     "a refusal is an answer"},
    {"request", FAILURE_REQUEST, 400, NONE, 1, 0, RETRY_RELAY, 0, "the request is at fault"},
    {"501", FAILURE_REQUEST, 501, NONE, 1, 0, RETRY_RELAY, 0, "the request is at fault"},
    {"request of the last one", FAILURE_REQUEST, 422, NONE, 3, LAST, RETRY_RELAY, 0,
     "the request is at fault"},
    {"the client went away", FAILURE_CANCELLED, 0, NONE, 1, 0, RETRY_END, 0,
     "the client went away"},

    /* No setting makes a refusal, a bad request or a client that left into something else. */
    {"policy, all named", FAILURE_POLICY, 400, 0, 1, EVERYTHING, RETRY_RELAY, 0,
     "a refusal is an answer"},
    {"request, all named", FAILURE_REQUEST, 400, 0, 1, EVERYTHING, RETRY_RELAY, 0,
     "the request is at fault"},
    {"cancelled, all named", FAILURE_CANCELLED, 0, 0, 1, EVERYTHING, RETRY_END, 0,
     "the client went away"},

    /* Waits that the provider names. */
    {"429 with a short wait", FAILURE_RATE_LIMIT, 429, 700, 1, 0, RETRY_AGAIN, 700, NAMED},
    {"429 with no wait at all", FAILURE_RATE_LIMIT, 429, 0, 1, 0, RETRY_AGAIN, 0, NAMED},
    {"429 with just max_wait", FAILURE_RATE_LIMIT, 429, 10000, 1, 0, RETRY_AGAIN, 10000, NAMED},
    {"429 with more than max_wait", FAILURE_RATE_LIMIT, 429, 10001, 1, 0, RETRY_NEXT, 0, TOO_LONG},
    {"429 with a short wait at the last try", FAILURE_RATE_LIMIT, 429, 700, 3, 0, RETRY_NEXT, 0,
     USED_UP},
    {"429 with a short wait, not listened to", FAILURE_RATE_LIMIT, 429, 700, 1, DEAF, RETRY_NEXT, 0,
     CLASS},
    {"429 with a short wait, nothing retried", FAILURE_RATE_LIMIT, 429, 700, 1, NEVER, RETRY_AGAIN,
     700, NAMED},
    {"429, retried by the settings", FAILURE_RATE_LIMIT, 429, NONE, 1, ON_429, RETRY_AGAIN, 1000,
     BACKOFF},
    {"429, retried by the settings, not listened to", FAILURE_RATE_LIMIT, 429, 700, 2,
     ON_429 | DEAF, RETRY_AGAIN, 2000, BACKOFF},
    {"429, retried by the settings, and the wait is long", FAILURE_RATE_LIMIT, 429, 60000, 1,
     ON_429, RETRY_NEXT, 0, TOO_LONG},
    {"429 of the last one with a long wait", FAILURE_RATE_LIMIT, 429, 60000, 1, LAST, RETRY_END, 0,
     TOO_LONG},
    {"429 of the only one left", FAILURE_RATE_LIMIT, 429, NONE, 1, LAST | ALONE, RETRY_AGAIN, 1000,
     BACKOFF},
    {"the second 429 of the only one left", FAILURE_RATE_LIMIT, 429, NONE, 2, LAST | ALONE,
     RETRY_AGAIN, 2000, BACKOFF},
    {"the third 429 of the only one left", FAILURE_RATE_LIMIT, 429, NONE, 3, LAST | ALONE,
     RETRY_END, 0, USED_UP},
    {"429 where those that follow cannot be tried", FAILURE_RATE_LIMIT, 429, NONE, 1, ALONE,
     RETRY_AGAIN, 1000, BACKOFF},
    {"429 of the only one left, with a long wait", FAILURE_RATE_LIMIT, 429, 60000, 1, LAST | ALONE,
     RETRY_END, 0, TOO_LONG},
    {"429 of the only one left, not listened to", FAILURE_RATE_LIMIT, 429, 60000, 1,
     LAST | ALONE | DEAF, RETRY_AGAIN, 1000, BACKOFF},
    {"429 of the only one left, and its breaker opened", FAILURE_RATE_LIMIT, 429, NONE, 1,
     LAST | ALONE | BREAKER, RETRY_END, 0, "its breaker is open"},
    {"quota of the only one left", FAILURE_QUOTA, 429, NONE, 1, LAST | ALONE, RETRY_END, 0, CLASS},
    {"auth of the only one left", FAILURE_AUTH, 401, NONE, 1, LAST | ALONE, RETRY_END, 0, CLASS},
    {"503 with a shorter wait than ours", FAILURE_SERVER, 503, 250, 2, 0, RETRY_AGAIN, 250, NAMED},
    {"503 with a longer wait than ours", FAILURE_SERVER, 503, 9000, 1, 0, RETRY_AGAIN, 9000, NAMED},
    {"503 with a day", FAILURE_SERVER, 503, 86400000, 1, 0, RETRY_NEXT, 0, TOO_LONG},
    {"503 with the longest wait there is", FAILURE_SERVER, 503, INT64_MAX / 4, 1, 0, RETRY_NEXT, 0,
     TOO_LONG},
    {"503 with a day, not listened to", FAILURE_SERVER, 503, 86400000, 1, DEAF, RETRY_AGAIN, 1000,
     BACKOFF},
    {"quota is not cured by a named wait", FAILURE_QUOTA, 429, 700, 1, 0, RETRY_NEXT, 0, CLASS},
    {"auth is not cured by a named wait", FAILURE_AUTH, 401, 700, 1, 0, RETRY_NEXT, 0, CLASS},

    /* What stands in the way of another try. */
    {"what would only come again", FAILURE_SERVER, 500, NONE, 1, REPEATS, RETRY_NEXT, 0, AGAIN},
    {"what would only come again from the last one", FAILURE_SERVER, 500, NONE, 1, LAST | REPEATS,
     RETRY_END, 0, AGAIN},
    {"what would only come again in another shape", FAILURE_PROTOCOL, 200, NONE, 1, REPEATS,
     RETRY_NEXT, 0, AGAIN},
    {"nobody listens", FAILURE_NETWORK, 0, NONE, 1, NOT_RUNNING, RETRY_AGAIN, 1000, BACKOFF},
    {"nobody listens, after min_wait whatever the multiplier", FAILURE_NETWORK, 0, NONE, 1,
     NOT_RUNNING | SLOW, RETRY_AGAIN, 1000, BACKOFF},
    {"nobody listens still", FAILURE_NETWORK, 0, NONE, 2, NOT_RUNNING, RETRY_NEXT, 0, NOBODY},
    {"nobody listens still, and nobody follows", FAILURE_NETWORK, 0, NONE, 2, NOT_RUNNING | LAST,
     RETRY_END, 0, NOBODY},
    {"another fault after nobody listened", FAILURE_SERVER, 503, NONE, 2, 0, RETRY_AGAIN, 2000,
     BACKOFF},
    {"offline in the meantime", FAILURE_NETWORK, 0, NONE, 1, OFFLINE, RETRY_NEXT, 0, "offline"},
    {"offline, and nobody follows", FAILURE_NETWORK, 0, NONE, 1, OFFLINE | LAST, RETRY_END, 0,
     "offline"},
    {"the breaker opened", FAILURE_SERVER, 503, NONE, 1, BREAKER, RETRY_NEXT, 0,
     "its breaker is open"},
    {"the breaker opened, and the wait is named", FAILURE_RATE_LIMIT, 429, 10, 1, BREAKER,
     RETRY_NEXT, 0, "its breaker is open"},
    {"the budget is empty", FAILURE_SERVER, 503, NONE, 1, BUDGET, RETRY_NEXT, 0,
     "retry budget used up"},
    {"the budget is empty, and the wait is named", FAILURE_RATE_LIMIT, 429, 10, 1, BUDGET,
     RETRY_NEXT, 0, "retry budget used up"},
    {"the budget does not matter where nothing is retried", FAILURE_AUTH, 401, NONE, 1, BUDGET,
     RETRY_NEXT, 0, CLASS},

    /* Settings that keep an exchange here. */
    {"server is not moved on", FAILURE_SERVER, 500, NONE, 3, STAY, RETRY_RELAY, 0, USED_UP},
    {"server is retried before that", FAILURE_SERVER, 500, NONE, 1, STAY, RETRY_AGAIN, 1000,
     BACKOFF},
    {"auth is not moved on", FAILURE_AUTH, 401, NONE, 1, STAY, RETRY_RELAY, 0, CLASS},
    {"network is not moved on, though it holds no answer", FAILURE_NETWORK, 0, NONE, 3, STAY,
     RETRY_RELAY, 0, USED_UP},
    {"server of the last one is not relayed", FAILURE_SERVER, 500, NONE, 3, STAY | LAST, RETRY_END,
     0, USED_UP},
    {"server is not retried", FAILURE_SERVER, 503, NONE, 1, NEVER, RETRY_NEXT, 0, CLASS},
    {"auth is retried when the settings say so", FAILURE_AUTH, 401, NONE, 1, EVERYTHING,
     RETRY_AGAIN, 1000, BACKOFF},
};

static struct retry_policy policy_of(unsigned other)
{
    struct retry_policy policy = {.attempts = 3,
                                  .multiplier = 1.0,
                                  .min_wait_ms = 1000,
                                  .max_wait_ms = 10000,
                                  .on = failure_default_retry(),
                                  .honour_retry_after = !(other & DEAF),
                                  .ambiguous = !(other & STRICT),
                                  .budget = 0.2};
    if (other & SLOW)
        policy.multiplier = 5;
    if (other & ON_429)
        policy.on |= FAILURE_BIT(FAILURE_RATE_LIMIT);
    if (other & NEVER)
        policy.on = 0;
    if (other & EVERYTHING)
        policy.on = ~0u;
    return policy;
}

static failure_set fallback_of(unsigned other)
{
    if (other & STAY)
        return 0;
    return other & EVERYTHING ? ~0u : failure_default_fallback();
}

static struct retry_situation situation_of(int tries, unsigned other)
{
    return (struct retry_situation){.tries = tries,
                                    .now_ms = NOW_MS,
                                    .provider_end_ms = NOW_MS + 100000,
                                    .has_next = !(other & LAST),
                                    .alone = other & ALONE,
                                    .offline = other & OFFLINE,
                                    .breaker_open = other & BREAKER,
                                    .budget_empty = other & BUDGET,
                                    .random = 0.5};
}

static void check(const char *name, struct retry_decision got, enum retry_verdict verdict,
                  int64_t wait_ms, const char *reason)
{
    const char *why = retry_reason_sentence(got.reason);
    ck_assert_msg(got.verdict == verdict, "%s: verdict %d, %s", name, (int)got.verdict, why);
    ck_assert_msg(got.wait_ms == wait_ms, "%s: %lld ms", name, (long long)got.wait_ms);
    ck_assert_msg(strcmp(why, reason) == 0, "%s: %s", name, why);
}

START_TEST(a_failure_is_decided_on)
{
    const struct row *row = &rows[_i];
    const struct attempt_result result = {.failure = row->failure,
                                          .status = row->status,
                                          .retry_after_ms = row->retry_after_ms,
                                          .repeats = row->other & REPEATS,
                                          .not_running = row->other & NOT_RUNNING};
    struct retry_policy policy = policy_of(row->other);
    struct retry_situation situation = situation_of(row->tries, row->other);
    check(row->name, retry_decide(&policy, fallback_of(row->other), &result, &situation),
          row->verdict, row->wait_ms, row->reason);
}
END_TEST

/* With ambiguous = no, what may have been processed is not sent to the same provider again. */
static const struct {
    const char *name;
    enum transport transport;
    int status; /* 0: the transport tells */
    bool strict_again;
} ambiguous[] = {
    {"DNS", TRANSPORT_DNS, 0, true},
    {"connect refused", TRANSPORT_CONNECT, 0, true},
    {"TLS", TRANSPORT_TLS, 0, true},
    {"connect timeout", TRANSPORT_CONNECT_TIMEOUT, 0, true},
    {"408", TRANSPORT_OK, 408, true},
    {"503", TRANSPORT_OK, 503, true},
    {"521", TRANSPORT_OK, 521, true},
    {"529", TRANSPORT_OK, 529, true},
    {"first-byte timeout", TRANSPORT_FIRST_BYTE_TIMEOUT, 0, false},
    {"idle timeout", TRANSPORT_IDLE_TIMEOUT, 0, false},
    {"reset", TRANSPORT_RESET, 0, false},
    {"malformed", TRANSPORT_MALFORMED, 0, false},
    {"truncated", TRANSPORT_TRUNCATED, 0, false},
    {"500", TRANSPORT_OK, 500, false},
    {"502", TRANSPORT_OK, 502, false},
    {"504", TRANSPORT_OK, 504, false},
    {"520", TRANSPORT_OK, 520, false},
    {"524", TRANSPORT_OK, 524, false},
};

START_TEST(what_may_have_been_processed_is_sent_again_only_if_allowed)
{
    const struct provider_error nothing = {0};
    int status = ambiguous[_i].status;
    enum transport transport = ambiguous[_i].transport;
    const struct attempt_result result = {
        .failure = status ? failure_of_answer(SPEAKER_OPENAI, status, &nothing)
                          : transport_failure(transport),
        .transport = transport,
        .status = status,
        .retry_after_ms = NONE,
        .processed = status ? failure_status_processed(status) : transport_processed(transport)};
    struct retry_situation situation = situation_of(1, 0);
    struct retry_policy loose = policy_of(0), strict = policy_of(STRICT);
    check(ambiguous[_i].name, retry_decide(&loose, failure_default_fallback(), &result, &situation),
          RETRY_AGAIN, 1000, BACKOFF);
    bool again = ambiguous[_i].strict_again;
    check(ambiguous[_i].name,
          retry_decide(&strict, failure_default_fallback(), &result, &situation),
          again ? RETRY_AGAIN : RETRY_NEXT, again ? 1000 : 0, again ? BACKOFF : MAYBE);
}
END_TEST

static const struct {
    const char *name;
    int64_t left_ms, retry_after_ms;
    enum retry_verdict verdict;
    int64_t wait_ms;
} shares[] = {
    {"the wait fits", 1001, NONE, RETRY_AGAIN, 1000},
    {"the wait would end with the share", 1000, NONE, RETRY_NEXT, 0},
    {"the wait is longer than the share", 999, NONE, RETRY_NEXT, 0},
    {"the named wait fits", 5001, 5000, RETRY_AGAIN, 5000},
    {"the named wait would end with the share", 5000, 5000, RETRY_NEXT, 0},
    {"the share is over", 0, NONE, RETRY_NEXT, 0},
    {"the share was over long ago", -NOW_MS, 0, RETRY_NEXT, 0},
    {"no wait fits into a moment", 1, 0, RETRY_AGAIN, 0},
};

START_TEST(a_wait_that_does_not_fit_is_not_begun)
{
    const struct attempt_result result = {
        .failure = FAILURE_SERVER, .status = 503, .retry_after_ms = shares[_i].retry_after_ms};
    struct retry_policy policy = policy_of(0);
    struct retry_situation situation = situation_of(1, 0);
    situation.provider_end_ms = NOW_MS + shares[_i].left_ms;
    struct retry_decision got =
        retry_decide(&policy, failure_default_fallback(), &result, &situation);
    bool again = shares[_i].verdict == RETRY_AGAIN;
    const char *reason = shares[_i].retry_after_ms == NONE ? BACKOFF : NAMED;
    check(shares[_i].name, got, shares[_i].verdict, shares[_i].wait_ms,
          again ? reason : "no time left for another try");
    situation.has_next = false;
    got = retry_decide(&policy, failure_default_fallback(), &result, &situation);
    ck_assert_int_eq(got.verdict, again ? RETRY_AGAIN : RETRY_END);
}
END_TEST

START_TEST(jitter_shortens_our_waits_and_no_named_one)
{
    struct attempt_result result = {
        .failure = FAILURE_SERVER, .status = 503, .retry_after_ms = NONE};
    struct retry_policy policy = policy_of(0);
    struct retry_situation situation = situation_of(2, 0);
    policy.jitter = 0.5;
    check("ours", retry_decide(&policy, failure_default_fallback(), &result, &situation),
          RETRY_AGAIN, 1500, BACKOFF);
    result.retry_after_ms = 2000;
    check("theirs", retry_decide(&policy, failure_default_fallback(), &result, &situation),
          RETRY_AGAIN, 2000, NAMED);
}
END_TEST

START_TEST(one_attempt_is_one_attempt)
{
    const struct attempt_result result = {
        .failure = FAILURE_RATE_LIMIT, .status = 429, .retry_after_ms = 0};
    struct retry_policy policy = policy_of(EVERYTHING);
    struct retry_situation situation = situation_of(1, 0);
    policy.attempts = 1;
    check("one", retry_decide(&policy, failure_default_fallback(), &result, &situation), RETRY_NEXT,
          0, USED_UP);
}
END_TEST

START_TEST(a_clock_near_its_end_does_not_overflow)
{
    const struct attempt_result result = {
        .failure = FAILURE_SERVER, .status = 503, .retry_after_ms = NONE};
    struct retry_policy policy = policy_of(0);
    struct retry_situation situation = situation_of(1, 0);
    situation.now_ms = INT64_MAX - 10;
    situation.provider_end_ms = INT64_MAX;
    check("late", retry_decide(&policy, failure_default_fallback(), &result, &situation),
          RETRY_NEXT, 0, "no time left for another try");
}
END_TEST

static const struct {
    const char *name;
    int64_t begun_ms, deadline_ms;
    int after;
    int64_t end_ms;
} ends[] = {
    {"the last one has all", 500, 290000, 0, 290500},
    {"one to follow leaves it a third", 0, 300000, 1, 200000},
    {"two to follow leave half", 0, 300000, 2, 150000},
    {"three to follow", 0, 300000, 3, 120000},
    {"nobody follows less than nobody", 0, 300000, -1, 300000},
    {"a short deadline", 0, 1, 1, 1},
    {"a deadline of two", 0, 2, 1, 2},
    {"a deadline of three", 0, 3, 1, 2},
    {"no time at all", 7, 0, 1, 7},
    {"an endless deadline", 7, INT64_MAX, 0, INT64_MAX},
};

START_TEST(a_share_is_kept_for_those_that_follow)
{
    int64_t end_ms = retry_share_end_ms(ends[_i].begun_ms, ends[_i].deadline_ms, ends[_i].after);
    ck_assert_msg(end_ms == ends[_i].end_ms, "%s: %lld", ends[_i].name, (long long)end_ms);
}
END_TEST

static const struct {
    enum retry_reason reason;
    const char *word;
} words[] = {
    {RETRY_REASON_NONE, ""},
    {RETRY_REASON_BUDGET, "budget"},
    {RETRY_REASON_ATTEMPTS, "attempts"},
    {RETRY_REASON_NAMED_WAIT, "retry_after"},
    {RETRY_REASON_LONG_WAIT, "retry_after"},
    {RETRY_REASON_CANCELLED, "cancelled"},
};

START_TEST(each_reason_has_a_word_for_the_log)
{
    ck_assert_str_eq(retry_reason_word(words[_i].reason), words[_i].word);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("retry");
    TCase *tc = tcase_create("decisions");
    tcase_add_loop_test(tc, a_failure_is_decided_on, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_may_have_been_processed_is_sent_again_only_if_allowed, 0,
                        ROWS(ambiguous));
    tcase_add_loop_test(tc, a_wait_that_does_not_fit_is_not_begun, 0, ROWS(shares));
    tcase_add_test(tc, jitter_shortens_our_waits_and_no_named_one);
    tcase_add_test(tc, one_attempt_is_one_attempt);
    tcase_add_test(tc, a_clock_near_its_end_does_not_overflow);
    tcase_add_loop_test(tc, each_reason_has_a_word_for_the_log, 0, ROWS(words));
    tcase_add_loop_test(tc, a_share_is_kept_for_those_that_follow, 0, ROWS(ends));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
