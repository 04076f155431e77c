/* Each member that an app half knows has a row on the page, and each row is one that can be asked.
 */
#include "dialect/dialect.h"
#include "json_row.h"
#include "tell/carried.h"
#include "unit.h"

static bool has_row(const struct dialect *dialect, const char *member)
{
    const struct carried_sample *sample;
    for (size_t i = 0; (sample = carried_sample_at(i)) != NULL; i++)
        if (strcmp(sample->app, dialect->word) == 0 && strcmp(sample->name, member) == 0)
            return true;
    return false;
}

START_TEST(every_member_that_is_known_has_a_row)
{
    size_t members = 0;
    for (size_t d = 0; d < dialect_count(); d++) {
        const struct dialect *dialect = dialect_at(d);
        const char *member;
        if (!dialect->app || !dialect->asked_on)
            continue;
        ck_assert_msg(dialect->app->member != NULL, "%s", dialect->word);
        for (size_t n = 0; (member = dialect->app->member(n)) != NULL; n++, members++)
            ck_assert_msg(has_row(dialect, member), "%s: %s has no row in carried_samples.c",
                          dialect->word, member);
    }
    ck_assert_uint_gt(members, 100);
}
END_TEST

START_TEST(every_row_stands_once_and_is_json)
{
    const struct carried_sample *sample, *other;
    for (size_t i = 0; (sample = carried_sample_at(i)) != NULL; i++) {
        json_decref(json_row_load(sample->members));
        if (sample->beside)
            json_decref(json_row_load(sample->beside));
        ck_assert_ptr_nonnull(dialect_by_word(sample->app));
        for (size_t n = 0; n < i; n++) {
            other = carried_sample_at(n);
            ck_assert_msg(strcmp(other->app, sample->app) != 0 ||
                              strcmp(other->name, sample->name) != 0,
                          "%s: %s", sample->app, sample->name);
        }
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("carried_samples");
    TCase *tc = tcase_create("rows");
    tcase_add_test(tc, every_member_that_is_known_has_a_row);
    tcase_add_test(tc, every_row_stands_once_and_is_json);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
