/* The monotonic clock stands still while the machine sleeps, so no timer tells of it. */
#include "machine/wake.h"

#include "base/clock.h"
#include "base/owner.h"

/* Less is the time between two readings of the clocks. */
#define SLEPT_MIN_MS 1000

static int64_t on_turn(struct loop_hook *hook)
{
    struct wake *wake = OWNER(hook, struct wake, hook);
    int64_t slept_ms = clock_slept_ms();
    int64_t for_ms = slept_ms - wake->slept_ms;
    if (for_ms >= SLEPT_MIN_MS) {
        wake->slept_ms = slept_ms;
        wake->woke(wake, for_ms);
    }
    return -1;
}

void wake_init(struct wake *wake, struct loop *loop)
{
    wake->slept_ms = clock_slept_ms();
    wake->hook.turn = on_turn;
    loop_add_hook(loop, &wake->hook);
}
