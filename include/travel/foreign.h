/*
 * Parts of a history that one provider wrote, and that another refuses by name: what a model
 * thought, in a member of its own or under its maker's mark. The request goes out as the app wrote
 * it; where the provider refuses it for such a part, it is asked once more without it.
 */
#ifndef UNDERSTUDY_FOREIGN_H
#define UNDERSTUDY_FOREIGN_H

#include <stdbool.h>

#include "text/buf.h"
#include "text/text.h"

/*
 * id, bit, what it is called in x-understudy-dropped. UNSIGNED: thinking blocks without a
 * signature, which only a stand-in writes; SIGNED: those with one, which may be another maker's.
 * UNKEPT: reasoning items of Responses that hold nothing encrypted, so that only who wrote them
 * could know them. ORPHAN: those that no item of the answer follows, since what they led to is not
 * in the history: a call of a tool that the daemon runs.
 */
#define FOREIGN_TABLE(X)                                                                           \
    X(REASONING_CONTENT, 1, "messages.reasoning_content")                                          \
    X(REASONING, 2, "messages.reasoning")                                                          \
    X(REASONING_DETAILS, 4, "messages.reasoning_details")                                          \
    X(EXTRA_CONTENT, 8, "messages.tool_calls.extra_content")                                       \
    X(UNSIGNED, 16, "messages.thinking")                                                           \
    X(SIGNED, 32, "messages.thinking")                                                             \
    X(UNKEPT, 64, "input.reasoning")                                                               \
    X(ORPHAN, 128, "input.reasoning")

enum foreign {
#define X(id, bit, name) FOREIGN_##id = (bit),
    FOREIGN_TABLE(X)
#undef X
};

/*
 * Which of them that refusal (what is complained about in an answer with status 4xx, see
 * complaint.h) means and the request holds: bits of enum foreign, 0 = none. That a part is missing
 * is no refusal of it. without: what is left out already. Of thinking blocks, the unsigned ones
 * first.
 */
unsigned foreign_refused(struct text refusal, struct text request, unsigned without);

/*
 * The body without these parts: added to out where that is not the body itself, which *ret_changed
 * tells. A message or a list that would be left empty goes with its comma. What was left out is
 * named in dropped (string_list_put). Every other byte stays. What is no JSON object stays as it
 * is. 0, or errors of buf (out may hold a part then).
 */
int foreign_leave_out(struct text body, unsigned foreign, struct buf *out, struct buf *dropped,
                      bool *ret_changed) __attribute__((warn_unused_result));

#endif
