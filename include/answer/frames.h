/*
 * The events of a stream in either framing: bytes in, events out, at any split, each with the bytes
 * that it came in.
 */
#ifndef UNDERSTUDY_FRAMES_H
#define UNDERSTUDY_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "dialect/answer.h"
#include "dialect/dialect.h"
#include "http/ndjson.h"
#include "http/sse.h"
#include "text/text.h"

struct frames {
    enum dialect_framing framing;
    union {
        struct sse sse;
        struct ndjson lines;
    };
};

struct frame {
    struct dialect_event event;
    struct text raw; /* with its end; of a line also without the empty ones before it */
};

/* event_max: a longer event is an error. */
void frames_init(struct frames *frames, enum dialect_framing framing, size_t event_max);
void frames_done(struct frames *frames);

/*
 * Takes bytes off the front, as many as may be taken at once; frames_next is to be asked for all
 * events before the next call. False: it failed, and *facts say so.
 */
bool frames_push(struct frames *frames, struct text *bytes, struct answer_facts *facts);

/* The next whole event; its texts live until the next call. False: none is whole yet. */
bool frames_next(struct frames *frames, struct frame *ret);

/* Closes the event under way, so that it can be looked at, with the end that it lacks; of its raw
 * bytes *ret_came had come. False: there is none. */
bool frames_close(struct frames *frames, struct frame *ret, size_t *ret_came);

#endif
