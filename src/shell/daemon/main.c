/* The command line. The only place that ends the process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "daemon/check_command.h"
#include "daemon/command.h"
#include "daemon/config_command.h"
#include "daemon/explain_command.h"
#include "daemon/loader.h"
#include "daemon/service.h"
#include "machine/process.h"
#include "text/count.h"

static const char usage[] =
    "usage: understudy [-c FILE] [-s SECTION.KEY=VALUE]... [COMMAND] [-h] [-V]\n"
    "\n"
    "Keeps chat applications answering: passes their requests, in OpenAI's, Anthropic's or\n"
    "Ollama's words, to a cloud provider, with retries, and has a local Ollama answer when the\n"
    "cloud does not.\n"
    "\n"
    "  serve              run in the foreground (default)\n"
    "  check              ask every provider what it can do; status 1 if none of the route can\n"
    "                     answer; --strict: 3 if only one side, cloud or local, can; --json\n"
    "  config             print every setting in effect and where it came from; --changed: but\n"
    "                     those by default; --json\n"
    "  config --defaults  print a commented settings file\n"
    "  config --presets   print the providers that are known without a section: where they are,\n"
    "                     and which variable holds their key\n"
    "  explain WHAT       say what would be done after a failure, and why: a status (429), a\n"
    "                     class (timeout) or an event (connect-refused, stall, offline); with\n"
    "                     --header 'NAME: VALUE' and --body TEXT of the answer, --stream\n"
    "  help, version      this text; the version\n"
    "\n"
    "  -c FILE               settings file; else $UNDERSTUDY_CONFIG,\n"
    "                        ~/.config/understudy/understudy.ini, /etc/understudy/understudy.ini\n"
    "  -s SECTION.KEY=VALUE  one setting, over file and environment; may be repeated\n"
    "  -h                    this text\n"
    "  -V, -v                the version\n"
    "\n"
    "exit status: 0 done, 1 a fault while running (check: no answer can be had), 2 wrong settings\n"
    "or usage, 3 check --strict: only one side can answer\n";

struct arguments {
    struct loader loader;
    const char **flags;
    size_t flag_count;
    const char *command;
    const char **words; /* of the command, NULL at the end */
    size_t word_count;
};

/* Behind the others in a list that ends in NULL. */
static void add(const char ***list, size_t *count, const char *word)
{
    *list = xreallocarray(*list, *count + 2, sizeof(**list));
    (*list)[(*count)++] = word;
    (*list)[*count] = NULL;
}

/* The long forms people try first. */
static const char *short_form(const char *argument)
{
    static const char *const forms[][2] = {
        {"--help", "-h"}, {"--version", "-V"}, {"-v", "-V"}, {"--config", "-c"}, {"--set", "-s"}};
    for (size_t i = 0; i < COUNT(forms); i++)
        if (strcmp(argument, forms[i][0]) == 0)
            return forms[i][1];
    return argument;
}

static int print_usage(void)
{
    return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int print_version(void)
{
    return puts("understudy " UNDERSTUDY_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What other daemons call it. */
static const struct {
    const char *word;
    const char *meant;
} aliases[] = {
    {"start", "serve"},
    {"run", "serve"},
    {"daemon", "serve"},
    {"test", "check"},
    {"doctor", "check"},
    {"status", "check"},
    {"settings", "config"},
    {"show", "config"},
    {"stop", "systemctl stop understudy"},
    {"restart", "systemctl restart understudy"},
    {"reload", "systemctl reload understudy"},
    {"log", "journalctl -u understudy"},
    {"logs", "journalctl -u understudy"},
    {"-p", "-s server.listen=127.0.0.1:PORT"},
    {"--port", "-s server.listen=127.0.0.1:PORT"},
    {"--listen", "-s server.listen=ADDRESS:PORT"},
    {"--host", "-s server.listen=ADDRESS:PORT"},
    {"--bind", "-s server.listen=ADDRESS:PORT"},
    {"--debug", "-s log.level=debug"},
    {"--verbose", "-s log.level=debug"},
};

static int unknown_word(const char *what, const char *word, const char *const *known)
{
    size_t len = strcspn(word, "=");
    for (size_t i = 0; i < COUNT(aliases); i++) {
        if (strlen(aliases[i].word) != len || strncmp(word, aliases[i].word, len) != 0)
            continue;
        (void)fprintf(stderr, "understudy: %s: %s; did you mean \"%s\"? (see understudy -h)\n",
                      what, word, aliases[i].meant);
        return COMMAND_WRONG;
    }
    return command_unknown(what, word, known);
}

/* -1: go on; else the exit status. *at: the index of the argument, moved over its value. */
static int read_option(struct arguments *arguments, char **argv, int argc, int *at)
{
    static const char *const known[] = {"--help", "--version", "--config", "--set", NULL};
    const char *option = short_form(argv[*at]);
    if (strcmp(option, "-h") == 0)
        return print_usage();
    if (strcmp(option, "-V") == 0)
        return print_version();
    bool file = strncmp(option, "-c", 2) == 0, flag = strncmp(option, "-s", 2) == 0;
    if (!file && !flag)
        return unknown_word("unknown option", argv[*at], known);
    const char *value = option[2] ? option + 2 : *at + 1 < argc ? argv[++*at] : NULL;
    if (!value)
        return command_wrong_usage("a value is missing behind", option);
    if (file)
        arguments->loader.file = value;
    else
        add(&arguments->flags, &arguments->flag_count, value);
    return -1;
}

static int read_arguments(struct arguments *arguments, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        bool plain = word[0] != '-' || word[1] == '\0';
        bool of_command = plain || (strncmp(word, "--", 2) == 0 && word == short_form(word));
        if (plain && !arguments->command) {
            arguments->command = word;
        } else if (of_command && arguments->command) {
            add(&arguments->words, &arguments->word_count, word);
        } else {
            int status = read_option(arguments, argv, argc, &i);
            if (status >= 0)
                return status;
        }
    }
    arguments->loader.flags = arguments->flags;
    return -1;
}

static int serve(const struct loader *loader, const char *const *words)
{
    if (words[0])
        return command_wrong_usage("one argument too many", words[0]);
    struct config *config = command_load(loader);
    return config ? service_run(loader, config) : COMMAND_WRONG;
}

/* `help config` is answered by the one page, which has it all. */
static int help(const struct loader *loader, const char *const *words)
{
    (void)loader;
    (void)words;
    return print_usage();
}

static int version(const struct loader *loader, const char *const *words)
{
    (void)loader;
    return words[0] ? command_wrong_usage("one argument too many", words[0]) : print_version();
}

static const struct {
    const char *name;
    int (*run)(const struct loader *loader, const char *const *words);
} commands[] = {
    {"serve", serve},
    {"check", check_command},
    {"config", config_command},
    {"explain", explain_command},
    {"help", help},
    {"version", version},
};

#define COMMAND_COUNT COUNT(commands)

static int wrong_command(const char *name)
{
    const char *known[COMMAND_COUNT + 1] = {NULL};
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        known[i] = commands[i].name;
    return unknown_word("unknown command", name, known);
}

static int run(const struct arguments *arguments)
{
    static const char *const none[] = {NULL};
    const char *name = arguments->command ? arguments->command : commands[0].name;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(&arguments->loader, arguments->words ? arguments->words : none);
    return wrong_command(name);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    process_protect();
    int status = read_arguments(&arguments, argc, argv);
    if (status < 0)
        status = run(&arguments);
    if (service_left_worker())
        _exit(status);
    free(arguments.flags);
    free(arguments.words);
    return status;
}
