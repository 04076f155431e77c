/* The command line. The only place that ends the process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "loader.h"
#include "service.h"

#define EXIT_SETTINGS 2
#define LISTING_MAX   (4u << 20)

static const char usage[] =
    "usage: understudy [-c FILE] [-s SECTION.KEY=VALUE]... [serve | config [--defaults]]\n"
    "                  [-h] [-V]\n"
    "\n"
    "Keeps chat applications answering: passes OpenAI requests to a cloud provider, with\n"
    "retries, and has a local Ollama answer when the cloud does not.\n"
    "\n"
    "  serve              run in the foreground (default)\n"
    "  config             print every setting in effect and where it came from\n"
    "  config --defaults  print a commented settings file\n"
    "\n"
    "  -c FILE               settings file; else $UNDERSTUDY_CONFIG,\n"
    "                        ~/.config/understudy/understudy.ini, /etc/understudy/understudy.ini\n"
    "  -s SECTION.KEY=VALUE  one setting, over file and environment; may be repeated\n"
    "  -h                    this text\n"
    "  -V                    the version\n"
    "\n"
    "exit status: 0 done, 1 a fault while running, 2 wrong settings or usage\n";

struct arguments {
    struct loader loader;
    const char **flags;
    size_t flag_count;
    const char *command;
    const char *option; /* of the command */
};

static int wrong_usage(const char *what, const char *argument)
{
    (void)fprintf(stderr, "understudy: %s%s%s (see understudy -h)\n", what, argument ? ": " : "",
                  argument ? argument : "");
    return EXIT_SETTINGS;
}

static void add_flag(struct arguments *arguments, const char *flag)
{
    arguments->flags =
        xreallocarray(arguments->flags, arguments->flag_count + 2, sizeof(*arguments->flags));
    arguments->flags[arguments->flag_count++] = flag;
    arguments->flags[arguments->flag_count] = NULL;
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
        return wrong_usage("unknown option", argv[*at]);
    const char *value = option[2] ? option + 2 : *at + 1 < argc ? argv[++*at] : NULL;
    if (!value)
        return wrong_usage("a value is missing behind", option);
    if (file)
        arguments->loader.file = value;
    else
        add_flag(arguments, value);
    return -1;
}

static int read_arguments(struct arguments *arguments, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool of_command = arguments->command && strcmp(arguments->command, "config") == 0 &&
                          strncmp(argv[i], "--", 2) == 0 && argv[i] == short_form(argv[i]);
        if (argv[i][0] != '-' && !arguments->command) {
            arguments->command = argv[i];
        } else if (of_command && !arguments->option) {
            arguments->option = argv[i];
        } else if (argv[i][0] != '-' || argv[i][1] == '\0') {
            return wrong_usage("one argument too many", argv[i]);
        } else {
            int status = read_option(arguments, argv, argc, &i);
            if (status >= 0)
                return status;
        }
    }
    arguments->loader.flags = arguments->flags;
    return -1;
}

static void print_errors(const struct config_errors *errors)
{
    for (size_t i = 0; i < errors->warnings.count; i++)
        (void)fprintf(stderr, "understudy: warning: %s\n", errors->warnings.at[i]);
    for (size_t i = 0; i < errors->errors.count; i++)
        (void)fprintf(stderr, "understudy: %s\n", errors->errors.at[i]);
}

static int serve(const struct arguments *arguments)
{
    struct config *config;
    struct config_errors errors;
    int r = loader_load(&arguments->loader, &config, &errors);
    print_errors(&errors);
    config_errors_done(&errors);
    return r < 0 ? EXIT_SETTINGS : service_run(&arguments->loader, config);
}

static int print_listing(const struct arguments *arguments, struct buf *out)
{
    struct config_errors errors;
    int r = loader_print(&arguments->loader, out, &errors);
    print_errors(&errors);
    config_errors_done(&errors);
    return r;
}

static int config(const struct arguments *arguments)
{
    struct buf out;
    int r;
    buf_init(&out, LISTING_MAX);
    if (!arguments->option)
        r = print_listing(arguments, &out);
    else if (strcmp(arguments->option, "--defaults") == 0)
        r = config_print_defaults(&out);
    else if (strcmp(arguments->option, "--markdown") == 0) /* for docs/, not for users */
        r = config_print_markdown(&out);
    else
        return wrong_usage("unknown option of config", arguments->option);
    if (r == 0 && out.len && fwrite(out.data, 1, out.len, stdout) != out.len)
        r = -1;
    buf_done(&out);
    return r == 0 ? EXIT_SUCCESS : EXIT_SETTINGS;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    int status = read_arguments(&arguments, argc, argv);
    if (status < 0) {
        const char *command = arguments.command ? arguments.command : "serve";
        if (strcmp(command, "serve") == 0)
            status = serve(&arguments);
        else if (strcmp(command, "config") == 0)
            status = config(&arguments);
        else
            status = wrong_usage("unknown command", command);
    }
    free(arguments.flags);
    return status;
}
