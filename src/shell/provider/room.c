/*
 * How many are inside is counted for the whole process (health.h); who waits is each worker's own.
 * Who gives up a place tells the other workers in which somebody waits. One that begins to wait is
 * counted first and tries once more then, so a place that is given up in between is not missed.
 */
#include "provider/room.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "base/owner.h"
#include "provider/health.h"

struct room {
    struct loop *loop;
    void (*freed)(void *arg);
    void *arg;
    struct room_guest *first, **last; /* waiting */
    atomic_int guests;                /* of them; read by other threads */
    struct loop_task admit;
};

static bool go_in(struct room_guest *guest)
{
    guest->inside = health_enter(guest->provider);
    return guest->inside;
}

static void take_out(struct room *room, struct room_guest **at)
{
    struct room_guest *guest = *at;
    *at = guest->next;
    if (room->last == &guest->next)
        room->last = at;
    guest->waiting = false;
    atomic_fetch_sub(&room->guests, 1);
}

/*
 * Whoever is admitted may do anything, also leave or take another one out: so each by a task of its
 * own, with the queue looked at from its beginning. The tasks of a turn end when nobody fits in.
 */
static void admit_one(struct room *room)
{
    for (struct room_guest **at = &room->first; *at; at = &(*at)->next) {
        struct room_guest *guest = *at;
        if (!go_in(guest))
            continue;
        take_out(room, at);
        loop_defer(room->loop, &room->admit);
        guest->admitted(guest);
        return;
    }
}

static void on_admit(struct loop_task *task)
{
    admit_one(OWNER(task, struct room, admit));
}

void room_look(struct room *room)
{
    if (room->first)
        loop_defer(room->loop, &room->admit);
}

bool room_has_guests(const struct room *room)
{
    return atomic_load(&room->guests) > 0;
}

static bool somebody_waits(const struct room *room, const struct config_provider *provider)
{
    for (const struct room_guest *guest = room->first; guest; guest = guest->next)
        if (guest->provider == provider)
            return true;
    return false;
}

bool room_enter(struct room *room, const struct config_provider *provider, struct room_guest *guest)
{
    guest->provider = provider;
    if (!somebody_waits(room, provider) && go_in(guest))
        return true;
    guest->waiting = true;
    guest->next = NULL;
    *room->last = guest;
    room->last = &guest->next;
    atomic_fetch_add(&room->guests, 1);
    room_look(room);
    return false;
}

void room_leave(struct room *room, struct room_guest *guest)
{
    struct room_guest **at = &room->first;
    while (guest->waiting && *at != guest)
        at = &(*at)->next;
    if (guest->waiting)
        take_out(room, at);
    if (!guest->inside)
        return;
    guest->inside = false;
    health_leave(guest->provider);
    room_look(room);
    if (guest->provider->max_inflight > 0)
        room->freed(room->arg);
}

struct room *room_new(struct loop *loop, void (*freed)(void *arg), void *arg)
{
    struct room *room = xcalloc(1, sizeof(*room));
    room->loop = loop;
    room->freed = freed;
    room->arg = arg;
    room->last = &room->first;
    room->admit.run = on_admit;
    return room;
}

void room_free(struct room *room)
{
    if (!room)
        return;
    loop_undefer(room->loop, &room->admit);
    free(room);
}
