/* See repeat.h. A short table behind a lock: only what goes wrong gets here. */
#include "record/repeat.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "record/log.h"

static struct repeat {
    const char *event; /* NULL = free */
    char about[REPEAT_ABOUT_MAX];
    enum log_level level;
    int64_t said_at_ms;
    int64_t kept_back; /* since then */
} repeats[REPEATS_MAX];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* All below with the lock held. */

static void repeat_tell_one(struct repeat *repeat)
{
    if (repeat->kept_back == 0)
        return;
    const struct log_field fields[] = {
        LOG_STR("of", repeat->event), LOG_STR("about", repeat->about[0] ? repeat->about : NULL),
        LOG_INT("times", repeat->kept_back),
        LOG_STR("message", "it happened so often again since it was said")};
    log_event(repeat->level, "repeated", fields, COUNT(fields));
    repeat->kept_back = 0;
}

static int64_t repeat_due_in_ms(const struct repeat *repeat, int64_t now_ms)
{
    int64_t in_ms = repeat->said_at_ms + REPEAT_MS - now_ms;
    return in_ms > 0 ? in_ms : 0;
}

/* Its place; a free one, or that of the oldest, when it has none. */
static struct repeat *repeat_find(const char *event, const char *about)
{
    struct repeat *best = &repeats[0];
    for (size_t i = 0; i < REPEATS_MAX; i++) {
        struct repeat *repeat = &repeats[i];
        if (!repeat->event || (strcmp(repeat->event, event) == 0 &&
                               strncmp(repeat->about, about, REPEAT_ABOUT_MAX - 1) == 0))
            return repeat;
        if (repeat->said_at_ms < best->said_at_ms)
            best = repeat;
    }
    repeat_tell_one(best);
    best->event = NULL;
    return best;
}

bool repeat_may_say(enum log_level level, const char *event, const char *about, int64_t now_ms)
{
    pthread_mutex_lock(&lock);
    struct repeat *repeat = repeat_find(event, about);
    bool due = !repeat->event || repeat_due_in_ms(repeat, now_ms) == 0;
    bool first_kept = !due && repeat->kept_back == 0;
    if (due) {
        repeat_tell_one(repeat);
        *repeat = (struct repeat){.event = event, .level = level, .said_at_ms = now_ms};
        (void)snprintf(repeat->about, sizeof(repeat->about), "%s", about);
    } else {
        repeat->kept_back++;
    }
    pthread_mutex_unlock(&lock);
    if (first_kept)
        log_ask_to_be_reminded();
    return due;
}

int64_t repeat_tell(int64_t now_ms)
{
    int64_t next_ms = -1;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < REPEATS_MAX && repeats[i].event; i++) {
        int64_t in_ms = repeat_due_in_ms(&repeats[i], now_ms);
        if (in_ms == 0)
            repeat_tell_one(&repeats[i]);
        else if (repeats[i].kept_back > 0 && (next_ms < 0 || in_ms < next_ms))
            next_ms = in_ms;
    }
    pthread_mutex_unlock(&lock);
    return next_ms;
}

void repeat_end(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < REPEATS_MAX; i++) {
        repeat_tell_one(&repeats[i]);
        repeats[i].event = NULL;
    }
    pthread_mutex_unlock(&lock);
}
