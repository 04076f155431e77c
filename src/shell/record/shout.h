/* What is said once a minute, whichever worker is first, where nobody needs to know how often it
 * was not (else repeat.h). */
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
