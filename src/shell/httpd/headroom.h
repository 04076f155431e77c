/*
 * The library keeps a request's head and its answer's in one piece of memory for each connection;
 * an answer for whose head nothing is left it drops with the connection. So here is told how much
 * is left.
 */
#ifndef UNDERSTUDY_HEADROOM_H
#define UNDERSTUDY_HEADROOM_H

#include <stdbool.h>
#include <stddef.h>

struct MHD_Connection;

/* The memory of one connection. */
#define HEADROOM_MEMORY (32u << 10)
/* The longest head of a request that is taken: its line and fields, as they came. */
#define HEADROOM_HEAD_MAX (16u << 10)

/* Is the head too large, or does it leave too little for any answer? */
bool headroom_is_spent(struct MHD_Connection *mhd);

/* How many bytes the fields that we give to an answer may take; the library's own are taken off. */
size_t headroom_left(struct MHD_Connection *mhd);

/*
 * Gives pages of the memory that hold nothing but zeros back to the kernel, until they are written
 * to again: the library zeroes what it does not use, and so takes all of it for each open stream.
 * first: where the request's line begins. fresh: it is the connection's first request, and half of
 * the memory was not touched yet.
 */
void headroom_give_back(const char *first, bool fresh);

#endif
