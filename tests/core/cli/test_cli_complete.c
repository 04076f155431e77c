/* Commands, options and what they take. */
#include <errno.h>

#include "cli/completion.h"

static const struct {
    const char *name;
    const char *words[COMPLETION_WORDS_MAX];
    const char *candidates;
} rows[] = {
    {"nothing yet: the commands",
     {""},
     "serve ask check config explain local usage watch help version"},
    {"the beginning of one", {"c"}, "check config"},
    {"none begins so", {"x"}, ""},
    {"options of all", {"-"}, "--config -c --set -s --help -h --version -V"},
    {"written out", {"--"}, "--config --set --help --version"},
    {"a command's own first",
     {"check", "--"},
     "--strict --local --json --config --set --help --version"},
    {"a letter that the command has for its own stands once",
     {"ask", "-"},
     "--model -m --system -s --json --config -c --set --help -h --version -V"},
    {"the beginning of one of them", {"config", "--p"}, "--presets"},
    {"what make docs needs is not offered", {"config", "--m"}, ""},
    {"a file", {"-c", ""}, "<files>"},
    {"a file in one word", {"--config=/et"}, "<files>"},
    {"behind the file the commands", {"-c", "f", "s"}, "serve"},
    {"behind one in one word, too", {"-cf", "s"}, "serve"},
    {"a setting", {"-s", "log."}, "log.level= log.format= log.usage_file= log.otlp="},
    {"a setting behind a command", {"check", "-s", "log.l"}, "log.level="},
    {"a setting in one word", {"--set=log.l"}, "--set=log.level="},
    {"a setting behind its letter", {"-slog.l"}, "-slog.level="},
    {"a failure", {"explain", "connect-r"}, "connect-refused"},
    {"what the switch takes", {"local", ""}, "status on off"},
    {"one failure is enough", {"explain", "429", ""}, ""},
    {"a failure behind its options", {"explain", "--header", "a: b", "quot"}, "quota"},
    {"free text cannot be known", {"explain", "429", "--body", ""}, ""},
    {"help has a page, whichever command is named", {"help", "co"}, "config"},
    {"usage files, as many as there are", {"usage", "a", ""}, "<files>"},
    {"what rows are told apart by", {"usage", "--by", ""}, "day provider model client"},
    {"one more of them", {"usage", "--by", "day,c"}, "day,client"},
    {"none of them twice",
     {"usage", "--by=day,model,"},
     "--by=day,model,provider --by=day,model,client"},
    {"where nothing is taken", {"version", ""}, ""},
    {"an unknown command takes nothing more from us", {"wibble", "c"}, "check config"},
};

START_TEST(what_the_last_word_may_become)
{
    struct buf lines, candidates;
    buf_init(&lines, 1u << 20);
    buf_init(&candidates, 1u << 20);
    ck_assert_int_eq(completion_of(rows[_i].words, &lines), 0);
    completion_candidates(&lines, &candidates);
    ck_assert_msg(text_equals(buf_text(&candidates), rows[_i].candidates), "%s: %.*s",
                  rows[_i].name, TEXT_ARG(buf_text(&candidates)));
    buf_done(&lines);
    buf_done(&candidates);
}
END_TEST

static const struct {
    const char *words[COMPLETION_WORDS_MAX];
    const char *file;
} files[] = {
    {{"-c", "a.ini", "-s", ""}, "a.ini"},
    {{"-ca.ini", ""}, "a.ini"},
    {{"--config=a.ini", ""}, "a.ini"},
    {{"check", "--config", "a.ini", ""}, "a.ini"},
    {{"-c", "a.ini"}, NULL},
    {{"-s", "-c", "a.ini", ""}, NULL},
    {{""}, NULL},
};

START_TEST(the_settings_file_is_the_one_that_was_named_before)
{
    struct cli_words words = {.at = files[_i].words};
    while (words.count < COMPLETION_WORDS_MAX && words.at[words.count])
        words.count++;
    const char *file = cli_complete_file(&words);
    ck_assert(file ? files[_i].file && strcmp(file, files[_i].file) == 0 : !files[_i].file);
}
END_TEST

START_TEST(a_line_says_what_it_means_in_one_sentence)
{
    static const char *const words[] = {"-s", "server.listen", NULL};
    struct buf lines;
    buf_init(&lines, 1u << 20);
    ck_assert_int_eq(completion_of(words, &lines), 0);
    ck_assert_str_eq(lines.data, "server.listen=\tAddresses to listen on\n");
    buf_done(&lines);
}
END_TEST

START_TEST(no_words_at_all_are_as_an_empty_one)
{
    struct buf lines;
    buf_init(&lines, 1u << 20);
    ck_assert_int_eq(cli_complete(&(struct cli_words){0}, &lines), 0);
    ck_assert_int_eq(strncmp(lines.data, "serve\t", 6), 0);
    buf_done(&lines);
}
END_TEST

START_TEST(what_does_not_fit_is_an_error)
{
    static const char *const words[] = {"", NULL};
    struct buf lines;
    buf_init(&lines, 100);
    ck_assert_int_eq(completion_of(words, &lines), -EMSGSIZE);
    buf_done(&lines);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("cli_complete");
    TCase *tc = tcase_create("words");
    tcase_add_loop_test(tc, what_the_last_word_may_become, 0, ROWS(rows));
    tcase_add_loop_test(tc, the_settings_file_is_the_one_that_was_named_before, 0, ROWS(files));
    tcase_add_test(tc, a_line_says_what_it_means_in_one_sentence);
    tcase_add_test(tc, no_words_at_all_are_as_an_empty_one);
    tcase_add_test(tc, what_does_not_fit_is_an_error);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
