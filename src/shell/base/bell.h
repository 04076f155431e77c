/*
 * An eventfd by which other threads wake a loop. What they want to say stands elsewhere, written
 * before they ring.
 */
#ifndef UNDERSTUDY_BELL_H
#define UNDERSTUDY_BELL_H

#include "base/loop.h"

/*
 * watch->ready is called after rings, however many. 0 or -errno, with watch->fd -1 then; else it is
 * the bell, and the owner closes it.
 */
int bell_hang(struct loop *loop, struct loop_watch *watch) __attribute__((warn_unused_result));

/* From any thread, under any lock. */
void bell_ring(int fd);

/* In ready: the rings until now are heard. What was written before any of them can be seen. */
void bell_hush(int fd);

#endif
