/* Where the control socket is, and where it is looked for. */
#include <stdlib.h>

#include "control/control_path.h"
#include "unit.h"

static const struct {
    const char *runtime, *user; /* NULL = not set */
    const char *serve;          /* NULL = nowhere */
    const char *ask[3];
} rows[] = {
    {"/run/understudy",
     NULL,
     "/run/understudy/control",
     {"/run/understudy/control", "/run/understudy/control"}},
    {"/run/a:/run/b",
     "/nonexistent/x",
     "/run/a/control",
     {"/run/a/control", "/nonexistent/x/understudy/control", "/run/understudy/control"}},
    {NULL,
     "/nonexistent/x",
     "/nonexistent/x/understudy/control",
     {"/nonexistent/x/understudy/control", "/run/understudy/control"}},
    {"", "", NULL, {"/run/understudy/control"}},
    {"relative", "relative", NULL, {"/run/understudy/control"}},
    {NULL, NULL, NULL, {"/run/understudy/control"}},
};

static void set(const char *name, const char *value)
{
    if (value)
        (void)setenv(name, value, 1);
    else
        (void)unsetenv(name);
}

START_TEST(the_variables_say_where)
{
    set("RUNTIME_DIRECTORY", rows[_i].runtime);
    set("XDG_RUNTIME_DIR", rows[_i].user);
    char *path = control_path_to_serve();
    ck_assert_pstr_eq(path, rows[_i].serve);
    free(path);
    for (size_t n = 0; n < 4; n++) {
        path = control_path_to_ask(n);
        ck_assert_pstr_eq(path, n < 3 ? rows[_i].ask[n] : NULL);
        free(path);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("control_path");
    TCase *tc = tcase_create("control_path");
    tcase_add_loop_test(tc, the_variables_say_where, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
