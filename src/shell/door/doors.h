/*
 * The listening sockets as one worker sees them: who knocks is let in, and nobody hangs at the door
 * for want of descriptors.
 */
#ifndef UNDERSTUDY_DOORS_H
#define UNDERSTUDY_DOORS_H

#include <sys/socket.h>

#include "door/listeners.h"

struct doors;
struct loop;

/* Takes part in accepting on sockets (borrowed, shared with other workers). admit takes over fd, a
 * connected, non-blocking socket. */
struct doors *doors_new(struct loop *loop, const struct listeners *sockets,
                        void (*admit)(void *arg, int fd, const struct sockaddr *address,
                                      socklen_t len),
                        void *arg);
void doors_free(struct doors *doors);

/*
 * Lets in who is there already, and nobody any more. From here on connects are refused, but for a
 * socket that systemd has passed: there clients wait for the next start.
 */
void doors_close(struct doors *doors);

#endif
