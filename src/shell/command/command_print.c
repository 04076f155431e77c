/* See command_print.h. */
#include "command/command_print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

void command_tell_unwritten(int error)
{
    (void)fprintf(stderr, "understudy: standard output cannot be written (%s)\n", strerror(error));
}

static int end(bool whole)
{
    if (whole && fflush(stdout) == 0)
        return CLI_EXIT_DONE;
    command_tell_unwritten(errno);
    return CLI_EXIT_FAULT;
}

int command_print(const struct buf *out)
{
    return end(out->len == 0 || fwrite(out->data, 1, out->len, stdout) == out->len);
}

int command_print_line(const char *line)
{
    return end(puts(line) >= 0);
}

bool command_can_print(void)
{
    bool can = write(STDOUT_FILENO, "", 0) == 0;
    if (!can)
        command_tell_unwritten(errno);
    return can;
}
