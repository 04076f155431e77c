/*
 * Judged is what was opened (fstat), not its name, so it cannot be exchanged between the look and
 * the read. O_NONBLOCK: opening a FIFO must not hang before it can be refused.
 */
#include "machine/regularfile.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int judge(int fd, struct stat *ret)
{
    if (fstat(fd, ret) < 0)
        return -errno;
    if (S_ISDIR(ret->st_mode))
        return -EISDIR;
    return S_ISREG(ret->st_mode) ? 0 : -EINVAL;
}

int regularfile_open(const char *path, struct stat *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    /* A socket cannot be opened at all, nor a device that is not there. */
    if (fd < 0)
        return errno == ENXIO || errno == ENODEV ? -EINVAL : -errno;
    int r = judge(fd, ret);
    if (r == 0)
        return fd;
    close(fd);
    return r;
}
