/*
 * The control socket: mode 0600, and a peer whose user is neither ours nor root is closed. A few
 * peers at a time, each with one short line at a time and not for long, so that none of them holds
 * the loop up. What cannot be opened is told, and missing: the daemon serves without.
 */
#ifndef UNDERSTUDY_CONTROL_H
#define UNDERSTUDY_CONTROL_H

#include <stdbool.h>

struct control;
struct loop;

/* set_local: somebody says so. Where there is nowhere to listen, or no way to, that is logged, and
 * NULL returned. */
struct control *control_new(struct loop *loop, void (*set_local)(void *arg, bool on), void *arg);

/* Closes all and removes the socket. NULL is fine. */
void control_free(struct control *control);

#endif
