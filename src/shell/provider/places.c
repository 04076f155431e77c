/*
 * How many are inside is counted for the whole process (health.h); who waits is each worker's own.
 * Who gives up a place tells the other workers in which somebody waits. One that begins to wait is
 * counted first and tries once more then, so a place that is given up in between is not missed.
 */
#include "provider/places.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "base/owner.h"
#include "provider/health.h"

struct places {
    struct loop *loop;
    void (*freed)(void *arg);
    void *arg;
    struct place_guest *first, **last; /* waiting */
    atomic_int guests;                 /* of them; read by other threads */
    struct loop_task admit;
};

static bool go_in(struct place_guest *guest)
{
    guest->inside = health_enter(guest->provider);
    return guest->inside;
}

static void take_out(struct places *places, struct place_guest **at)
{
    struct place_guest *guest = *at;
    *at = guest->next;
    if (places->last == &guest->next)
        places->last = at;
    guest->waiting = false;
    atomic_fetch_sub(&places->guests, 1);
}

/*
 * Whoever is admitted may do anything, also leave or take another one out: so each by a task of its
 * own, with the queue looked at from its beginning. The tasks of a turn end when nobody fits in.
 */
static void admit_one(struct places *places)
{
    for (struct place_guest **at = &places->first; *at; at = &(*at)->next) {
        struct place_guest *guest = *at;
        if (!go_in(guest))
            continue;
        take_out(places, at);
        loop_defer(places->loop, &places->admit);
        guest->admitted(guest);
        return;
    }
}

static void on_admit(struct loop_task *task)
{
    admit_one(OWNER(task, struct places, admit));
}

void places_look(struct places *places)
{
    if (places->first)
        loop_defer(places->loop, &places->admit);
}

bool places_has_guests(const struct places *places)
{
    return atomic_load(&places->guests) > 0;
}

static bool somebody_waits(const struct places *places, const struct config_provider *provider)
{
    for (const struct place_guest *guest = places->first; guest; guest = guest->next)
        if (guest->provider == provider)
            return true;
    return false;
}

bool places_enter(struct places *places, const struct config_provider *provider,
                  struct place_guest *guest)
{
    guest->provider = provider;
    if (!somebody_waits(places, provider) && go_in(guest))
        return true;
    guest->waiting = true;
    guest->next = NULL;
    *places->last = guest;
    places->last = &guest->next;
    atomic_fetch_add(&places->guests, 1);
    places_look(places);
    return false;
}

void places_leave(struct places *places, struct place_guest *guest)
{
    struct place_guest **at = &places->first;
    while (guest->waiting && *at != guest)
        at = &(*at)->next;
    if (guest->waiting)
        take_out(places, at);
    if (!guest->inside)
        return;
    guest->inside = false;
    health_leave(guest->provider);
    places_look(places);
    if (guest->provider->max_inflight > 0)
        places->freed(places->arg);
}

struct places *places_new(struct loop *loop, void (*freed)(void *arg), void *arg)
{
    struct places *places = xcalloc(1, sizeof(*places));
    places->loop = loop;
    places->freed = freed;
    places->arg = arg;
    places->last = &places->first;
    places->admit.run = on_admit;
    return places;
}

void places_free(struct places *places)
{
    if (!places)
        return;
    loop_undefer(places->loop, &places->admit);
    free(places);
}
