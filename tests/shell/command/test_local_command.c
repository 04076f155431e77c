/* What `understudy local` says and ends with, whoever listens at the control socket. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "command/local_command.h"
#include "control/control_line.h"
#include "unit.h"

#define SILENT "silent"
#define LONG   "long"
#define CANNOT "the daemon does not answer"

static char folder[] = "/tmp/us-local-XXXXXX", path[64];
static int64_t now_ms = 100000, step_ms;

/* In place of the clock: each look at it may be as far behind the one before as a test wants. */
int64_t clock_monotonic_ms(void)
{
    return now_ms += step_ms;
}

/* Takes one line and answers it. */
struct stand_in {
    int fd;
    const char *answer; /* NULL = it closes at once; SILENT, LONG */
    pthread_t thread;
    char heard[CONTROL_LINE_MAX];
};

static void send_answer(int fd, const char *answer)
{
    static const char blanks[2 * CONTROL_LINE_MAX] = {' '};
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
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
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

/* Runs it with that word (NULL = none); *ret_said = all that it wrote to stdout and stderr. */
static int run(const char *word, char ret_said[4096])
{
    FILE *said = tmpfile();
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    const char *words[] = {word};
    const struct cli_call call = {
        .command = CLI_local, .operands = words, .operand_count = word != NULL};
    (void)fflush(NULL);
    (void)dup2(fileno(said), STDOUT_FILENO);
    (void)dup2(fileno(said), STDERR_FILENO);
    int status = local_command(NULL, &call);
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

static const struct {
    const char *word, *heard, *answer;
    int status;
    const char *says;
} rows[] = {
    {"on", "{\"do\":\"local\",\"set\":\"on\"}\n", "{\"ok\":true,\"local\":\"on\"}\n", CLI_EXIT_DONE,
     "local: on; nothing leaves the machine until `understudy local off`, or the daemon's next "
     "start\n"},
    {"off", "{\"do\":\"local\",\"set\":\"off\"}\n", "{\"ok\":true,\"local\":\"off\"}\n",
     CLI_EXIT_DONE, "local: off; providers are asked as the settings say\n"},
    {"status", "{\"do\":\"local\"}\n", "{\"ok\":true,\"local\":\"on\"}\n", CLI_EXIT_DONE,
     "local: on; "},
    {"on", "{\"do\":\"local\",\"set\":\"on\"}\n", "{\"ok\":false,\"error\":\"not now\"}\n",
     CLI_EXIT_FAULT, "understudy: the daemon says: not now\n"},
    {"on", "{\"do\":\"local\",\"set\":\"on\"}\n", "HTTP/1.1 400 Bad Request\n", CLI_EXIT_FAULT,
     "understudy: the daemon says: nothing that is understood\n"},
    {"on", "{\"do\":\"local\",\"set\":\"on\"}\n", "\n", CLI_EXIT_FAULT, "the daemon says: "},
    {"on", "{\"do\":\"local\",\"set\":\"on\"}\n", "{\"ok\":true,\"local\":\"on\"}", CLI_EXIT_FAULT,
     CANNOT},
    {"on", "{\"do\":\"local\",\"set\":\"on\"}\n", "", CLI_EXIT_FAULT, CANNOT},
    {"on", "{\"do\":\"local\",\"set\":\"on\"}\n", LONG, CLI_EXIT_FAULT, CANNOT},
    {"on", "", NULL, CLI_EXIT_FAULT, CANNOT},
};

START_TEST(what_the_daemon_answers_is_told)
{
    struct stand_in in = {.answer = rows[_i].answer};
    char said[4096];
    stand_in_start(&in);
    int status = run(rows[_i].word, said);
    stand_in_end(&in);
    ck_assert_int_eq(status, rows[_i].status);
    ck_assert_msg(strstr(said, rows[_i].says), "%s", said);
    ck_assert_str_eq(in.heard, rows[_i].heard);
}
END_TEST

START_TEST(silence_ends_by_the_limit)
{
    struct stand_in in = {.answer = SILENT};
    char said[4096];
    stand_in_start(&in);
    step_ms = 4990;
    int status = run("on", said);
    stand_in_end(&in);
    ck_assert_int_eq(status, CLI_EXIT_FAULT);
    ck_assert_msg(strstr(said, CANNOT), "%s", said);
}
END_TEST

START_TEST(nobody_there_is_told_with_the_places)
{
    char said[4096];
    ck_assert_int_eq(run("status", said), CLI_EXIT_FAULT);
    ck_assert_msg(strstr(said, "no daemon listens at $RUNTIME_DIRECTORY/control, "), "%s", said);
}
END_TEST

static const struct {
    const char *word, *says;
} usages[] = {
    {NULL, "understudy: local: on, off or status is needed (see understudy -h)\n"},
    {"onn", "local: onn: on, off or status is needed; did you mean \"on\"? (see understudy -h)\n"},
    {"", "understudy: local: : on, off or status is needed (see understudy -h)\n"},
};

START_TEST(wrong_usage_asks_nobody)
{
    char said[4096];
    ck_assert_int_eq(run(usages[_i].word, said), CLI_EXIT_WRONG);
    ck_assert_msg(strstr(said, usages[_i].says), "%s", said);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("local_command");
    TCase *tc = tcase_create("local_command");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, what_the_daemon_answers_is_told, 0, ROWS(rows));
    tcase_add_test(tc, silence_ends_by_the_limit);
    tcase_add_test(tc, nobody_there_is_told_with_the_places);
    tcase_add_loop_test(tc, wrong_usage_asks_nobody, 0, ROWS(usages));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
