/* A wait as providers write it, and what is none. */
#include "failure/wait_words.h"
#include "http/retry_after.h"
#include "unit.h"

static const struct {
    const char *text;
    int64_t ms; /* -1 = none */
} durations[] = {
    {"7.66s", 7660},
    {"34s", 34000},
    {"34.074824224s", 34075},
    {"120ms", 120},
    {"0.4ms", 1},
    {"1m26.4s", 86400},
    {"1m0.363142857s", 60364},
    {"6m0s", 360000},
    {"2h1m", 7260000},
    {"1d", 86400000},
    {"6 seconds.", 6000},
    {"1 minute 30 seconds", 90000},
    {"5 minutes and 30 seconds", 330000},
    {"1 hour, 2 minutes, and 3 seconds", 3723000},
    {"2m, 5s", 125000},
    {"6 seconds and 1 day of quota", 6000},
    {"6 seconds and 3 more", 6000},
    {"6 seconds andante 3 ms", 6000},
    {"24 hours", 86400000},
    {"1 HOUR", 3600000},
    {"5s, then more", 5000},
    {"99999999999999999999s", RETRY_AFTER_MAX_MS},
    {"0s", 0},
    {"5", -1},
    {"5 apples", -1},
    {"5. s", -1},
    {"s", -1},
    {"-5s", -1},
    {"", -1},
};

START_TEST(a_duration_as_providers_write_it)
{
    int64_t ms = wait_words_duration(text_of(durations[_i].text));
    ck_assert_msg(ms == durations[_i].ms, "%s: %lld", durations[_i].text, (long long)ms);
}
END_TEST

static const struct {
    const char *words;
    int64_t ms;
} sentences[] = {
    {"Rate limit reached. Please try again in 7.66s. Visit https://x", 7660},
    {"please try again after 1 seconds", 1000},
    {"Please retry after 6 seconds. Please go here: https://x", 6000},
    {"Please retry in 34.07s.", 34070},
    {"Too many requests. PLEASE WAIT 43 seconds before retrying", 43000},
    {"Please try again in a moment. Try again in 2s.", 2000},
    {"Rate limited: try again in 5 minutes and 30 seconds.", 330000},
    {"You exceeded your current quota. Your limit resets in 3 hours", 10800000},
    {"please try again later", 0},
    {"try again in 0s", 0},
    {"try again in 5 attempts", 0},
    {"Please try again in", 0},
    {"", 0},
};

START_TEST(a_wait_in_a_sentence)
{
    int64_t ms = wait_words_read(text_of(sentences[_i].words));
    ck_assert_msg(ms == sentences[_i].ms, "%s: %lld", sentences[_i].words, (long long)ms);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("wait_words");
    TCase *tc = tcase_create("wait_words");
    tcase_add_loop_test(tc, a_duration_as_providers_write_it, 0, ROWS(durations));
    tcase_add_loop_test(tc, a_wait_in_a_sentence, 0, ROWS(sentences));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
