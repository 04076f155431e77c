/*
 * Addresses of names, without keeping the loop waiting. All who wait for a name share one thread,
 * and while that hangs a name has three at most: libcurl's own look-ups are a thread for each
 * request, and one that hangs outlives its request. Nothing is remembered here; libcurl does that.
 */
#ifndef UNDERSTUDY_LOOKUP_H
#define UNDERSTUDY_LOOKUP_H

#include "base/loop.h"

struct lookup;
struct lookups;

/* One who waits; in its owner, and taken out with lookup_leave before that goes. */
struct lookup_waiter {
    struct lookup *lookup; /* NULL while it does not wait */
    struct lookup_waiter *next;
    bool no_descriptor; /* when ready without an address: it was for want of one */
    /*
     * From the loop, after which it waits no more. addresses: "192.0.2.1,2001:db8::1", in the order
     * in which they are to be tried; NULL: there is none, and why tells people the reason.
     */
    void (*ready)(struct lookup_waiter *waiter, const char *addresses, const char *why);
};

struct lookups *lookups_new(struct loop *loop);

/* Nobody may wait any more. A thread that hangs is left to itself. NULL is fine. */
void lookups_free(struct lookups *lookups);

/* Who comes from now on asks anew, and joins no look-up that is under way. */
void lookups_forget(struct lookups *lookups);

/* Waits for the addresses of host. 0, or -errno where that cannot be: then ready is not called. */
int lookup_join(struct lookups *lookups, const char *host, struct lookup_waiter *waiter)
    __attribute__((warn_unused_result));

/* Not waiting: fine. */
void lookup_leave(struct lookup_waiter *waiter);

#endif
