/*
 * [provider] max_inflight: so many exchanges at a time on one provider, by all workers together;
 * the others wait their turn, first come first served within a worker.
 */
#ifndef UNDERSTUDY_ROOM_H
#define UNDERSTUDY_ROOM_H

#include <stdbool.h>

#include "settings/config.h"

struct loop;
struct room;

/* Somebody who wants in; embedded in its owner. */
struct room_guest {
    struct room_guest *next;
    const struct config_provider *provider;
    void (*admitted)(struct room_guest *guest); /* from the loop */
    bool waiting;
    bool inside;
};

/* freed: a place was given up that somebody in another worker may wait for. */
struct room *room_new(struct loop *loop, void (*freed)(void *arg), void *arg);
void room_free(struct room *room);

/* True: it is in at once. False: admitted is called when its turn comes. */
bool room_enter(struct room *room, const struct config_provider *provider,
                struct room_guest *guest);

/* Another worker has given up a place: who waits here tries again. */
void room_look(struct room *room);

/* Does anybody wait? From any thread. */
bool room_has_guests(const struct room *room);

/* Out of it, or of the queue. Neither: fine. */
void room_leave(struct room *room, struct room_guest *guest);

#endif
