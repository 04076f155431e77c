/*
 * Incremental framing of server-sent events (WHATWG HTML, 9.2): bytes in, events out, at any
 * split. Keeps the exact bytes of each event, so that passing it on changes nothing.
 */
#ifndef UNDERSTUDY_SSE_H
#define UNDERSTUDY_SSE_H

#include "buf.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

struct sse {
    struct buf pending; /* bytes not yet given out */
    struct buf joined;  /* data of a multi-line event */
    size_t taken;       /* bytes of the event last given out, dropped at the next call */
    size_t scanned;     /* bytes of pending that are known to hold no event end */
    bool begun;         /* the BOM, if any, is past */
};

/* raw: every byte of the event with its closing blank line (and comments before it); data: the
 * data lines joined by LF, without prefix; name: of the event field. */
struct sse_event {
    struct text raw;
    struct text data;
    struct text name;
    bool has_data; /* false: comments or other fields only */
};

/* event_max: an event larger than that is an error. */
void sse_init(struct sse *sse, size_t event_max);
void sse_done(struct sse *sse);

/* Takes bytes. -EMSGSIZE when the event under way is too large, -ENOMEM. */
int sse_push(struct sse *sse, struct text bytes) __attribute__((warn_unused_result));

/* The next whole event; its texts live until the next call on sse. False: none is whole yet. */
bool sse_next(struct sse *sse, struct sse_event *ret);

/* Bytes of an event that never ended. */
struct text sse_rest(const struct sse *sse);

#endif
