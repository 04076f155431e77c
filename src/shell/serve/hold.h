/*
 * How much memory all request bodies take, over all workers: those that come in, and those that are
 * kept because they may have to be sent again. Any thread.
 */
#ifndef UNDERSTUDY_HOLD_H
#define UNDERSTUDY_HOLD_H

#include <stdbool.h>
#include <stddef.h>

/* One body's part of it. All zero before the first byte; moved by assignment. */
struct hold {
    size_t bytes;
};

/* Would so many more fit into max_bytes? */
bool hold_has_room(size_t bytes, size_t max_bytes);

/* Counts so many more. False: all together would be more than max_bytes; nothing was counted. */
bool hold_grow(struct hold *hold, size_t bytes, size_t max_bytes)
    __attribute__((warn_unused_result));

/* The body is gone. */
void hold_end(struct hold *hold);

#endif
