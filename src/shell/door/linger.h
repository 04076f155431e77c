/*
 * Connections that have got their last answer while the client still sends. A socket that is closed
 * with bytes unread makes the kernel send a reset, and with that the client may lose the answer
 * (RFC 9112, 9.6). So only our direction is shut, and what still comes is thrown away, until the
 * client closes or has had its time.
 */
#ifndef UNDERSTUDY_LINGER_H
#define UNDERSTUDY_LINGER_H

#include "base/loop.h"

struct linger_socket;

struct linger_set {
    struct loop *loop;
    struct linger_socket *first;
    int count;
};

void linger_set_init(struct linger_set *set, struct loop *loop);

/* Closes those that are left. */
void linger_set_done(struct linger_set *set);

/* Everything was sent over fd, which is closed sooner or later; at once when there are too many. */
void linger_take(struct linger_set *set, int fd);

#endif
