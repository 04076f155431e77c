/*
 * What the two files that weave streams of chat completions share: openai_weave.c, the stream, and
 * openai_weave_chunk.c, an event of it. Others use openai_rounds.
 */
#ifndef UNDERSTUDY_OPENAI_WEAVE_H
#define UNDERSTUDY_OPENAI_WEAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/tools.h"
#include "openai/reshape.h"
#include "text/buf.h"
#include "text/text.h"

/* A call that has begun. Until its name has come it is held back, whoever it is for. */
struct openai_weave_call {
    int64_t index; /* as it came, or its place in its list */
    struct buf id; /* as it came; empty = it has none */
    bool named;
    bool ours;
    bool moved;       /* it goes out with another index */
    size_t to;        /* that one */
    struct buf early; /* pieces that came before its name, each with a line end behind it */
};

struct openai_weaver {
    struct tool_weaver base;
    bool begun;            /* the buffers have their maximum */
    struct reshape *whole; /* this round's answer; NULL = no event of it has come */
    struct answer_facts facts;
    struct openai_weave_call *calls; /* of this round */
    size_t call_count;
    bool function_ours;       /* its function_call, as it was before tools, is ours */
    struct tool_marks pieces; /* of the event under way; number: of the call */
    struct buf head;          /* an object: id, created and model of the first event */
    struct buf earlier;       /* usage of the rounds before */
    struct buf usage;         /* of this one, as it was told last */
    struct buf held;          /* how this round ends, but for ... */
    struct buf done;          /* ... [DONE] and what comes behind it */
    bool later;               /* it is not the first round */
    bool role;                /* it has been told */
    bool ended;               /* the finish_reason has come */
    bool apart;               /* usage came in an event of its own, as apps ask for it */
};

/* What an event tells; at NULL where it does not. */
struct openai_chunk {
    struct text data, raw;
    struct text choices, usage;
    struct text delta, finish; /* of the choice that counts */
    bool first;                /* that one is in it */
    bool others;               /* others are */
    bool visible;              /* of the first, something for the app is left */
    bool calls;                /* it has pieces of calls */
};

/* Which part of the event is written. */
enum openai_chunk_part { OPENAI_CHUNK_WHOLE, OPENAI_CHUNK_SHOWN, OPENAI_CHUNK_END };

/* A piece of a call, which stands at that place in its list: finds out whose call it is, counts one
 * that begins, and marks it in weaver->pieces. -ENOMEM; -EMSGSIZE: more calls than can be. */
int openai_weave_take_call(struct openai_weaver *weaver, struct text piece, int64_t place)
    __attribute__((warn_unused_result));

/* A list of calls, taken: does nothing of it go out? */
bool openai_weave_hides(const struct openai_weaver *weaver, struct text list);

/* Adds that part of the event: byte for byte as it came where nothing changes. Errors of buf. */
int openai_weave_write(struct openai_weaver *weaver, const struct openai_chunk *chunk,
                       enum openai_chunk_part part, struct buf *out)
    __attribute__((warn_unused_result));

/* Adds an event of that JSON, on one line. Errors of buf. */
int openai_weave_write_data(struct text json, struct buf *out) __attribute__((warn_unused_result));

/* ---- of struct dialect_tools */

int openai_weave(struct tool_weaver *base, const struct dialect_event *event, struct text raw,
                 struct buf *out);
int openai_weave_answer(const struct tool_weaver *base, struct buf *out);
int openai_weave_next(struct tool_weaver *base);
int openai_weave_end(struct tool_weaver *base, struct text comment, struct buf *out);
void openai_weaver_done(struct tool_weaver *base);

#endif
