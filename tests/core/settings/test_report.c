/* Lines of errors and warnings, and the places they name. */
#include <stdio.h>

#include "settings/setting.h"
#include "unit.h"

static const struct {
    const char *name;
    struct origin origin;
    const char *shown; /* by `understudy config` */
    const char *line;  /* what an error begins with */
} places[] = {
    {"a default has no place", {.kind = ORIGIN_DEFAULT}, "default", "wrong"},
    {"a line of a file", {ORIGIN_FILE, 12, {"f.ini", 5}}, "f.ini:12", "f.ini:12: wrong"},
    {"a variable",
     {ORIGIN_ENVIRONMENT, 0, {"UNDERSTUDY_X=1", 12}},
     "env UNDERSTUDY_X",
     "env UNDERSTUDY_X: wrong"},
    {"a variable with a plain name",
     {ORIGIN_PLAIN, 0, {"OLLAMA_HOST", 11}},
     "env OLLAMA_HOST",
     "env OLLAMA_HOST: wrong"},
    {"a flag is told by its key",
     {ORIGIN_FLAG, 0, {"retry.attempts=x", 14}},
     "flag",
     "-s retry.attempts: wrong"},
};

START_TEST(each_place_has_its_words)
{
    struct config_errors lines = {0};
    struct report report = {.to = &lines};
    char shown[64];
    report_origin(&places[_i].origin, shown, sizeof(shown));
    ck_assert_str_eq(shown, places[_i].shown);
    report_error(&report, &places[_i].origin, "%s", "wrong");
    report_warning(&report, &places[_i].origin, "wr%cng", 'o');
    ck_assert_str_eq(lines.errors.at[0], places[_i].line);
    ck_assert_str_eq(lines.warnings.at[0], places[_i].line);
    ck_assert_uint_eq(report.errors, 1);
    config_errors_done(&lines);
}
END_TEST

START_TEST(an_error_about_no_place_has_none)
{
    struct config_errors lines = {0};
    struct report report = {.to = &lines};
    report_error(&report, NULL, "wrong");
    ck_assert_str_eq(lines.errors.at[0], "wrong");
    ck_assert_uint_eq(lines.warnings.count, 0);
    config_errors_done(&lines);
}
END_TEST

START_TEST(an_origin_is_cut_at_the_size_of_its_room)
{
    const struct origin origin = {ORIGIN_ENVIRONMENT, 0, {"ABCDEFGH", 8}};
    char shown[8];
    report_origin(&origin, shown, sizeof(shown));
    ck_assert_str_eq(shown, "env ABC");
}
END_TEST

START_TEST(a_line_is_one_line)
{
    struct config_errors lines = {0};
    struct report report = {.to = &lines};
    report_error(&report, NULL, "a\nb\x1b[0m\x7f\tc");
    ck_assert_str_eq(lines.errors.at[0], "a?b?[0m??c");
    config_errors_done(&lines);
}
END_TEST

START_TEST(a_long_line_is_cut)
{
    struct config_errors lines = {0};
    struct report report = {.to = &lines};
    char name[3000];
    memset(name, 'n', sizeof(name));
    const struct origin origin = {ORIGIN_FILE, 1, {name, sizeof(name)}};
    report_error(&report, &origin, "%.*s", (int)sizeof(name), name);
    ck_assert_ptr_nonnull(lines.errors.at);
    ck_assert_uint_eq(strlen(lines.errors.at[0]), 1999);
    config_errors_done(&lines);
}
END_TEST

START_TEST(errors_beyond_the_hundredth_are_counted_and_not_shown)
{
    struct config_errors lines = {0};
    struct report report = {.to = &lines};
    for (int i = 1; i <= 150; i++) {
        report_error(&report, NULL, "error %d", i);
        report_warning(&report, NULL, "warning %d", i);
    }
    ck_assert_uint_eq(report.errors, 150);
    ck_assert_uint_eq(lines.errors.count, REPORT_ERRORS_MAX + 1);
    ck_assert_str_eq(lines.errors.at[REPORT_ERRORS_MAX - 1], "error 100");
    ck_assert_str_eq(lines.errors.at[REPORT_ERRORS_MAX], "more errors are not shown");
    ck_assert_uint_eq(lines.warnings.count, REPORT_ERRORS_MAX);
    ck_assert(!report.out_of_memory);
    config_errors_done(&lines);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("report");
    TCase *tc = tcase_create("report");
    tcase_add_loop_test(tc, each_place_has_its_words, 0, ROWS(places));
    tcase_add_test(tc, an_error_about_no_place_has_none);
    tcase_add_test(tc, an_origin_is_cut_at_the_size_of_its_room);
    tcase_add_test(tc, a_line_is_one_line);
    tcase_add_test(tc, a_long_line_is_cut);
    tcase_add_test(tc, errors_beyond_the_hundredth_are_counted_and_not_shown);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
