/*
 * The name of the host that a call connects to. Not for anybody but upstream.c.
 *
 * Where libcurl would look a name up, because it has neither a connection nor fresh addresses, it
 * is told to end the transfer; the name is looked up in lookup.c, and the transfer begins again
 * with the addresses, which libcurl keeps for a minute.
 */
#ifndef UNDERSTUDY_UPSTREAM_NAME_H
#define UNDERSTUDY_UPSTREAM_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

#include "base/loop.h"
#include "connect/lookup.h"
#include "failure/failure.h"

/* For how long libcurl keeps addresses. */
#define NAMES_KEPT_S 60L

struct upstream_name {
    /* The look-up is over, well or not: from the loop, once for each upstream_name_look_up. */
    void (*over)(struct upstream_name *name, enum transport transport);
    struct loop *loop;
    struct lookups *lookups;
    CURL *easy;
    char *detail; /* CURL_ERROR_SIZE bytes for what people are told */
    const char *url;
    const char *proxy; /* NULL = none */
    int64_t connect_timeout_ms;
    int64_t begun_at_ms;
    enum { NAME_UNKNOWN, NAME_WANTED, NAME_KNOWN } state;
    struct lookup_waiter waiter;
    struct loop_timer limit;
    struct curl_slist *addresses; /* CURLOPT_RESOLVE borrows it */
};

/*
 * libcurl is about to look a name up. True: it must not, and once the transfer has ended for that
 * upstream_name_wanted says so.
 */
bool upstream_name_want(struct upstream_name *name);

static inline bool upstream_name_wanted(const struct upstream_name *name)
{
    return name->state == NAME_WANTED;
}

/* Looks it up, within what is left of the time for connecting; the easy handle is set up then. */
void upstream_name_look_up(struct upstream_name *name);

/* Ends a look-up without a word. None under way: fine. */
void upstream_name_leave(struct upstream_name *name);

/* The call is over. Before the easy handle is used again, or after it is gone. */
void upstream_name_done(struct upstream_name *name);

#endif
