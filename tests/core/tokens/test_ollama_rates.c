/* What a model's counts teach, and that nothing which it tells makes the estimate absurd. */
#include "tokens/ollama_tokens.h"
#include "unit.h"

static struct ollama_count count_of(int64_t words, int64_t digits)
{
    return (struct ollama_count){
        .hundredths = {[OLLAMA_KIND_WORDS] = words * 100, [OLLAMA_KIND_DIGITS] = digits * 100}};
}

static const struct {
    const char *name;
    int64_t words, digits; /* learned from */
    int64_t told;
    int64_t more_words, more_digits; /* asked for after that */
    int64_t want;
} rows[] = {
    {"nothing was learned", 0, 0, 0, 1000, 1000, 2000},
    {"digits that cost a third", 0, 3000, 1000, 0, 6000, 2000},
    {"that says nothing of words", 0, 3000, 1000, 2000, 0, 2000},
    {"digits that cost twice as much", 0, 1000, 2000, 0, 1000, 2000},
    {"one part in ten bears one part of it", 900, 100, 1100, 900, 100, 1082},
    {"a short prompt teaches what is added to it", 100, 0, 500, 1000, 0, 1200},
    {"a count of next to nothing was cached", 5000, 0, 40, 5000, 0, 5000},
    {"a count far too high is held", 1000, 0, INT64_MAX, 1000, 0, 5000},
    {"none was told", 1000, 0, 0, 1000, 0, 1000},
    {"a count below zero", 1000, 0, INT64_MIN, 1000, 0, 1000},
};

START_TEST(the_next_prompt_is_estimated_by_the_last)
{
    struct ollama_rates rates = {0};
    struct ollama_count before = count_of(rows[_i].words, rows[_i].digits);
    struct ollama_count after = count_of(rows[_i].more_words, rows[_i].more_digits);
    ollama_rates_learn(&rates, &before, rows[_i].told);
    int64_t got = ollama_count_tokens(&after, &rates);
    ck_assert_msg(got >= rows[_i].want - 1 && got <= rows[_i].want + 1, "%s: %jd", rows[_i].name,
                  (intmax_t)got);
}
END_TEST

START_TEST(images_teach_nothing)
{
    struct ollama_rates rates = {0};
    struct ollama_count count = count_of(1000, 0);
    count.attachments = 1;
    ollama_rates_learn(&rates, &count, 5000);
    ck_assert(!rates.known);
    ck_assert_int_eq(ollama_count_tokens(&count, &rates), 1768);
}
END_TEST

START_TEST(mixed_prompts_come_closer_each_time)
{
    struct ollama_rates rates = {0};
    struct ollama_count count = count_of(1000, 1000);
    int64_t before = 2000;
    for (int i = 0; i < 8; i++) {
        ollama_rates_learn(&rates, &count, 4000);
        int64_t now = ollama_count_tokens(&count, &rates);
        ck_assert_int_ge(now, before);
        before = now;
    }
    ck_assert_int_ge(before, 3900);
    ck_assert_int_le(before, 4001);
}
END_TEST

/* As of versions that leave out of the count what they had in their cache. */
START_TEST(counts_that_were_too_low_are_not_believed_again)
{
    struct ollama_rates rates = {0};
    struct ollama_count count = count_of(10000, 0);
    ollama_rates_learn(&rates, &count, 3000);
    ck_assert_int_le(ollama_count_tokens(&count, &rates), 3001);
    ollama_rates_doubt(&rates);
    ck_assert_int_eq(ollama_count_tokens(&count, &rates), 10000);
    ollama_rates_learn(&rates, &count, 3000);
    ck_assert_int_eq(ollama_count_tokens(&count, &rates), 10000);
    ollama_rates_learn(&rates, &count, 12000);
    ck_assert_int_ge(ollama_count_tokens(&count, &rates), 11999);
}
END_TEST

START_TEST(more_than_can_be_counted)
{
    struct ollama_count count;
    struct ollama_rates rates = {.known = true, .of_kind = {5, 5, 5, 5, 5, 5, 5, 5}};
    for (int kind = 0; kind < OLLAMA_KIND_COUNT; kind++)
        count.hundredths[kind] = INT64_MAX;
    count.attachments = 0;
    ck_assert_int_eq(ollama_count_tokens(&count, &rates), INT64_MAX / 4);
    count = (struct ollama_count){.attachments = INT64_MAX};
    ck_assert_int_eq(ollama_count_tokens(&count, NULL), INT64_MAX / 4);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_rates");
    TCase *tc = tcase_create("rates");
    tcase_add_loop_test(tc, the_next_prompt_is_estimated_by_the_last, 0, ROWS(rows));
    tcase_add_test(tc, images_teach_nothing);
    tcase_add_test(tc, mixed_prompts_come_closer_each_time);
    tcase_add_test(tc, counts_that_were_too_low_are_not_believed_again);
    tcase_add_test(tc, more_than_can_be_counted);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
