/*
 * Who comes when there is no connection left to give. Each is heard as far as its request line, so
 * that /healthz is answered however many there are, and gets an answer at once; who says nothing
 * has a second. When the lobby itself is full, the one that has waited longest makes room.
 */
#ifndef UNDERSTUDY_LOBBY_H
#define UNDERSTUDY_LOBBY_H

#include "base/loop.h"
#include "door/linger.h"

struct guest;

struct lobby {
    struct loop *loop;
    struct linger_set *lingering; /* takes those that have had their answer */
    struct guest *first;          /* has waited longest */
    struct guest **end;
    int count;
};

void lobby_init(struct lobby *lobby, struct loop *loop, struct linger_set *lingering);

/* Closes those that are left. */
void lobby_done(struct lobby *lobby);

/* Takes over fd, a non-blocking socket. */
void lobby_take(struct lobby *lobby, int fd);

#endif
