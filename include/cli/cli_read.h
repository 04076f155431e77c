/*
 * argv, read by the table of the command line (cli.h):
 *
 *     understudy [-c FILE] [-s SECTION.KEY=VALUE]... [COMMAND] [WORD | --OPTION [VALUE]]...
 *
 * Options of all commands may stand anywhere, those of one behind it. "-cFILE" and "--config=FILE"
 * are two words in one; behind "--" all are operands.
 */
#ifndef UNDERSTUDY_CLI_READ_H
#define UNDERSTUDY_CLI_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"
#include "text/error.h"

struct cli_given {
    const struct cli_option *option;
    const char *value; /* NULL where the option takes none */
};

/* What was asked for; all strings are argv's. */
struct cli_call {
    enum cli_command command;
    const char *file;   /* the last -c; NULL = none */
    const char **flags; /* of -s, in their order; NULL at the end */
    size_t flag_count;
    const char **operands; /* NULL at the end */
    size_t operand_count;
    struct cli_given *given; /* the command's own options, in their order */
    size_t given_count;
};

/*
 * 0, -EINVAL and *reterr, which ends with what to do about it, or -ENOMEM. Freed by cli_call_done
 * in any case. -h and -V are the commands help and version; nothing behind them is looked at.
 */
int cli_read(struct cli_call *ret, int argc, const char *const *argv, struct error *reterr)
    __attribute__((warn_unused_result));

void cli_call_done(struct cli_call *call);

/* Was that option of the command given? The word must be one of the table. */
bool cli_has(const struct cli_call *call, const char *word);

/* The nth value of it; NULL at the end. */
const char *cli_value(const struct cli_call *call, const char *word, size_t n);

#endif
