/* See notice.h. One listens, or none. */
#include "base/notice.h"

#include <stdatomic.h>

#include "base/bell.h"

static atomic_int bell = -1;

void notice_to(int fd)
{
    atomic_store(&bell, fd);
}

void notice_change(void)
{
    int fd = atomic_load(&bell);
    if (fd >= 0)
        bell_ring(fd);
}
