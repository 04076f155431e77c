/* Which word was meant, and when it is better to say nothing. */
#include "text/suggest.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *word;
    const char *best; /* of attempts, min_wait, max_wait, on */
} words[] = {
    {"a letter is missing", "atempts", "attempts"},
    {"a letter is too many", "atttempts", "attempts"},
    {"a letter is another", "attemqts", "attempts"},
    {"two neighbours are swapped", "attepmts", "attempts"},
    {"capital letters", "ATTEMPTS", "attempts"},
    {"the nearer of two", "mxn_wait", "min_wait"},
    {"the word itself", "on", "on"},
    {"a short word with one mistake", "onn", "on"},
    {"nothing is like it", "colour", NULL},
    {"a short word with no letter in common", "xy", NULL},
    {"an empty word", "", NULL},
    {"a word too long to compare", "attemptsattemptsattemptsattemptsattemptsattemptsx", NULL},
};

START_TEST(the_closest_word_is_suggested)
{
    struct suggest suggest = suggest_for(text_of(words[_i].word));
    suggest_offer(&suggest, "attempts");
    suggest_offer(&suggest, "min_wait");
    suggest_offer(&suggest, "max_wait");
    suggest_offer(&suggest, "on");
    const char *best = suggest.best ? suggest.best : "nothing";
    ck_assert_msg(strcmp(best, words[_i].best ? words[_i].best : "nothing") == 0, "%s: %s",
                  words[_i].name, best);
}
END_TEST

START_TEST(a_hint_says_the_word_or_nothing)
{
    char endless[400] = {0};
    memset(endless, 'x', sizeof(endless) - 1);
    ck_assert_str_eq(SUGGEST_HINT(NULL), "");
    ck_assert_str_eq(SUGGEST_HINT("retry"), "; did you mean \"retry\"?");
    const char *cut = SUGGEST_HINT(endless);
    ck_assert_uint_lt(strlen(cut), sizeof(struct suggest_hint));
    ck_assert_str_eq(cut + strlen(cut) - 3, "x\"?");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("suggest");
    TCase *tc = tcase_create("suggest");
    tcase_add_loop_test(tc, the_closest_word_is_suggested, 0, ROWS(words));
    tcase_add_test(tc, a_hint_says_the_word_or_nothing);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
