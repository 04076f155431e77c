/*
 * Which worker has a connection: the one that has the fewest. Whoever is awake hears the knock,
 * which mostly is the same worker; so whoever accepts deals, and hands on what is another one's.
 *
 *     accepted --> dealing_deal --fewest here--> admit
 *                               \---- there ---> its queue, its bell --> admit, in its own thread
 *
 * A worker that does not hear its bell for a second is not dealt to, and its queue is taken back.
 */
#ifndef UNDERSTUDY_DEALING_H
#define UNDERSTUDY_DEALING_H

#include <sys/socket.h>

struct loop;
struct dealing; /* one worker's part in it */

/* Takes over fd, a connected, non-blocking socket; called in the thread of its loop. */
typedef void dealing_admit(void *arg, int fd, const struct sockaddr *address, socklen_t len);

/* Takes part from now on. 0 and *ret, or -errno: there is no bell for it. */
int dealing_new(struct loop *loop, dealing_admit *admit, void *arg, struct dealing **ret)
    __attribute__((warn_unused_result));

/* In its own thread, as the two below: has fd admitted, here or by another worker. */
void dealing_deal(struct dealing *dealing, int fd, const struct sockaddr *address, socklen_t len);

/* How many connections it has now. */
void dealing_note(struct dealing *dealing, int connections);

/* Is dealt nothing more by others; what is on its way is admitted now. What it accepts itself stays
 * its own. */
void dealing_leave(struct dealing *dealing);

/* When its loop turns no more. What is still on its way to it is closed. NULL is fine. */
void dealing_free(struct dealing *dealing);

#endif
