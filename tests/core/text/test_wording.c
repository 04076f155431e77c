/* Parts of messages, in their order. */
#include "text/wording.h"
#include "unit.h"

static const struct row {
    const char *message, *words;
    bool fits;
} rows[] = {
    {"the model is overloaded", "overloaded", true},
    {"The Model Is", "the model", true},
    {"the model `x` does not exist", "model * does not exist", true},
    {"does not exist: the model", "model*does not exist", false},
    {"a", "a*a", false},
    {"aa", "a*a", true},
    {"anything", "", true},
    {"anything", "*", true},
    {"", "a", false},
    {"mode", "model", false},
    {"The model `x:1` does not exist", "the model ? does not exist", true},
    {"the model x y does not exist", "the model ? does not exist", false},
    {"the model  does not exist", "the model ? does not exist", false},
    {"the model x is not the model y does not exist", "the model ? does not exist", true},
    {"model 'x' not found", "model '?' not found", true},
    {"model 'x'", "model '?'", true},
    {"model '", "model '?", false},
    {"x: a b, y: a c", "?: * c", true},
    {"a model x", "a*?x", false},
    {"a model xx", "a*?x", true},
};

START_TEST(parts_are_found_in_their_order)
{
    const struct row *row = &rows[_i];
    ck_assert_msg(wording_fits(row->message, row->words) == row->fits, "%s / %s", row->message,
                  row->words);
}
END_TEST

START_TEST(it_tells_where_a_part_ends)
{
    const char *message = "is too large: 17";
    ck_assert_str_eq(wording_behind(message, "TOO LARGE: of", 11), "17");
    ck_assert_ptr_null(wording_behind(message, "small", 5));
}
END_TEST

static const struct row names[] = {
    {"Unknown parameter: 'stop'.", "stop", true},
    {"stop", "stop", true},
    {"stop_sequences, stop2 and nonstop", "stop", false},
    {"stop_sequences and stop", "stop", true},
    {"Stop", "stop", false},
    {"", "stop", false},
};

START_TEST(a_word_is_named_by_itself_only)
{
    const struct row *row = &names[_i];
    ck_assert_msg(wording_names(row->message, row->words) == row->fits, "%s / %s", row->message,
                  row->words);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("wording");
    TCase *tc = tcase_create("wording");
    tcase_add_loop_test(tc, parts_are_found_in_their_order, 0, ROWS(rows));
    tcase_add_test(tc, it_tells_where_a_part_ends);
    tcase_add_loop_test(tc, a_word_is_named_by_itself_only, 0, ROWS(names));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
