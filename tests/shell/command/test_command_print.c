/* What standard output takes, and what becomes of what it does not take. */
#include <fcntl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "command/command_print.h"
#include "text/count.h"
#include "unit.h"

static const struct {
    const char *path;
    int way;
    int status;
    const char *told;
} outs[] = {
    {"/dev/null", O_WRONLY, CLI_EXIT_DONE, ""},
    {"/dev/full", O_WRONLY, CLI_EXIT_FAULT,
     "understudy: standard output cannot be written (No space left on device)\n"},
    {"/dev/null", O_RDONLY, CLI_EXIT_FAULT, /* what is put in place of one that is closed */
     "understudy: standard output cannot be written (Bad file descriptor)\n"},
};

static int print_line(void)
{
    return command_print_line("all is well");
}

static int print_buf(void)
{
    struct buf out;
    buf_init(&out, 64);
    ck_assert_int_eq(buf_append_string(&out, "all is well\n"), 0);
    int status = command_print(&out);
    buf_done(&out);
    return status;
}

static int try(void)
{
    return command_can_print() ? CLI_EXIT_DONE : CLI_EXIT_FAULT;
}

static int (*const ways[])(void) = {print_line, print_buf, try};

START_TEST(what_is_not_taken_is_told)
{
    char told[256];
    int ends[2], to = open(outs[_i].path, outs[_i].way | O_CLOEXEC);
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    ck_assert_int_eq(pipe(ends), 0);
    for (size_t i = 0; i < COUNT(ways); i++) {
        (void)fflush(stdout);
        ck_assert(to >= 0 && dup2(to, STDOUT_FILENO) >= 0 && dup2(ends[1], STDERR_FILENO) >= 0);
        int status = ways[i]();
        clearerr(stdout);
        ck_assert_int_eq(write(STDERR_FILENO, "end", 3), 3);
        ck_assert(dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0);
        ssize_t n = read(ends[0], told, sizeof(told) - 1);
        ck_assert_int_ge(n, 3);
        told[n - 3] = '\0';
        ck_assert_str_eq(told, outs[_i].told);
        ck_assert_int_eq(status, outs[_i].status);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("command_print");
    TCase *tc = tcase_create("command_print");
    tcase_add_loop_test(tc, what_is_not_taken_is_told, 0, ROWS(outs));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
