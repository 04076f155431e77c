/* What is said aloud, but not for every request: once a minute, whichever worker is first. */
#ifndef UNDERSTUDY_SHOUT_H
#define UNDERSTUDY_SHOUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SHOUT_MS 60000

/* *at_ms begins as -SHOUT_MS. */
static inline bool shout_is_due(_Atomic int64_t *at_ms, int64_t now_ms)
{
    int64_t before = atomic_load(at_ms);
    return now_ms - before >= SHOUT_MS && atomic_compare_exchange_strong(at_ms, &before, now_ms);
}

#endif
