/* See bell.h. */
#include "base/bell.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

int bell_hang(struct loop *loop, struct loop_watch *watch)
{
    watch->fd = -1;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    int r = loop_watch_add(loop, watch, fd, EPOLLIN);
    if (r < 0)
        close(fd);
    return r;
}

void bell_ring(int fd)
{
    const uint64_t one = 1;
    (void)!write(fd, &one, sizeof(one));
}

void bell_hush(int fd)
{
    uint64_t count;
    (void)!read(fd, &count, sizeof(count));
}
