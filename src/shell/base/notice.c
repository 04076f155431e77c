/* See notice.h. One listens, or none. */
#include "base/notice.h"

#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

static atomic_int bell = -1;

void notice_to(int fd)
{
    atomic_store(&bell, fd);
}

void notice_change(void)
{
    const uint64_t one = 1;
    int fd = atomic_load(&bell);
    if (fd >= 0)
        (void)!write(fd, &one, sizeof(one));
}
