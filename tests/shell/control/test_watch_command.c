/* What `understudy watch` prints of a daemon's lines. */
#include "control/watch_command.h"
#include "pretend_daemon.h"

#define HELLO "{\"ok\":true,\"local\":\"off\"}\n"
#define FIRST                                                                                      \
    "{\"exchange\":{\"id\":\"1\",\"path\":\"/v1/chat/"                                             \
    "completions\",\"asked\":\"gpt-4\",\"provider\":"                                              \
    "\"openai\",\"model\":\"gpt-4\",\"class\":\"ok\",\"status\":200,\"stream\":false,"             \
    "\"fallback\":null,"                                                                           \
    "\"ttft_ms\":400,\"duration_ms\":1200,\"prompt_tokens\":7,\"completion_tokens\":3,"            \
    "\"attempts\":[{"                                                                              \
    "\"provider\":\"openai\",\"class\":\"ok\"}]}}\n"
#define SECOND                                                                                     \
    "{\"exchange\":{\"id\":\"2\",\"path\":\"/v1/chat/"                                             \
    "completions\",\"asked\":\"gpt-4\",\"provider\":"                                              \
    "\"ollama\",\"model\":\"small\",\"class\":\"ok\",\"status\":200,\"stream\":true,\"fallback\":" \
    "\"server\",\"ttft_ms\":400,\"duration_ms\":1200,\"attempts\":[{\"provider\":\"openai\","      \
    "\"class\":"                                                                                   \
    "\"server\"},{\"provider\":\"groq\",\"class\":\"skipped-no-key\"},{\"provider\":\"ollama\","   \
    "\"class\":"                                                                                   \
    "\"ok\"},{\"provider\":\"openai\",\"class\":\"server\"}]}}\n"
#define STANDING "{\"standing\":\"serving; cloud offline since 14:02, Ollama answers\"}\n"
#define LOST     "{\"lost\":{\"count\":3}}\n"
#define GONE     "understudy: watch: the daemon has gone\n"

/* The words of the options, NULL at the end. */
static int run(const char *const *options, char ret_said[4096])
{
    struct cli_given given[2];
    struct cli_call call = {.command = CLI_watch, .given = given};
    for (size_t i = 0; options[i]; i++)
        given[call.given_count++] =
            (struct cli_given){.option = cli_option_find(CLI_watch, text_of(options[i]))};
    return run_command(watch_command, &call, ret_said);
}

/* Without the clock at the beginning of each line. */
static void take_clocks_off(char *said)
{
    char *to = said;
    for (const char *at = said; *at;) {
        size_t len = strcspn(at, "\n");
        bool clock = len > 9 && at[2] == ':' && at[5] == ':' && at[8] == ' ';
        memmove(to, at + (clock ? 9 : 0), len - (clock ? 9 : 0));
        to += len - (clock ? 9 : 0);
        at += len;
        if (*at)
            *to++ = *at++;
    }
    *to = '\0';
}

static const struct {
    const char *options[3];
    const char *answer;
    const char *says; /* all of it, clocks aside */
} rows[] = {
    {{NULL}, HELLO FIRST, "200 gpt-4 by openai in 1.2 s 7+3 tokens\n" GONE},
    {{NULL},
     HELLO SECOND,
     "200 gpt-4 by ollama small after server in 1.2 s (first 400 ms) (openai=2, ollama=1)\n" GONE},
    {{NULL}, HELLO STANDING, "daemon: serving; cloud offline since 14:02, Ollama answers\n" GONE},
    {{NULL},
     HELLO LOST,
     "understudy: watch: 3 exchanges are not shown: they ended faster than this is read\n" GONE},
    {{"--fallbacks"},
     HELLO FIRST STANDING SECOND,
     "200 gpt-4 by ollama small after server in 1.2 s (first 400 ms) (openai=2, ollama=1)\n" GONE},
    {{"--json"}, HELLO FIRST STANDING, FIRST STANDING GONE},
    {{"--json", "--fallbacks"}, HELLO FIRST STANDING SECOND, SECOND GONE},
    {{NULL}, HELLO "what is this\n{\"new\":1}\n", GONE}, /* of a later version */
    {{NULL},
     "{\"ok\":false,\"error\":\"\\\"do\\\" must be \\\"local\\\"\"}\n",
     "understudy: watch: the daemon says: \"do\" must be \"local\"\n"},
    {{NULL},
     LONG,
     "understudy: watch: what it says there is no daemon's: a line is longer than 1 MB\n"},
    {{NULL}, "", "understudy: watch: the daemon does not answer\n"},
};

START_TEST(the_lines_of_the_daemon_are_told)
{
    struct stand_in in = {.answer = rows[_i].answer};
    char said[4096];
    stand_in_start(&in);
    int status = run(rows[_i].options, said);
    stand_in_end(&in);
    take_clocks_off(said);
    ck_assert_str_eq(said, rows[_i].says);
    ck_assert_int_eq(status, CLI_EXIT_FAULT);
    ck_assert_str_eq(in.heard, "{\"do\":\"watch\"}\n");
}
END_TEST

START_TEST(nobody_there_is_told_with_the_places)
{
    static const char *const none[] = {NULL};
    char said[4096];
    ck_assert_int_eq(run(none, said), CLI_EXIT_FAULT);
    ck_assert_msg(strstr(said, "no daemon listens at $RUNTIME_DIRECTORY/control, "), "%s", said);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("watch_command");
    TCase *tc = tcase_create("watch_command");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, the_lines_of_the_daemon_are_told, 0, ROWS(rows));
    tcase_add_test(tc, nobody_there_is_told_with_the_places);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
