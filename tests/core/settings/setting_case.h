/* A set of settings and what was said while it grew, for the tests of the setting modules. */
#ifndef UNDERSTUDY_SETTING_CASE_H
#define UNDERSTUDY_SETTING_CASE_H

#include <stdio.h>

#include "config_case.h"
#include "settings/setting.h"

struct setting_case {
    struct config_errors lines;
    struct report report;
    struct setting_set set;
};

static inline void setting_case_init(struct setting_case *test)
{
    *test = (struct setting_case){.report = {.to = &test->lines}};
    ck_assert_int_eq(setting_set_init(&test->set, &test->report), 0);
}

static inline void setting_case_done(struct setting_case *test)
{
    ck_assert(!test->report.out_of_memory);
    setting_set_done(&test->set);
    config_errors_done(&test->lines);
}

/* All settings that were kept, each "[section] key = value", a '!' before the bad ones. */
static inline void setting_case_check_kept(const struct setting_case *test, const char *name,
                                           const char *kept)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    for (size_t i = 0; i < test->set.count; i++) {
        ck_assert_int_eq(buf_printf(&out, "%s%s%s = %s", i ? "\n" : "",
                                    test->set.at[i].bad ? "!" : "", SETTING_TITLE(&test->set.at[i]),
                                    test->set.at[i].value),
                         0);
    }
    ck_assert_msg(text_equals(buf_text(&out), kept), "%s: kept\n%s", name,
                  out.data ? out.data : "");
    buf_done(&out);
}

/* All lines of errors, or of warnings. */
static inline void setting_case_check_lines(const struct strings *lines, const char *name,
                                            const char *expected)
{
    struct buf out;
    buf_init(&out, 1 << 18);
    for (size_t i = 0; i < lines->count; i++)
        ck_assert_int_eq(buf_printf(&out, "%s%s", i ? "\n" : "", lines->at[i]), 0);
    ck_assert_msg(text_equals(buf_text(&out), expected), "%s: told\n%s\nnot\n%s", name,
                  out.data ? out.data : "", expected);
    buf_done(&out);
}

#endif
