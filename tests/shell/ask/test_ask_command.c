/* What is wrong with the words is told before anybody is asked. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ask/ask_command.h"
#include "unit.h"

#define WORDS_MAX 8

static const struct {
    const char *words[WORDS_MAX];
    const char *input;
    const char *told;
} rows[] = {
    {{"ask"},
     "",
     "understudy: ask: there is nothing to ask: TEXT is needed, or standard input "
     "(see understudy -h)\n"},
    {{"ask", "-"}, " \n", "understudy: ask: there is nothing to ask: "},
    {{"ask", "\xff"}, "", "understudy: ask: TEXT is no UTF-8 from byte 1 on"},
    {{"ask", "-m", "a", "-m", "\xff", "Hi"}, "", "understudy: ask: MODEL is no UTF-8"},
    {{"ask", "-s", "server.listen=127.0.0.1:1", "Hi"}, "", "understudy: ask: behind `ask` -s is "},
    {{"--set=server.max_body=64K", "ask"}, NULL, "understudy: ask: standard input is longer than "},
    {{"--set=no.such=setting", "ask", "Hi"}, "", "understudy: -s no.such: "},
};

/* A file in place of that descriptor, with the text in it; NULL: 100 KB. */
static int stand_in(const char *text)
{
    char *much = calloc(1, 100001);
    ck_assert_ptr_nonnull(much);
    memset(much, 'x', 100000);
    int fd = fileno(tmpfile());
    const char *bytes = text ? text : much;
    ck_assert_int_eq(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    free(much);
    return fd;
}

START_TEST(it_is_told)
{
    const char *argv[WORDS_MAX + 1] = {"understudy"};
    int argc = 1;
    char said[4096] = "";
    struct cli_call call;
    struct error why = ERROR_NONE;
    for (; argc <= WORDS_MAX && rows[_i].words[argc - 1]; argc++)
        argv[argc] = rows[_i].words[argc - 1];
    ck_assert_int_eq(cli_read(&call, argc, argv, &why), 0);
    int fault = stand_in("");
    ck_assert_int_eq(dup2(stand_in(rows[_i].input), STDIN_FILENO), STDIN_FILENO);
    int keep = dup(STDERR_FILENO);
    (void)dup2(fault, STDERR_FILENO);
    (void)setenv("UNDERSTUDY_CONFIG", "", 1);
    (void)setenv("HOME", "/nowhere", 1);
    const struct loader loader = {.flags = call.flags};
    int status = ask_command(&loader, &call);
    (void)dup2(keep, STDERR_FILENO);
    ck_assert_int_ge(pread(fault, said, sizeof(said) - 1, 0), 0);
    ck_assert_int_eq(status, CLI_EXIT_WRONG);
    ck_assert_msg(strstr(said, rows[_i].told), "%s", said); /* behind warnings */
    cli_call_done(&call);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ask_command");
    TCase *tc = tcase_create("ask_command");
    tcase_add_loop_test(tc, it_is_told, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
