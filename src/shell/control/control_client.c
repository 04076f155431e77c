/* See control_client.h. */
#include "control/control_client.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/dial.h"
#include "control/control_path.h"

/* The places by their names; what is not set is none. */
static void tell_nobody(struct error *reterr)
{
    bool given = getenv("RUNTIME_DIRECTORY"), users = getenv("XDG_RUNTIME_DIR");
    if (given || users)
        error_set(
            reterr,
            "no daemon listens at %s%s%s/run/understudy/control: is it running, and as you or "
            "for the system?",
            given ? "$RUNTIME_DIRECTORY/control, " : "",
            users ? "$XDG_RUNTIME_DIR/understudy/control" : "", users ? " or " : "");
    else
        error_set(reterr,
                  "no daemon listens at /run/understudy/control, and a user's own cannot be "
                  "looked for, as neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is "
                  "set: " CONTROL_PATH_ADVICE);
}

int control_client_connect(struct error *reterr)
{
    int fd = -ENOENT;
    for (size_t n = 0; fd < 0; n++) {
        char *path = control_path_to_ask(n);
        if (!path)
            break;
        fd = dial_unix(path, clock_monotonic_ms() + CONTROL_CLIENT_MS);
        if (fd == -EACCES)
            error_set(reterr, "%s is for the daemon's user and root only", path);
        free(path);
    }
    if (fd < 0)
        tell_nobody(reterr);
    return fd;
}

int control_client_send(int fd, const struct control_request *request)
{
    struct buf out;
    buf_init(&out, CONTROL_LINE_MAX);
    int r = control_request_write(request, &out);
    if (r == 0)
        r = dial_send(fd, buf_text(&out), clock_monotonic_ms() + CONTROL_CLIENT_MS);
    buf_done(&out);
    return r;
}
