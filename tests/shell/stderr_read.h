/* Standard error in the hands of a test. A program includes it once. */
#ifndef UNDERSTUDY_TESTS_STDERR_READ_H
#define UNDERSTUDY_TESTS_STDERR_READ_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>

static int reader = -1;

/* Makes standard error the write end of a pipe or a socket pair, read through reader. */
static void redirect(bool socket)
{
    int ends[2];
    ck_assert_int_eq(socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends), 0);
    reader = ends[0];
    (void)fcntl(reader, F_SETFL, O_NONBLOCK);
    ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
    close(ends[1]);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* What has been written since it was asked for last. */
static const char *written(void)
{
    static char text[1 << 18];
    size_t len = 0;
    ssize_t n;
    while ((n = read(reader, text + len, sizeof(text) - 1 - len)) > 0)
        len += (size_t)n;
    text[len] = '\0';
    return text;
}

#endif
