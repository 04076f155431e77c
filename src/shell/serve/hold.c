/* See hold.h. One number. */
#include "serve/hold.h"

#include <stdatomic.h>

static atomic_size_t held_bytes;

bool hold_has_room(size_t bytes, size_t max_bytes)
{
    size_t held = atomic_load(&held_bytes);
    return held <= max_bytes && bytes <= max_bytes - held;
}

bool hold_grow(struct hold *hold, size_t bytes, size_t max_bytes)
{
    size_t held = atomic_fetch_add(&held_bytes, bytes);
    if (held > max_bytes || bytes > max_bytes - held) {
        atomic_fetch_sub(&held_bytes, bytes);
        return false;
    }
    hold->bytes += bytes;
    return true;
}

void hold_end(struct hold *hold)
{
    atomic_fetch_sub(&held_bytes, hold->bytes);
    hold->bytes = 0;
}
