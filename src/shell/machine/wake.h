/* Notices that the machine slept: then connections are dead, and it may be in another network. */
#ifndef UNDERSTUDY_WAKE_H
#define UNDERSTUDY_WAKE_H

#include <stdint.h>

#include "base/loop.h"

struct wake {
    struct loop_hook hook;
    int64_t slept_ms; /* in all, when it was looked at last */
    /* From the loop, at the end of a turn. */
    void (*woke)(struct wake *wake, int64_t slept_for_ms);
};

/* woke is set by the caller. Hooks that are added later see the turn after it. */
void wake_init(struct wake *wake, struct loop *loop);

#endif
