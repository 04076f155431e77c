/* See local_command.h. */
#include "control/local_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dial.h"
#include "command/command_print.h"
#include "control/control_client.h"
#include "text/suggest.h"

/* The daemon closes when it has answered, as it sees that no more is asked. 0 or -errno. */
static int exchange(int fd, const struct control_request *request, struct buf *answer)
{
    int r = control_client_send(fd, request);
    (void)shutdown(fd, SHUT_WR);
    if (r == 0)
        r = dial_read(fd, answer, clock_monotonic_ms() + CONTROL_CLIENT_MS);
    return r == 0 && !text_ends(buf_text(answer), "\n") ? -EPIPE : r;
}

/* 0, or -errno and *reterr. */
static int ask(int fd, const struct control_request *request, struct control_answer *ret,
               struct error *reterr)
{
    struct buf line;
    buf_init(&line, CONTROL_LINE_MAX);
    int r = exchange(fd, request, &line);
    if (r == 0)
        r = control_answer_read(text_make(line.data, line.len - 1), ret, reterr);
    else
        error_set(reterr,
                  "the daemon does not answer (its control socket is for its user and root)");
    buf_done(&line);
    return r;
}

static int wrong_usage(const char *word)
{
    struct suggest suggest = suggest_for(text_of(word));
    for (unsigned id = 0; id < CONTROL_WORD_COUNT; id++)
        suggest_offer(&suggest, control_word((enum control_word)id));
    if (word)
        (void)fprintf(stderr,
                      "understudy: local: %s: on, off or status is needed%s (see "
                      "understudy -h)\n",
                      word, SUGGEST_HINT(suggest.best));
    else
        (void)fprintf(stderr, "understudy: local: on, off or status is needed (see understudy "
                              "-h)\n");
    return CLI_EXIT_WRONG;
}

/* Which daemon it was, as a user may have several, and the system one. */
static int tell(const struct control_answer *answer)
{
    struct buf line;
    buf_init(&line, CONTROL_LINE_MAX);
    int r = buf_append_string(
        &line, answer->local
                   ? "local: on; nothing leaves the machine until `understudy local off`, "
                     "or the daemon's next start"
                   : "local: off; providers are asked as the settings say");
    if (r == 0 && answer->address[0])
        r = buf_printf(&line, " (the daemon at %s)", answer->address);
    int status = r == 0 ? command_print_line(line.data) : CLI_EXIT_FAULT;
    buf_done(&line);
    return status;
}

int local_command(const struct loader *loader, const struct cli_call *call)
{
    const char *word = call->operand_count > 0 ? call->operands[0] : NULL;
    struct control_request request = {.word = control_word_find(text_of(word))};
    struct error why = ERROR_NONE;
    struct control_answer answer = {0};
    (void)loader;
    if (request.word == CONTROL_WORD_COUNT)
        return wrong_usage(word);
    int fd = control_client_connect(&why);
    int r = fd < 0 ? fd : ask(fd, &request, &answer, &why);
    if (fd >= 0)
        close(fd);
    if (r < 0) {
        (void)fprintf(stderr, "understudy: %s\n", why.text);
        return CLI_EXIT_FAULT;
    }
    return tell(&answer);
}
