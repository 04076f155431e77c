/* The command line. The only place that ends the process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "check_command.h"
#include "command.h"
#include "explain_command.h"
#include "loader.h"
#include "service.h"

#define LISTING_MAX (4u << 20)

static const char usage[] =
    "usage: understudy [-c FILE] [-s SECTION.KEY=VALUE]... [COMMAND] [-h] [-V]\n"
    "\n"
    "Keeps chat applications answering: passes OpenAI requests to a cloud provider, with\n"
    "retries, and has a local Ollama answer when the cloud does not.\n"
    "\n"
    "  serve              run in the foreground (default)\n"
    "  check [--json]     ask every provider what it can do; status 1 if none of the route can\n"
    "                     answer\n"
    "  config             print every setting in effect and where it came from\n"
    "  config --defaults  print a commented settings file\n"
    "  explain WHAT       say what would be done after a failure, and why: a status (429), a\n"
    "                     class (timeout) or an event (connect-refused, stall, offline); with\n"
    "                     --header 'NAME: VALUE' and --body TEXT of the answer, --stream\n"
    "\n"
    "  -c FILE               settings file; else $UNDERSTUDY_CONFIG,\n"
    "                        ~/.config/understudy/understudy.ini, /etc/understudy/understudy.ini\n"
    "  -s SECTION.KEY=VALUE  one setting, over file and environment; may be repeated\n"
    "  -h                    this text\n"
    "  -V                    the version\n"
    "\n"
    "exit status: 0 done, 1 a fault while running (check: no answer can be had), 2 wrong settings\n"
    "or usage\n";

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
        {"--help", "-h"}, {"--version", "-V"}, {"--config", "-c"}, {"--set", "-s"}};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (strcmp(argument, forms[i][0]) == 0)
            return forms[i][1];
    return argument;
}

/* -1: go on; else the exit status. *at: the index of the argument, moved over its value. */
static int read_option(struct arguments *arguments, char **argv, int argc, int *at)
{
    const char *option = short_form(argv[*at]);
    if (strcmp(option, "-h") == 0)
        return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (strcmp(option, "-V") == 0)
        return puts("understudy " UNDERSTUDY_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    bool file = strncmp(option, "-c", 2) == 0, flag = strncmp(option, "-s", 2) == 0;
    if (!file && !flag)
        return command_wrong_usage("unknown option", argv[*at]);
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

static int print_listing(const struct loader *loader, struct buf *out)
{
    struct config_errors errors;
    int r = loader_print(loader, out, &errors);
    command_tell(&errors);
    config_errors_done(&errors);
    return r;
}

static int config(const struct loader *loader, const char *const *words)
{
    struct buf out;
    int r;
    if (words[0] && words[1])
        return command_wrong_usage("one argument too many", words[1]);
    buf_init(&out, LISTING_MAX);
    if (!words[0])
        r = print_listing(loader, &out);
    else if (strcmp(words[0], "--defaults") == 0)
        r = config_print_defaults(&out);
    else if (strcmp(words[0], "--markdown") == 0) /* for docs/, not for users */
        r = config_print_markdown(&out);
    else
        return command_wrong_usage("unknown option of config", words[0]);
    if (r == 0)
        r = command_print(&out);
    buf_done(&out);
    return r == 0 ? EXIT_SUCCESS : COMMAND_WRONG;
}

static const struct {
    const char *name;
    int (*run)(const struct loader *loader, const char *const *words);
} commands[] = {
    {"serve", serve},
    {"check", check_command},
    {"config", config},
    {"explain", explain_command},
};

static int run(const struct arguments *arguments)
{
    static const char *const none[] = {NULL};
    const char *name = arguments->command ? arguments->command : commands[0].name;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(&arguments->loader, arguments->words ? arguments->words : none);
    return command_wrong_usage("unknown command", name);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    int status = read_arguments(&arguments, argc, argv);
    if (status < 0)
        status = run(&arguments);
    free(arguments.flags);
    free(arguments.words);
    return status;
}
