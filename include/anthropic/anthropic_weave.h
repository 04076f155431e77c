/*
 * Messages in events, of several rounds: one stream of them (the weave of dialect/tools.h).
 *
 *     round 1   message_start  text 0  tool_use 1 (ours)  message_delta  message_stop
 *     round 2   message_start  thinking 0  text 1         message_delta  message_stop
 *     the app   message_start  text 0  thinking 1  text 2  message_delta  message_stop
 *
 * What comes behind a message_delta is part of how the round ends, and held back with it; an event
 * error is not.
 */
#ifndef UNDERSTUDY_ANTHROPIC_WEAVE_H
#define UNDERSTUDY_ANTHROPIC_WEAVE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "dialect/tools.h"
#include "dialect/weave.h"
#include "text/buf.h"
#include "text/text.h"

/* A block of this round as far as it has come. */
struct anthropic_weave_block {
    struct buf start;   /* as it began: a JSON object */
    struct buf said;    /* what came of its text, thought or input: the inside of a JSON string */
    const char *member; /* that said goes on with; NULL = nothing has come */
    json_t *set;        /* its other members as they came later; NULL = none did */
};

struct anthropic_weaver {
    struct tool_weaver base;
    struct weave_places places;
    struct anthropic_weave_block *blocks; /* in the order in which they began */
    size_t block_count;
    size_t kept;        /* bytes of the blocks */
    size_t rounds;      /* that are over */
    struct buf message; /* of this round's message_start, JSON; empty = it has not come */
    struct buf delta;   /* of its last message_delta, JSON */
    json_t *usage;      /* told in this round so far; NULL = none */
    struct buf before;  /* usage of the rounds that are over, JSON; empty = none was told */
    struct buf end;     /* events that are held back, as the app would get them */
    bool ending;        /* a message_delta or message_stop has come in this round */
};

/* Is the block a call that the app is to run (tool_use), and one of ours? -ENOMEM. */
int anthropic_weave_call(struct text block, tool_is_ours *is_ours, const void *arg, bool *ret_call,
                         bool *ret_ours) __attribute__((warn_unused_result));

/* What stands for stop_reason where our calls were left out; at NULL = it stays. theirs: calls that
 * are left. */
struct text anthropic_weave_stop(struct text stop_reason, size_t ours, size_t theirs);

/* As struct dialect_tools has them. */
int anthropic_weave(struct tool_weaver *base, const struct dialect_event *event, struct text raw,
                    struct buf *out) __attribute__((warn_unused_result));
int anthropic_weave_answer(const struct tool_weaver *base, struct buf *out)
    __attribute__((warn_unused_result));
int anthropic_weave_next(struct tool_weaver *base) __attribute__((warn_unused_result));
int anthropic_weave_end(struct tool_weaver *base, struct text comment, struct buf *out)
    __attribute__((warn_unused_result));
void anthropic_weaver_done(struct tool_weaver *base);

#endif
