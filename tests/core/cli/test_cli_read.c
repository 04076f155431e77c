/* argv and what comes of it, in one line; what is wrong with it. */
#include <errno.h>
#include <stdio.h>

#include "cli/cli_read.h"
#include "unit.h"

#define WORDS_MAX 8

/* "COMMAND file=F flag=A flag=B --option=VALUE operand": what was understood. */
static const char *told(const struct cli_call *call, char ret[512])
{
    int n = snprintf(ret, 512, "%s", cli_command_row(call->command)->word);
    if (call->file)
        n += snprintf(ret + n, 512 - (size_t)n, " file=%s", call->file);
    for (size_t i = 0; call->flags[i]; i++)
        n += snprintf(ret + n, 512 - (size_t)n, " flag=%s", call->flags[i]);
    for (size_t i = 0; i < call->given_count; i++)
        n += snprintf(ret + n, 512 - (size_t)n, " %s%s%s", call->given[i].option->word,
                      call->given[i].value ? "=" : "",
                      call->given[i].value ? call->given[i].value : "");
    for (size_t i = 0; call->operands[i]; i++)
        n += snprintf(ret + n, 512 - (size_t)n, " %s", call->operands[i]);
    return ret;
}

static const struct {
    const char *name;
    const char *words[WORDS_MAX];
    const char *told;  /* or the beginning of what is wrong */
    const char *meant; /* which is suggested; NULL = nothing */
    bool wrong;
} rows[] = {
    {"nothing serves", {NULL}, "serve", NULL, false},
    {"a command", {"check"}, "check", NULL, false},
    {"options of all before it",
     {"-c", "f.ini", "-s", "a.b=c", "config"},
     "config file=f.ini flag=a.b=c",
     NULL,
     false},
    {"and behind it", {"check", "-s", "a=b", "-s", "c=d"}, "check flag=a=b flag=c=d", NULL, false},
    {"in one word", {"-cf.ini", "-sa=b"}, "serve file=f.ini flag=a=b", NULL, false},
    {"written out",
     {"--config=f.ini", "--set=a.b=c", "--set", "d=e"},
     "serve file=f.ini flag=a.b=c flag=d=e",
     NULL,
     false},
    {"the last file counts", {"-c", "a", "-c", "b"}, "serve file=b", NULL, false},
    {"options of a command", {"check", "--json", "--strict"}, "check --json --strict", NULL, false},
    {"an option with a value, in two words and in one",
     {"explain", "429", "--header", "a: b", "--header=c: d=e"},
     "explain --header=a: b --header=c: d=e 429",
     NULL,
     false},
    {"a value may look like an option",
     {"explain", "429", "--body", "--json"},
     "explain --body=--json 429",
     NULL,
     false},
    {"an empty value is one", {"explain", "429", "--body="}, "explain --body= 429", NULL, false},
    {"a letter that is a setting before the command, and the command's own behind it",
     {"-s", "a=b", "ask", "-s", "Be brief.", "--set=c=d", "-mx", "Hi"},
     "ask flag=a=b flag=c=d --system=Be brief. --model=x Hi",
     NULL,
     false},
    {"a page", {"config", "--defaults"}, "config --defaults", NULL, false},
    {"help by an option", {"check", "--json", "-h", "--nonsense"}, "help", NULL, false},
    {"help by a command", {"help", "config"}, "help config", NULL, false},
    {"the version in all ways", {"-V"}, "version", NULL, false},
    {"the version by a small letter", {"-v"}, "version", NULL, false},
    {"behind -- nothing is an option", {"explain", "--", "--json"}, "explain --json", NULL, false},
    {"options may stand between many operands",
     {"usage", "a", "--by", "day", "b", "--json", "-"},
     "usage --by=day --json a b -",
     NULL,
     false},
    {"a lone - is no option", {"explain", "-"}, "explain -", NULL, false},
    {"words of another command line",
     {"complete", "-s", "--", "--json", ""},
     "complete -s -- --json ",
     NULL,
     false},

    {"an unknown command", {"wibble"}, "unknown command: wibble (see", NULL, true},
    {"one that is nearly known", {"sreve"}, "unknown command: sreve;", "serve", true},
    {"what others call it", {"start"}, "unknown command: start;", "serve", true},
    {"what is for programs is not suggested",
     {"complet"},
     "unknown command: complet (",
     NULL,
     true},
    {"an unknown option", {"-x"}, "unknown option: -x (see understudy -h)", NULL, true},
    {"what others call an option",
     {"--listen=:80"},
     "unknown option: --listen=:80;",
     "-s server.listen=ADDRESS:PORT",
     true},
    {"the same behind a command",
     {"serve", "--port", "80"},
     "unknown option of serve: --port;",
     "-s server.listen=127.0.0.1:PORT",
     true},
    {"one of all that is nearly known",
     {"--confg=x"},
     "unknown option: --confg=x;",
     "--config",
     true},
    {"one of the command that is",
     {"check", "--stric"},
     "unknown option of check: --stric;",
     "--strict",
     true},
    {"one of another command",
     {"serve", "--strict"},
     "unknown option of serve: --strict",
     NULL,
     true},
    {"what is for make docs is not suggested",
     {"config", "--markdwn"},
     "unknown option of config: --markdwn (",
     NULL,
     true},
    {"a value for one that takes none",
     {"check", "--json=1"},
     "unknown option of check: --json=1;",
     "--json",
     true},
    {"no value", {"-c"}, "a value is missing behind: -c (", NULL, true},
    {"no value of a command's",
     {"explain", "429", "--header"},
     "a value is missing behind: --header (",
     NULL,
     true},
    {"an operand too many", {"explain", "429", "503"}, "one argument too many: 503 (", NULL, true},
    {"one where none is taken", {"serve", "now"}, "one argument too many: now (", NULL, true},
    {"one that is meant for an option",
     {"config", "changed"},
     "one argument too many: changed;",
     "--changed",
     true},
    {"a page and a form",
     {"config", "--defaults", "--json"},
     "one argument too many: --json (",
     NULL,
     true},
    {"a form and a page",
     {"config", "--json", "--presets"},
     "one argument too many: --presets (",
     NULL,
     true},
};

START_TEST(what_is_understood)
{
    const char *argv[WORDS_MAX + 1] = {"understudy"};
    char text[512], meant[128] = "";
    struct cli_call call;
    struct error why = ERROR_NONE;
    int argc = 1;
    for (int i = 0; i < WORDS_MAX && rows[_i].words[i]; i++)
        argv[argc++] = rows[_i].words[i];
    int r = cli_read(&call, argc, argv, &why);
    ck_assert_msg(r == (rows[_i].wrong ? -EINVAL : 0), "%s: %s", rows[_i].name, why.text);
    if (rows[_i].wrong) {
        ck_assert_msg(strncmp(why.text, rows[_i].told, strlen(rows[_i].told)) == 0, "%s: %s",
                      rows[_i].name, why.text);
        if (rows[_i].meant)
            (void)snprintf(meant, sizeof(meant), "did you mean \"%s\"?", rows[_i].meant);
        ck_assert_msg(rows[_i].meant ? strstr(why.text, meant) != NULL
                                     : strstr(why.text, "did you mean") == NULL,
                      "%s: %s", rows[_i].name, why.text);
        ck_assert_ptr_nonnull(strstr(why.text, "(see understudy -h)"));
    } else {
        ck_assert_str_eq(told(&call, text), rows[_i].told);
    }
    cli_call_done(&call);
}
END_TEST

START_TEST(options_are_asked_for_by_their_word)
{
    static const char *const argv[] = {"understudy", "explain",  "429", "--header",
                                       "a: b",       "--header", "c: d"};
    struct cli_call call;
    struct error why = ERROR_NONE;
    ck_assert_int_eq(cli_read(&call, ROWS(argv), argv, &why), 0);
    ck_assert(cli_has(&call, "--header") && !cli_has(&call, "--stream"));
    ck_assert_str_eq(cli_value(&call, "--header", 1), "c: d");
    ck_assert_ptr_null(cli_value(&call, "--header", 2));
    ck_assert_ptr_null(cli_value(&call, "--body", 0));
    cli_call_done(&call);
}
END_TEST

/* execve may be given none at all. */
START_TEST(no_argv_at_all_serves)
{
    static const char *const argv[] = {NULL};
    struct cli_call call;
    struct error why = ERROR_NONE;
    ck_assert_int_eq(cli_read(&call, 0, argv, &why), 0);
    ck_assert_uint_eq(call.command, CLI_serve);
    cli_call_done(&call);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("cli_read");
    TCase *tc = tcase_create("argv");
    tcase_add_loop_test(tc, what_is_understood, 0, ROWS(rows));
    tcase_add_test(tc, options_are_asked_for_by_their_word);
    tcase_add_test(tc, no_argv_at_all_serves);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
