/* What `understudy local` says and ends with, whoever listens at the control socket. */
#include "base/clock.h"
#include "control/local_command.h"
#include "pretend_daemon.h"

#define CANNOT "the daemon does not answer"

static int64_t now_ms = 100000, step_ms;

/* In place of the clock: each look at it may be as far behind the one before as a test wants. */
int64_t clock_monotonic_ms(void)
{
    return now_ms += step_ms;
}

static int run(const char *word, char ret_said[4096])
{
    const char *words[] = {word};
    const struct cli_call call = {
        .command = CLI_local, .operands = words, .operand_count = word != NULL};
    return run_command(local_command, &call, ret_said);
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
    {"status", "{\"do\":\"local\"}\n",
     "{\"ok\":true,\"local\":\"off\",\"address\":\"127.0.0.1:11411\"}\n", CLI_EXIT_DONE,
     "local: off; providers are asked as the settings say (the daemon at 127.0.0.1:11411)\n"},
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
