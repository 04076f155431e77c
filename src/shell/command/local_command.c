/* See local_command.h. The first place where somebody listens is the daemon's. */
#include "command/local_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/control_line.h"
#include "control/control_path.h"
#include "text/suggest.h"

#define PATIENCE_S 5

/* The descriptor, or -errno. */
static int connect_to(const char *path)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, len);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    int r = -errno;
    close(fd);
    return r;
}

static int find_daemon(struct error *reterr)
{
    int fd = -ENOENT;
    for (size_t n = 0; fd < 0; n++) {
        char *path = control_path_to_ask(n);
        if (!path)
            break;
        fd = connect_to(path);
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

/* 0 and *ret_local, or -errno and *reterr. */
static int ask(int fd, const struct control_request *request, bool *ret_local, struct error *reterr)
{
    struct buf out;
    char line[CONTROL_LINE_MAX];
    size_t len = 0;
    buf_init(&out, CONTROL_LINE_MAX);
    int r = control_request_write(request, &out);
    if (r == 0 && send(fd, out.data, out.len, MSG_NOSIGNAL) != (ssize_t)out.len)
        r = -EPIPE;
    buf_done(&out);
    while (r == 0 && (len == 0 || line[len - 1] != '\n')) {
        ssize_t n = len < sizeof(line) ? recv(fd, line + len, sizeof(line) - len, 0) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            r = -EPIPE;
        len += n > 0 ? (size_t)n : 0;
    }
    if (r == 0)
        return control_answer_read(text_make(line, len - 1), ret_local, reterr);
    error_set(reterr, "the daemon does not answer (its control socket is for its user and root)");
    return r;
}

static int wrong_usage(const char *word)
{
    struct suggest suggest = suggest_for(text_of(word));
    suggest_offer(&suggest, "on");
    suggest_offer(&suggest, "off");
    suggest_offer(&suggest, "status");
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
    struct control_request request = {.on = word && strcmp(word, "on") == 0};
    struct error why = ERROR_NONE;
    bool local = false;
    (void)loader;
    request.sets = request.on || (word && strcmp(word, "off") == 0);
    if (!request.sets && (!word || strcmp(word, "status") != 0))
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
