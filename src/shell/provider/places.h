/*
 * [provider] max_inflight: so many exchanges at a time on one provider, by all workers together;
 * the others wait their turn, first come first served within a worker.
 */
#ifndef UNDERSTUDY_PLACES_H
#define UNDERSTUDY_PLACES_H

#include <stdbool.h>

#include "config/config.h"

struct loop;
struct places;

/* Somebody who wants in; embedded in its owner. */
struct place_guest {
    struct place_guest *next;
    const struct config_provider *provider;
    void (*admitted)(struct place_guest *guest); /* from the loop */
    bool waiting;
    bool inside;
};

/* freed: a place was given up that somebody in another worker may wait for. */
struct places *places_new(struct loop *loop, void (*freed)(void *arg), void *arg);
void places_free(struct places *places);

/* True: it is in at once. False: admitted is called when its turn comes. */
bool places_enter(struct places *places, const struct config_provider *provider,
                  struct place_guest *guest);

/* Another worker has given up a place: who waits here tries again. */
void places_look(struct places *places);

/* Does anybody wait? From any thread. */
bool places_has_guests(const struct places *places);

/* Out of it, or of the queue. Neither: fine. */
void places_leave(struct places *places, struct place_guest *guest);

#endif
