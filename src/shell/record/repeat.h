/*
 * What is said in the log once a minute, however often it happens: what is kept back is counted,
 * and told when the minute is over, in a line of its own (event=repeated). Safe between threads.
 *
 *     if (repeat_may_say(LOG_LEVEL_ERROR, "auth", provider->name, now_ms))
 *         log_error("auth", ...);
 */
#ifndef UNDERSTUDY_REPEAT_H
#define UNDERSTUDY_REPEAT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

#define REPEAT_MS 60000

/* How many things are kept apart, by event and by what it is about. Beyond, the one that was said
 * the longest ago is told and forgotten. */
#define REPEATS_MAX 64

/* A longer one is known by its beginning. */
#define REPEAT_ABOUT_MAX 64

/* May it be said? False: it is counted. event: a constant; about: "" for what is about nothing in
 * particular; now_ms: monotonic. */
bool repeat_may_say(enum log_level level, const char *event, const char *about, int64_t now_ms);

/* For what nobody needs to know how often it was not said, or who counts it himself: once a minute,
 * whichever thread is first. *at_ms begins as -REPEAT_MS. */
static inline bool repeat_is_due(_Atomic int64_t *at_ms, int64_t now_ms)
{
    int64_t before = atomic_load(at_ms);
    return now_ms - before >= REPEAT_MS && atomic_compare_exchange_strong(at_ms, &before, now_ms);
}

/* Tells what was kept back and is due. The time until the next is; -1 = nothing is kept back. */
int64_t repeat_tell(int64_t now_ms);

/* Tells all that was kept back, and forgets it: the process ends. */
void repeat_end(void);

#endif
