/*
 * In place of a daemon behind its control socket: takes one line and answers it. And commands, run
 * with what they print at hand. Included once in a test.
 */
#ifndef UNDERSTUDY_PRETEND_DAEMON_H
#define UNDERSTUDY_PRETEND_DAEMON_H

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/dial.h"
#include "cli/cli_read.h"
#include "command/loader.h"
#include "control/control_line.h"
#include "unit.h"

#define SILENT "silent"
#define LONG   "long"

static char folder[] = "/tmp/us-daemon-XXXXXX", path[64];
/* Takes one line and answers it. */
struct stand_in {
    int fd;
    const char *answer; /* NULL = it closes at once; SILENT, LONG */
    pthread_t thread;
    char heard[CONTROL_LINE_MAX];
};

static void send_answer(int fd, const char *answer)
{
    static const char blanks[(1 << 20) + 4096] = {' '};
    if (strcmp(answer, LONG) == 0)
        (void)send(fd, blanks, sizeof(blanks), MSG_NOSIGNAL);
    else if (strcmp(answer, SILENT) != 0)
        for (const char *at = answer; *at; at++)
            (void)send(fd, at, 1, MSG_NOSIGNAL);
    char byte;
    while (strcmp(answer, SILENT) == 0 && recv(fd, &byte, 1, 0) > 0)
        continue;
}

static void *answer_one(void *arg)
{
    struct stand_in *in = arg;
    int fd = accept(in->fd, NULL, NULL);
    size_t len = 0;
    while (in->answer && !strchr(in->heard, '\n')) {
        ssize_t n = recv(fd, in->heard + len, sizeof(in->heard) - 1 - len, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    if (in->answer)
        send_answer(fd, in->answer);
    close(fd);
    return NULL;
}

static void stand_in_start(struct stand_in *in)
{
    struct sockaddr_un address;
    ck_assert_int_eq(dial_unix_address(path, &address), 0);
    in->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(in->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(in->fd, 1), 0);
    ck_assert_int_eq(pthread_create(&in->thread, NULL, answer_one, in), 0);
}

static void stand_in_end(struct stand_in *in)
{
    (void)pthread_join(in->thread, NULL);
    close(in->fd);
    (void)unlink(path);
}

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/control", folder);
    (void)setenv("RUNTIME_DIRECTORY", folder, 1);
    (void)unsetenv("XDG_RUNTIME_DIR");
}

static void teardown(void)
{
    (void)rmdir(folder);
}

/* Runs a command; *ret_said = all that it wrote to stdout and stderr. */
static int run_command(int (*command)(const struct loader *, const struct cli_call *),
                       const struct cli_call *call, char ret_said[4096])
{
    FILE *said = tmpfile();
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    (void)fflush(NULL);
    (void)dup2(fileno(said), STDOUT_FILENO);
    (void)dup2(fileno(said), STDERR_FILENO);
    int status = command(NULL, call);
    (void)fflush(NULL);
    (void)dup2(out, STDOUT_FILENO);
    (void)dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    rewind(said);
    ret_said[fread(ret_said, 1, 4095, said)] = '\0';
    (void)fclose(said);
    return status;
}

#endif
