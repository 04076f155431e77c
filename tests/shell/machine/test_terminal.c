/* What stands behind a descriptor. */
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "machine/terminal.h"
#include "unit.h"

static const struct {
    const char *term, *no_color;
    bool wanted;
} rows[] = {
    {"xterm", NULL, true}, {"xterm", "", true}, {"xterm", "1", false}, {"xterm", "0", false},
    {"dumb", NULL, false}, {"", NULL, false},   {NULL, NULL, false},
};

static void set(const char *name, const char *value)
{
    if (value)
        (void)setenv(name, value, 1);
    else
        (void)unsetenv(name);
}

START_TEST(colours_are_for_terminals_that_want_them)
{
    int ends[2], leader, follower;
    set("TERM", rows[_i].term);
    set("NO_COLOR", rows[_i].no_color);
    ck_assert_int_eq(openpty(&leader, &follower, NULL, NULL, NULL), 0);
    ck_assert_int_eq(terminal_wants_colour(follower), rows[_i].wanted);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert(!terminal_wants_colour(ends[1]));
    ck_assert(!terminal_wants_colour(-1));
}
END_TEST

START_TEST(only_a_terminal_has_columns)
{
    const struct winsize size = {.ws_col = 73, .ws_row = 20};
    int ends[2], leader, follower;
    ck_assert_int_eq(openpty(&leader, &follower, NULL, NULL, &size), 0);
    ck_assert_int_eq(terminal_columns(follower), 73);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(terminal_columns(ends[1]), 0);
    ck_assert_int_eq(terminal_columns(-1), 0);
}
END_TEST

static const struct {
    const char *all, *ctype, *lang;
    bool utf8;
} locales[] = {
    {NULL, NULL, "de_DE.UTF-8", true},  {NULL, NULL, "C", false},  {NULL, NULL, NULL, false},
    {"C", "C.UTF-8", "C.UTF-8", false}, {"", "C.utf8", "C", true},
};

START_TEST(text_is_utf8_by_the_first_variable_that_says_something)
{
    set("LC_ALL", locales[_i].all);
    set("LC_CTYPE", locales[_i].ctype);
    set("LANG", locales[_i].lang);
    ck_assert_int_eq(terminal_is_utf8(), locales[_i].utf8);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("terminal");
    TCase *tc = tcase_create("terminal");
    tcase_add_loop_test(tc, colours_are_for_terminals_that_want_them, 0, ROWS(rows));
    tcase_add_test(tc, only_a_terminal_has_columns);
    tcase_add_loop_test(tc, text_is_utf8_by_the_first_variable_that_says_something, 0,
                        ROWS(locales));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
