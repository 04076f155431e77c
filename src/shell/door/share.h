/*
 * Which worker has a connection: the one that has the fewest. Whoever is awake hears the knock, and
 * would have nearly all of them; so it deals them out, and those that are another worker's are
 * handed to it.
 *
 *     accepted --> share_deal --fewest here--> admit
 *                             \-- there --> its queue, its bell --> admit, in its own thread
 */
#ifndef UNDERSTUDY_SHARE_H
#define UNDERSTUDY_SHARE_H

#include <sys/socket.h>

struct loop;
struct share; /* one worker's */

/* Takes over fd, a connected, non-blocking socket; called in the thread of its loop. */
typedef void share_admit(void *arg, int fd, const struct sockaddr *address, socklen_t len);

/* Takes part in the dealing from now on. 0 and *ret, or -errno: there is no bell for it. */
int share_new(struct loop *loop, share_admit *admit, void *arg, struct share **ret)
    __attribute__((warn_unused_result));

/* In the share's own thread, as the two below: has fd admitted, here or by another worker. */
void share_deal(struct share *share, int fd, const struct sockaddr *address, socklen_t len);

/* How many connections it has now. */
void share_note(struct share *share, int connections);

/* Gets no more of others; those on their way are admitted now. What it accepts itself stays its. */
void share_leave(struct share *share);

/* When its loop turns no more. What is still on its way to it is closed. NULL is fine. */
void share_free(struct share *share);

#endif
