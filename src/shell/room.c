/*
 * How many are inside is counted for the whole process (health.h); who waits is each worker's own.
 * A place that another worker gives up is found by looking again, a few times a second.
 */
#include "room.h"

#include <stdlib.h>

#include "alloc.h"
#include "health.h"
#include "loop.h"
#include "worker.h"

#define LOOK_AGAIN_MS 25

struct room {
    struct worker *worker;
    struct room_guest *first, **last; /* waiting */
    struct loop_task admit;
    struct loop_timer look;
};

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

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
}

/* One is admitted a turn of the loop: it may do anything, also leave. */
static void admit_one(struct room *room)
{
    for (struct room_guest **at = &room->first; *at; at = &(*at)->next) {
        struct room_guest *guest = *at;
        if (!go_in(guest))
            continue;
        take_out(room, at);
        loop_defer(&room->worker->loop, &room->admit);
        guest->admitted(guest);
        return;
    }
}

static void look_again(struct room *room)
{
    struct loop *loop = &room->worker->loop;
    if (room->first)
        loop_timer_set(loop, &room->look, loop_now_ms(loop) + LOOK_AGAIN_MS);
    else
        loop_timer_cancel(loop, &room->look);
}

static void on_admit(struct loop_task *task)
{
    struct room *room = OWNER(task, struct room, admit);
    admit_one(room);
    look_again(room);
}

static void on_look(struct loop_timer *timer)
{
    struct room *room = OWNER(timer, struct room, look);
    loop_defer(&room->worker->loop, &room->admit);
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
    look_again(room);
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
    if (room->first)
        loop_defer(&room->worker->loop, &room->admit);
}

struct room *room_new(struct worker *worker)
{
    struct room *room = xcalloc(1, sizeof(*room));
    room->worker = worker;
    room->last = &room->first;
    room->admit.run = on_admit;
    room->look.due = on_look;
    return room;
}

void room_free(struct room *room)
{
    if (!room)
        return;
    loop_timer_cancel(&room->worker->loop, &room->look);
    loop_undefer(&room->worker->loop, &room->admit);
    free(room);
}
