/*
 * The control socket: mode 0600, and a peer whose user is neither ours nor root is closed. A few
 * peers at a time (32, and as many that watch beside them), each with one short line at a time and
 * not for long, so that none of them holds the loop up; but one that watches may stay, and loses
 * what it does not read in time. What cannot be opened is told, and missing: the daemon serves
 * without.
 */
#ifndef UNDERSTUDY_CONTROL_H
#define UNDERSTUDY_CONTROL_H

#include <stdbool.h>

struct control;
struct loop;

/* Whom it serves. */
struct control_owner {
    void (*set_local)(void *arg, bool on);    /* somebody says so */
    const char *(*standing)(const void *arg); /* what is going on (core standing.h); "" = nothing
                                                 is known yet */
    const char *address;                      /* where it serves; borrowed */
    void *arg;
};

/* owner is copied. Where there is nowhere to listen, or no way to, that is logged, and NULL
 * returned. */
struct control *control_new(struct loop *loop, const struct control_owner *owner);

/* Tells those that watch what they have not been told yet, closes all and removes the socket. NULL
 * is fine. */
void control_free(struct control *control);

#endif
