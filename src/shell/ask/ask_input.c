/* See ask_input.h. */
#include "ask/ask_input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define READ_BLOCK 65536

int ask_input_read(int fd, struct buf *out, struct error *reterr)
{
    char *block = xcalloc(1, READ_BLOCK);
    ssize_t n = 1;
    int r = 0;
    while (r == 0 && n != 0) {
        n = read(fd, block, READ_BLOCK);
        if (n > 0) {
            r = buf_append(out, block, (size_t)n);
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd more = {.fd = fd, .events = POLLIN};
            (void)poll(&more, 1, -1);
        } else if (n < 0 && errno != EINTR) {
            r = -errno;
        }
    }
    free(block);
    if (r == -EMSGSIZE)
        error_set(reterr,
                  "standard input is longer than %zu bytes, which is all that a request may have "
                  "([server] max_body)",
                  out->max);
    else if (r < 0)
        error_set(reterr, "standard input cannot be read: %s", strerror(-r));
    return r;
}
