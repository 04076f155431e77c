/*
 * Chat completions' half of tools that the daemon runs (dialect/tools.h), and what of it other
 * dialects have alike: their calls, too, are objects with a "function" in a list "tool_calls" of a
 * "message". Of several choices the first one (index 0) counts; others are passed on as they are.
 */
#ifndef UNDERSTUDY_OPENAI_ROUNDS_H
#define UNDERSTUDY_OPENAI_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include "dialect/tools.h"
#include "json/jsoncut.h"
#include "text/buf.h"
#include "text/text.h"

/* ---- of struct dialect_tools */

int openai_rounds_tool_name(struct text tool, struct buf *out);
int openai_rounds_offer_write(const struct tool_offer *offer, struct buf *out);
bool openai_rounds_choice_forces(struct text choice);
int openai_rounds_calls_read(struct text answer, struct tool_calls *calls);
int openai_rounds_turn_write(struct text answer, const struct tool_result *results, size_t count,
                             struct buf *out);
int openai_rounds_answers_join(struct text earlier, struct text last, tool_is_ours *is_ours,
                               const void *arg, struct buf *out);

/* ---- what its weaver, and others, use */

/* The name of a call, a JSON string that is not empty; at NULL = it has none. */
struct text openai_rounds_call_name(struct text call);

/* Adds the calls of a list that have a name. Errors of tool_calls_add. */
int openai_rounds_calls_add(struct text list, struct tool_calls *calls)
    __attribute__((warn_unused_result));

/* Marks the calls of a list that are ours; *ret_left is how many others it has. -ENOMEM. */
int openai_rounds_mark_ours(struct text list, tool_is_ours *is_ours, const void *arg,
                            struct tool_marks *marks, size_t *ret_left)
    __attribute__((warn_unused_result));

/* Is it the choice that counts? */
bool openai_rounds_is_first(struct text choice);

/* Does that finish_reason, a JSON value, say that tools are called? */
bool openai_rounds_is_of_calls(struct text finish_reason);

/* Adds the text of a message's content, a string or a list of parts. Errors of buf. */
int openai_rounds_content_add(struct text content, struct buf *text)
    __attribute__((warn_unused_result));

/* Puts a text before what a content says that stands in cut->body. Errors of buf. */
int openai_rounds_content_put(struct jsoncut *cut, struct text content, struct text text)
    __attribute__((warn_unused_result));

#endif
