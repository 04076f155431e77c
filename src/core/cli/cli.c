/* The rows. */
#include "cli/cli.h"

#include "text/count.h"

static const struct cli_command_row commands[CLI_COMMAND_COUNT] = {
    [CLI_serve] = {.word = "serve", .text = "run in the foreground (default)"},
    [CLI_ask] =
        {.word = "ask",
         .operand = "[TEXT]...",
         .kind = CLI_TEXT,
         .many = true,
         .text =
             "ask one thing and print the answer as it comes: TEXT, and behind an empty line "
             "what comes from standard input, if that is no terminal. The running daemon is "
             "asked, or without one the providers directly, with the same retries and fallback; "
             "who answered, and why, is told on standard error. Several words are one text, with "
             "blanks between them"},
    [CLI_check] =
        {.word = "check",
         .text = "ask every provider what it can do: is it reached, how fast, is the key "
                 "taken, which models it has; and name published faults of the libraries, and for "
                 "all that is wrong what to do (docs/check.md); status 1 if none of the route can "
                 "answer, or with such a fault"},
    [CLI_config] = {.word = "config",
                    .text = "print every setting in effect and where it came from, secrets as "
                            "****"},
    [CLI_explain] = {.word = "explain",
                     .operand = "WHAT",
                     .kind = CLI_FAILURE,
                     .text = "say what would be done after a failure, and why: a status (429), a "
                             "class (timeout) or an event (connect-refused, stall, offline; of a "
                             "tool: tool-timeout)"},
    [CLI_local] = {.word = "local",
                   .operand = "on|off|status",
                   .kind = CLI_SWITCH,
                   .text = "have the running daemon send nothing out of the machine, until off or "
                           "its next start: only providers on loopback and private addresses are "
                           "asked; or say which of the two it is"},
    [CLI_usage] =
        {.word = "usage",
         .operand = "[FILE]...",
         .kind = CLI_FILE,
         .many = true,
         .text =
             "add up usage files (- is standard input), or the one that [log] usage_file names: "
             "requests, fallbacks, tokens, and the time to the first content that 50 and 99 "
             "of 100 requests did not pass, per day (UTC), provider, model and client"},
    [CLI_watch] = {.word = "watch",
                   .text = "print what happens at the running daemon, a line an exchange, until "
                           "it ends: what was asked, who answered, after which failure, how fast; "
                           "and each change of what is going on (the cloud is offline ...)"},
    [CLI_help] = {.word = "help",
                  .operand = "[COMMAND]",
                  .kind = CLI_COMMAND,
                  .text = "print this text"},
    [CLI_version] = {.word = "version", .text = "print the version"},
    [CLI_complete] = {.word = "complete",
                      .operand = "WORD...",
                      .kind = CLI_TEXT,
                      .many = true,
                      .raw = true,
                      .unlisted = true,
                      .text = "print what the last word may become, a line each with a TAB before "
                              "what it means; for the shells' completions"},
};

static const struct cli_option options[] = {
    {CLI_ANY, "--config", "-c", "FILE", CLI_FILE,
     .text = "the settings file; else $UNDERSTUDY_CONFIG, ~/.config/understudy/understudy.ini, "
             "/etc/understudy/understudy.ini"},
    {CLI_ANY, "--set", "-s", "SECTION.KEY=VALUE", CLI_SETTING,
     .text = "one setting, over file and environment; may be repeated"},
    {CLI_ANY, "--help", "-h", .text = "print this text"},
    {CLI_ANY, "--version", "-V", .text = "print the version; so does -v"},

    {CLI_ask, "--model", "-m", "MODEL", CLI_TEXT,
     .text = "which model, as an app would name it; else [provider NAME] model of whoever is asked "
             "first. Clouds but openai have none by default: where none is set either, MODEL is "
             "needed"},
    {CLI_ask, "--system", "-s", "SYSTEM", CLI_TEXT,
     .text = "what the model is told before TEXT. Behind `ask` -s means this: a setting stands "
             "before `ask`, or behind --set"},
    {CLI_ask, "--json",
     .text = "print one JSON object when the answer is whole: text, provider, model, fallback (why "
             "it was not the first of the route, or null), usage (tokens, or null)"},

    {CLI_check, "--strict", .text = "status 3 if only one side, cloud or local, can answer"},
    {CLI_check, "--local",
     .text = "ask the running daemon and the providers of this machine and its network, and no "
             "cloud; status 1 if the daemon cannot answer"},
    {CLI_check, "--json", .text = "print one JSON object"},
    {CLI_check, "--markdown", .unlisted = true, .text = "docs/advisories.md"},

    {CLI_config, "--changed", .text = "leave out what is as by default, also where it is written"},
    {CLI_config, "--json", .text = "print one JSON object"},
    {CLI_config, "--defaults", .alone = true, .text = "print a commented settings file"},
    {CLI_config, "--presets", .alone = true,
     .text = "print the providers that are known without a section: where they are, and which "
             "variable holds their key"},
    {CLI_config, "--markdown", .alone = true, .unlisted = true, .text = "docs/configuration.md"},
    {CLI_config, "--presets-markdown", .alone = true, .unlisted = true,
     .text = "docs/providers.md"},

    {CLI_explain, "--header", NULL, "'NAME: VALUE'", CLI_TEXT,
     .text = "a header of the answer; may be repeated"},
    {CLI_explain, "--body", NULL, "TEXT", CLI_TEXT, .text = "the body of the answer"},
    {CLI_explain, "--stream", .text = "a streamed answer was asked for"},
    {CLI_explain, "--markdown", .unlisted = true,
     .text = "docs/failures.md, with `dialects` docs/dialects.md, with `tools` the end of "
             "docs/tools.md"},

    {CLI_usage, "--by", NULL, "KEY,KEY", CLI_USAGE_KEY,
     .text = "what has a row of its own: some of day, provider, model, client"},
    {CLI_usage, "--since", NULL, "TIME", CLI_TEXT,
     .text = "leave out what is older than 7d or 12h, or was before 2026-11-01 (UTC)"},
    {CLI_usage, "--json", .text = "print a JSON array, an object for each row"},
    {CLI_watch, "--fallbacks", .text = "only exchanges that the first provider did not answer"},
    {CLI_watch, "--json",
     .text = "print the daemon's lines as they are, a JSON object each: {\"exchange\": {...}} as "
             "in /status.json, {\"standing\": \"...\"}, {\"lost\": {\"count\": n}}"},

    {CLI_help, "--markdown", .unlisted = true, .text = "docs/command-line.md"},
};

static const struct cli_variable variables[] = {
    {"UNDERSTUDY_CONFIG", "The settings file, where no -c names one."},
    {"UNDERSTUDY_SECTION_KEY", "A setting, over the file; its name is told with each setting, as "
                               "are those that other programs use (OPENAI_API_KEY, OLLAMA_HOST)."},
    {"XDG_CONFIG_HOME, HOME", "Where the user's own settings file is looked for."},
    {"CREDENTIALS_DIRECTORY", "Where systemd lays what `credential:NAME` names."},
    {"NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID",
     "Set by systemd: where it is told how the service is, and how often it wants a sign of life."},
    {"LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES",
     "Set by systemd: sockets that it listens on and hands over. They win over [server] listen."},
    {"JOURNAL_STREAM", "Set by systemd: standard error is the journal, so each line says how grave "
                       "it is."},
    {"RUNTIME_DIRECTORY, XDG_RUNTIME_DIR",
     "Where the daemon has its control socket, for its user and root only: "
     "`$RUNTIME_DIRECTORY/control` or `$XDG_RUNTIME_DIR/understudy/control`; with neither it has "
     "none."},
    {"NO_COLOR, TERM", "With NO_COLOR set to anything, or TERM=dumb, a terminal gets no colours."},
};

/* What other daemons call it. */
static const struct {
    const char *word;
    const char *meant;
} elsewhere[] = {
    {"start", "serve"},
    {"run", "serve"},
    {"daemon", "serve"},
    {"chat", "ask"},
    {"prompt", "ask"},
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
    {"stats", "usage"},
    {"cost", "usage"},
    {"report", "usage"},
    {"-p", "-s server.listen=127.0.0.1:PORT"},
    {"--port", "-s server.listen=127.0.0.1:PORT"},
    {"--listen", "-s server.listen=ADDRESS:PORT"},
    {"--host", "-s server.listen=ADDRESS:PORT"},
    {"--bind", "-s server.listen=ADDRESS:PORT"},
    {"--debug", "-s log.level=debug"},
    {"--verbose", "-s log.level=debug"},
};

static const char *const exits[CLI_EXIT_COUNT] = {
#define X(id, text) text,
    CLI_EXITS(X)
#undef X
};

const struct cli_command_row *cli_command_row(enum cli_command command)
{
    return &commands[command];
}

bool cli_command_find(struct text word, enum cli_command *ret)
{
    for (unsigned i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (text_equals(word, commands[i].word)) {
            *ret = (enum cli_command)i;
            return true;
        }
    }
    return false;
}

const struct cli_option *cli_option_at(size_t n)
{
    return n < COUNT(options) ? &options[n] : NULL;
}

const struct cli_variable *cli_variable_at(size_t n)
{
    return n < COUNT(variables) ? &variables[n] : NULL;
}

const char *cli_exit_text(enum cli_exit status)
{
    return exits[status];
}

bool cli_option_concerns(const struct cli_option *option, enum cli_command command)
{
    return option->command == CLI_ANY || option->command == command;
}

const struct cli_option *cli_option_find(enum cli_command command, struct text word)
{
    if (text_equals(word, "-v"))
        word = text_of("-V");
    const struct cli_option *found = NULL;
    for (size_t i = 0; i < COUNT(options); i++)
        if (cli_option_concerns(&options[i], command) &&
            (text_equals(word, options[i].word) ||
             (options[i].letter && text_equals(word, options[i].letter))))
            found = &options[i]; /* the command's own stand behind those of any */
    return found;
}

const struct cli_option *cli_option_in(enum cli_command command, const char *word, size_t *ret_len)
{
    *ret_len = word[1] == '-' ? strcspn(word, "=") : strnlen(word, 2);
    return cli_option_find(command, text_make(word, *ret_len));
}

const char *cli_known_elsewhere(struct text word)
{
    for (size_t i = 0; i < COUNT(elsewhere); i++)
        if (text_equals(word, elsewhere[i].word))
            return elsewhere[i].meant;
    return NULL;
}
