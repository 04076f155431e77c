/*
 * THE table of the command line: commands, their options, exit statuses, variables. From it come
 * the parser, the help, docs/command-line.md with understudy(1), and what shells complete.
 */
#ifndef UNDERSTUDY_CLI_H
#define UNDERSTUDY_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "text/text.h"

/* In the order of the help. The first is meant where none is named. */
#define CLI_COMMANDS(X)                                                                            \
    X(serve)                                                                                       \
    X(ask)                                                                                         \
    X(check)                                                                                       \
    X(config)                                                                                      \
    X(explain)                                                                                     \
    X(local)                                                                                       \
    X(usage)                                                                                       \
    X(watch)                                                                                       \
    X(help)                                                                                        \
    X(version)                                                                                     \
    X(complete)

enum cli_command {
#define X(id) CLI_##id,
    CLI_COMMANDS(X)
#undef X
        CLI_COMMAND_COUNT
};

/* Of an option: it may stand with any command, and before it. */
#define CLI_ANY CLI_COMMAND_COUNT

/* What may stand in a place, for completion. */
enum cli_kind {
    CLI_NOTHING,
    CLI_FILE,
    CLI_SETTING,
    CLI_FAILURE,
    CLI_COMMAND,
    CLI_SWITCH,
    CLI_USAGE_KEY,
    CLI_TEXT
};

/* One of each; its word is the name of its row of CLI_COMMANDS. */
struct cli_command_row {
    const char *word;
    const char *operand; /* as it is called in the help; NULL = takes none */
    enum cli_kind kind;  /* of the operand */
    bool many;           /* operands */
    bool raw;            /* whatever comes is an operand, also with a - in front */
    bool unlisted;       /* for programs: not in the help */
    const char *text;    /* what it does, in the infinitive */
};

struct cli_option {
    enum cli_command command;
    const char *word;   /* "--json" */
    const char *letter; /* "-c"; NULL = none */
    const char *value;  /* as it is called in the help; NULL = takes none */
    enum cli_kind kind; /* of the value */
    bool alone;         /* a page of its own: no other option of the command goes with it */
    bool unlisted;      /* for `make docs` */
    const char *text;
};

/* What a status says of a run, by its number. */
#define CLI_EXITS(X)                                                                               \
    X(DONE, "done")                                                                                \
    X(FAULT, "a fault while running, or at the start, such as an address that is taken; "          \
             "standard output cannot be written; check: "                                          \
             "no answer can be had; ask: there is no answer, or none that is "                     \
             "whole; local: no daemon runs that could be told; usage: a file "                     \
             "cannot be read; watch: no daemon runs, or it has gone")                              \
    X(WRONG, "wrong settings or usage")                                                            \
    X(ONE_SIDE, "check --strict: only one side, cloud or local, can answer")

enum cli_exit {
#define X(id, text) CLI_EXIT_##id,
    CLI_EXITS(X)
#undef X
        CLI_EXIT_COUNT
};

/* A variable of the environment that is no setting. */
struct cli_variable {
    const char *name;
    const char *text;
};

const struct cli_command_row *cli_command_row(enum cli_command command);

/* False when no command has that word. */
bool cli_command_find(struct text word, enum cli_command *ret);

/* The rows in order; NULL at the end. */
const struct cli_option *cli_option_at(size_t n);
const struct cli_variable *cli_variable_at(size_t n);
const char *cli_exit_text(enum cli_exit status);

/* May it stand with that command? */
bool cli_option_concerns(const struct cli_option *option, enum cli_command command);

/* The option of that command, else of any, that is written so: "--json", "-c"; NULL = none. */
const struct cli_option *cli_option_find(enum cli_command command, struct text word);

/*
 * The option that a word with a - in front is or begins with, as "--NAME=VALUE" and "-cVALUE" do;
 * NULL = none. *ret_len is how long that part is, also of an unknown one; a lone - is one byte.
 */
const struct cli_option *cli_option_in(enum cli_command command, const char *word, size_t *ret_len);

/* What other daemons call a command or an option is called so here; NULL = nothing known. */
const char *cli_known_elsewhere(struct text word);

#endif
