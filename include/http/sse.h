/*
 * Incremental framing of server-sent events (WHATWG HTML, 9.2): bytes in, events out, at any
 * split. Keeps the exact bytes of each event, so that passing it on changes nothing: the raw bytes
 * of all events and sse_rest together are the bytes pushed.
 */
#ifndef UNDERSTUDY_SSE_H
#define UNDERSTUDY_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "text/buf.h"
#include "text/text.h"

/* More than is ever pushed at once before the events in it are taken out. */
#define SSE_PUSH_MAX ((size_t)1 << 20)

enum sse_line_end { SSE_LINE_END_NONE, SSE_LINE_END_LF, SSE_LINE_END_CR, SSE_LINE_END_CRLF };

/* Bytes of pending, which may move. */
struct sse_part {
    size_t at;
    size_t len;
};

struct sse {
    struct buf pending; /* the event last given out, then bytes not yet given out */
    struct buf joined;  /* data of a multi-line event */
    size_t event_max;
    size_t taken;               /* bytes of the event last given out, dropped at the next call */
    size_t line;                /* where the line under way begins */
    size_t scanned;             /* bytes of pending that are known to hold no further line end */
    size_t event_len;           /* length of the first whole event, 0 = none is whole yet */
    struct sse_part data, name; /* of the event under way, as far as its lines have ended */
    bool has_data;
    bool joins; /* it has several data lines, which are in joined */
    enum sse_line_end last_end;
    bool begun;         /* the BOM, if any, is past */
    bool lf_may_follow; /* an event was given out at its CR: an LF next still belongs to that CR */
    int failed;         /* a line could not be kept: nothing more comes out */
};

/* raw: every byte of the event with its closing blank line (and comments before it); data: the
 * data lines joined by LF, without prefix; name: of the event field. */
struct sse_event {
    struct text raw;
    struct text data;
    struct text name;
    bool has_data; /* false: comments or other fields only, or a blank line too many */
};

/* event_max: an event larger than that is an error. */
void sse_init(struct sse *sse, size_t event_max);
void sse_done(struct sse *sse);

/*
 * Takes bytes, at most SSE_PUSH_MAX before sse_next has emptied it. -EMSGSIZE when the event under
 * way is too large (it stays so: give up), -ENOMEM.
 */
int sse_push(struct sse *sse, struct text bytes) __attribute__((warn_unused_result));

/* The next whole event; its texts live until the next call on sse. False: none is whole yet. */
bool sse_next(struct sse *sse, struct sse_event *ret);

/* Do the bytes begin as a line of an event, whatever their Content-Type says? */
bool sse_begins(struct text bytes);

/* Bytes of an event that never ended. */
struct text sse_rest(const struct sse *sse);

#endif
