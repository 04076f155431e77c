/* Where a provider says how long to wait, and what is none. */
#include "failure/named_wait.h"
#include "unit.h"

#define NOW 1795000000

static const struct answer {
    const char *name;
    enum failure failure;
    int64_t in_words;
    const char *fields[8]; /* a name, a value, ... */
    int64_t ms;
} answers[] = {
    {"nothing", FAILURE_RATE_LIMIT, 0, {NULL}, -1},
    {"Retry-After", FAILURE_RATE_LIMIT, 0, {"retry-after", "2"}, 2000},
    {"Retry-After counts before the words", FAILURE_RATE_LIMIT, 7660, {"retry-after", "2"}, 2000},
    {"retry-after-ms counts before both",
     FAILURE_RATE_LIMIT,
     7660,
     {"retry-after", "2", "retry-after-ms", "250"},
     250},
    {"a Retry-After that cannot be read", FAILURE_RATE_LIMIT, 7660, {"retry-after", "soon"}, 7660},
    {"words", FAILURE_RATE_LIMIT, 7660, {NULL}, 7660},
    {"words of an overload", FAILURE_SERVER, 30000, {NULL}, 30000},
    {"words of another failure", FAILURE_QUOTA, 7660, {NULL}, -1},
    {"a limit that is used up",
     FAILURE_RATE_LIMIT,
     0,
     {"x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "6m0s"},
     360000},
    {"one that is not",
     FAILURE_RATE_LIMIT,
     0,
     {"x-ratelimit-remaining-tokens", "10", "x-ratelimit-reset-tokens", "6m0s"},
     -1},
    {"one of which it is not told",
     FAILURE_RATE_LIMIT,
     0,
     {"x-ratelimit-reset-tokens", "6m0s"},
     -1},
    {"the later of two",
     FAILURE_RATE_LIMIT,
     0,
     {"x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "1s",
      "x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "3s"},
     3000},
    {"more than was allowed",
     FAILURE_RATE_LIMIT,
     0,
     {"x-ratelimit-remaining-tokens", "-7", "x-ratelimit-reset-tokens", "1s"},
     1000},
    {"a number of seconds",
     FAILURE_RATE_LIMIT,
     0,
     {"x-ratelimit-remaining-tokens-minute", "0", "x-ratelimit-reset-tokens-minute", "11.382867"},
     11383},
    {"an instant in ms",
     FAILURE_RATE_LIMIT,
     0,
     {"x-ratelimit-remaining", "0", "x-ratelimit-reset", "1795000004000"},
     4000},
    {"an instant in seconds",
     FAILURE_RATE_LIMIT,
     0,
     {"x-ratelimit-remaining", "0", "x-ratelimit-reset", "1795000004"},
     4000},
    {"an instant that is over",
     FAILURE_RATE_LIMIT,
     0,
     {"x-ratelimit-remaining", "0", "x-ratelimit-reset", "1794999999"},
     -1},
    {"words count before limits",
     FAILURE_RATE_LIMIT,
     7660,
     {"x-ratelimit-remaining", "0", "x-ratelimit-reset", "5"},
     7660},
    {"limits of another failure",
     FAILURE_SERVER,
     0,
     {"x-ratelimit-remaining", "0", "x-ratelimit-reset", "5"},
     -1},
};

static struct text field_of(const void *of, const char *name)
{
    const struct answer *answer = of;
    for (size_t i = 0; i + 1 < ROWS(answer->fields) && answer->fields[i]; i += 2)
        if (strcmp(answer->fields[i], name) == 0)
            return text_of(answer->fields[i + 1]);
    return (struct text){0};
}

START_TEST(the_wait_of_a_whole_answer)
{
    const struct answer *answer = &answers[_i];
    const struct provider_error error = {.wait_ms = answer->in_words};
    int64_t ms = named_wait(answer->failure, &error, field_of, answer, NOW);
    ck_assert_msg(ms == answer->ms, "%s: %lld", answer->name, (long long)ms);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("named_wait");
    TCase *tc = tcase_create("named_wait");
    tcase_add_loop_test(tc, the_wait_of_a_whole_answer, 0, ROWS(answers));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
