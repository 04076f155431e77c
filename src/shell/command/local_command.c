/* See local_command.h. The first place where somebody listens is the daemon's. */
#include "command/local_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dial.h"
#include "control/control_line.h"
#include "control/control_path.h"
#include "text/suggest.h"

#define PATIENCE_MS 5000

static int find_daemon(struct error *reterr)
{
    int fd = -ENOENT;
    for (size_t n = 0; fd < 0; n++) {
        char *path = control_path_to_ask(n);
        if (!path)
            break;
        fd = dial_unix(path, clock_monotonic_ms() + PATIENCE_MS);
        if (fd == -EACCES)
            error_set(reterr, "%s is for the daemon's user and root only", path);
        free(path);
    }
    if (fd < 0)
        error_set(reterr, "no daemon listens at $RUNTIME_DIRECTORY/control, "
                          "$XDG_RUNTIME_DIR/understudy/control or /run/understudy/control: is it "
                          "running, and as you or for the system?");
    return fd;
}

/* The daemon closes when it has answered, as it sees that no more is asked. 0 or -errno. */
static int exchange(int fd, const struct control_request *request, struct buf *answer)
{
    int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
    struct buf out;
    buf_init(&out, CONTROL_LINE_MAX);
    int r = control_request_write(request, &out);
    if (r == 0)
        r = dial_send(fd, buf_text(&out), end_ms);
    buf_done(&out);
    (void)shutdown(fd, SHUT_WR);
    if (r == 0)
        r = dial_read(fd, answer, end_ms);
    return r == 0 && !text_ends(buf_text(answer), "\n") ? -EPIPE : r;
}

/* 0 and *ret_local, or -errno and *reterr. */
static int ask(int fd, const struct control_request *request, bool *ret_local, struct error *reterr)
{
    struct buf line;
    buf_init(&line, CONTROL_LINE_MAX);
    int r = exchange(fd, request, &line);
    if (r == 0)
        r = control_answer_read(text_make(line.data, line.len - 1), ret_local, reterr);
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

int local_command(const struct loader *loader, const struct cli_call *call)
{
    const char *word = call->operand_count > 0 ? call->operands[0] : NULL;
    struct control_request request = {control_word_find(text_of(word))};
    struct error why = ERROR_NONE;
    bool local = false;
    (void)loader;
    if (request.word == CONTROL_WORD_COUNT)
        return wrong_usage(word);
    int fd = find_daemon(&why);
    int r = fd < 0 ? fd : ask(fd, &request, &local, &why);
    if (fd >= 0)
        close(fd);
    if (r < 0) {
        (void)fprintf(stderr, "understudy: %s\n", why.text);
        return CLI_EXIT_FAULT;
    }
    return puts(local ? "local: on; nothing leaves the machine until `understudy local off`, or "
                        "the daemon's next start"
                      : "local: off; providers are asked as the settings say") < 0
               ? CLI_EXIT_FAULT
               : CLI_EXIT_DONE;
}
