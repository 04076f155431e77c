/* The words of the switch are found again, and nothing else is. */
#include "control/control_word.h"
#include "unit.h"

START_TEST(a_word_is_found)
{
    enum control_word id = (enum control_word)_i;
    ck_assert_int_eq(control_word_find(text_of(control_word(id))), id);
    ck_assert_ptr_nonnull(control_word_meaning(id));
}
END_TEST

static const char *const others[] = {"", "o", "ONN", "On", "offf", "stat"};

START_TEST(another_is_not)
{
    ck_assert_int_eq(control_word_find(text_of(others[_i])), CONTROL_WORD_COUNT);
    ck_assert_int_eq(control_word_find((struct text){0}), CONTROL_WORD_COUNT);
}
END_TEST

START_TEST(a_switch_has_the_word_of_its_place)
{
    ck_assert_str_eq(control_word(control_word_of(true)), "on");
    ck_assert_str_eq(control_word(control_word_of(false)), "off");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("control_word");
    TCase *tc = tcase_create("control_word");
    tcase_add_loop_test(tc, a_word_is_found, 0, CONTROL_WORD_COUNT);
    tcase_add_loop_test(tc, another_is_not, 0, ROWS(others));
    tcase_add_test(tc, a_switch_has_the_word_of_its_place);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
