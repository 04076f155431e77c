/*
 * Keeps the sentence of what is going on (core standing.h) up to date, and tells it to a service
 * manager, if there is one: when it changes, and not more than once a second.
 */
#ifndef UNDERSTUDY_TELLTALE_H
#define UNDERSTUDY_TELLTALE_H

#include "base/loop.h"
#include "base/shared_config.h"
#include "tell/standing.h"

struct telltale {
    struct loop *loop;
    struct shared_config *const *shared; /* where the settings in effect stand */
    const char *address;
    bool stopping;
    struct loop_watch bell;         /* bell.h: something has changed (notice.h) */
    struct loop_timer again;        /* a change that came too soon, or that time brings */
    struct standing_provider *seen; /* of the route, as it was last looked at */
    char **names; /* of these: the settings they were of may be gone, and are not held for them:
                     keys that a reload has replaced go at once */
    size_t seen_count;
    int64_t told_at_ms; /* 0 = never */
    char told[STANDING_MAX];
};

/* All strings stay the caller's. 0 or -errno; telltale_done in any case. */
int telltale_init(struct telltale *telltale, struct loop *loop, struct shared_config *const *shared,
                  const char *address) __attribute__((warn_unused_result));

/* The settings have changed, or the drain has begun (stopping). */
void telltale_look(struct telltale *telltale);

void telltale_done(struct telltale *telltale);

#endif
