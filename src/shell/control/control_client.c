/* See control_client.h. */
#include "control/control_client.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/dial.h"
#include "control/control_path.h"

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
        error_set(reterr, "no daemon listens at $RUNTIME_DIRECTORY/control, "
                          "$XDG_RUNTIME_DIR/understudy/control or /run/understudy/control: is it "
                          "running, and as you or for the system?");
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
