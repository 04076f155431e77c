/* The command line (cli/cli.h has its table). The only place that ends the process. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "ask/ask_command.h"
#include "base/alloc.h"
#include "cli/cli_help.h"
#include "cli/cli_read.h"
#include "command/check_command.h"
#include "command/command.h"
#include "command/command_print.h"
#include "command/complete_command.h"
#include "command/config_command.h"
#include "command/explain_command.h"
#include "command/loader.h"
#include "command/usage_command.h"
#include "control/local_command.h"
#include "control/watch_command.h"
#include "daemon/service.h"
#include "machine/process.h"
#include "machine/startup.h"
#include "record/log.h"

#define HELP_MAX (64u << 10)

static int serve_command(const struct loader *loader, const struct cli_call *call)
{
    (void)call;
    struct config *config = command_load(loader);
    return config ? service_run(loader, config) : CLI_EXIT_WRONG;
}

/* `help config` is answered by the one page, which has it all. */
static int help_command(const struct loader *loader, const struct cli_call *call)
{
    struct buf out;
    (void)loader;
    buf_init(&out, HELP_MAX);
    int r = cli_has(call, "--markdown") ? cli_help_markdown(&out) : cli_help_print(&out);
    int status = r == 0 ? command_print(&out) : CLI_EXIT_FAULT;
    buf_done(&out);
    return status;
}

static int version_command(const struct loader *loader, const struct cli_call *call)
{
    (void)loader;
    (void)call;
    return command_print_line("understudy " UNDERSTUDY_VERSION);
}

static int (*const commands[CLI_COMMAND_COUNT])(const struct loader *loader,
                                                const struct cli_call *call) = {
#define X(id) [CLI_##id] = id##_command,
    CLI_COMMANDS(X)
#undef X
};

int main(int argc, char **argv)
{
    struct cli_call call;
    struct error why = ERROR_NONE;
    int status = CLI_EXIT_WRONG;
    process_protect();
    startup_hide_environment();
    startup_hide_arguments(argv);
    int r = cli_read(&call, argc, (const char *const *)argv, &why);
    if (r == -ENOMEM)
        alloc_failed();
    if (r == 0) {
        const struct loader loader = {.file = call.file, .flags = call.flags};
        status = commands[call.command](&loader, &call);
    } else {
        (void)fprintf(stderr, "%sunderstudy: %s\n", log_priority(LOG_LEVEL_ERROR), why.text);
    }
    if (service_left_worker())
        _exit(status);
    cli_call_done(&call);
    startup_done();
    return status;
}
