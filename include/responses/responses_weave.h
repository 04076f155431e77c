/*
 * Responses in events, of several rounds: one stream of them (the weave of dialect/tools.h).
 *
 *     round 1   created  in_progress  message 0  function_call 1 (ours)  completed
 *     round 2   created  in_progress  reasoning 0  message 1             completed
 *     the app   created  in_progress  message 0  reasoning 1  message 2  completed
 *
 * sequence_number and output_index go on; ids of items are those that came. The response has the id
 * of the first round in all events: openai-python 3.54 raises where it changes. Its end tells all
 * items that were shown.
 *
 * What comes behind response.completed (or incomplete) is part of how the round ends, and held back
 * with it; response.failed and error are not.
 */
#ifndef UNDERSTUDY_RESPONSES_WEAVE_H
#define UNDERSTUDY_RESPONSES_WEAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/tools.h"
#include "dialect/weave.h"
#include "text/buf.h"
#include "text/text.h"

/* An item of this round. */
struct responses_weave_item {
    struct buf done; /* as it ended, a JSON object; empty = it has not */
    bool call;       /* that the app is to run, as it began */
    bool ours;
};

struct responses_weaver {
    struct tool_weaver base;
    struct weave_places places;
    struct responses_weave_item *items; /* in the order in which they began */
    size_t item_count;
    size_t kept;         /* bytes of the items */
    size_t rounds;       /* that are over */
    struct buf id;       /* of the response, a JSON string; empty = it has not come */
    struct buf response; /* of this round, as it was told last, JSON */
    struct buf shown;    /* items of the rounds that are over: elements of an array */
    struct buf before;   /* usage of the rounds that are over, JSON; empty = none was told */
    struct buf end;      /* events that are held back, as the app would get them */
    bool ending;         /* response.completed or incomplete has come in this round */
    bool numbered;       /* shift is known for this round */
    int64_t shift;       /* from a sequence_number to that of the app */
    int64_t next;        /* the app's next one, as far as events were passed on */
};

/* Is the item a call that the app is to run, and one of ours? -ENOMEM. */
int responses_weave_call(struct text item, tool_is_ours *is_ours, const void *arg, bool *ret_call,
                         bool *ret_ours) __attribute__((warn_unused_result));

/* Is it a function without a group? */
bool responses_weave_is_function(struct text item);

/* Adds the items of an output, an array, but for calls that are ours, to the elements of one that
 * is not closed yet; *ours grows by what was left out. Errors of buf. */
int responses_weave_shown(struct text output, tool_is_ours *is_ours, const void *arg,
                          struct buf *elements, size_t *ours) __attribute__((warn_unused_result));

/* A response repeats the tools of its request: the list of those that are not ours, where it holds
 * any of ours; else it stays empty. Errors of buf. */
int responses_weave_tools(struct text response, tool_is_ours *is_ours, const void *arg,
                          struct buf *list) __attribute__((warn_unused_result));

/* As struct dialect_tools has them. */
int responses_weave(struct tool_weaver *base, const struct dialect_event *event, struct text raw,
                    struct buf *out) __attribute__((warn_unused_result));
int responses_weave_answer(const struct tool_weaver *base, struct buf *out)
    __attribute__((warn_unused_result));
int responses_weave_next(struct tool_weaver *base) __attribute__((warn_unused_result));
int responses_weave_end(struct tool_weaver *base, struct text comment, struct buf *out)
    __attribute__((warn_unused_result));
void responses_weaver_done(struct tool_weaver *base);

#endif
