/*
 * The same answer in the other form: a provider that gives a whole answer to who asked for a
 * stream, or events to who did not, has answered all the same.
 */
#ifndef UNDERSTUDY_RESHAPE_H
#define UNDERSTUDY_RESHAPE_H

#include <stdbool.h>

#include "dialect/answer.h"
#include "text/buf.h"
#include "text/text.h"

/* Is it the beginning of an event stream (a field of one, or a comment), and no JSON? */
bool reshape_is_events(struct text body);

/*
 * A whole answer of chat or completions that judge_whole took, as the events of a stream, [DONE]
 * included. Every value keeps its bytes, but for the blanks between them. Errors of buf (out may
 * hold a part then).
 */
int reshape_to_events(struct text answer, bool include_usage, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * A stream of chat or completions as the one answer that it builds up. Facts tell what has come, as
 * of a stream; without a failure, out has the answer.
 */
void reshape_to_whole(struct text events, struct buf *out, struct answer_facts *facts);

/* The same, event by event. NULL when memory is out; _free: NULL is fine. */
struct reshape *reshape_new(void);
void reshape_free(struct reshape *reshape);

/*
 * Takes an event, name and data as in struct sse_event, and tells facts as judge_event does; what
 * comes behind a failure or [DONE] is passed over. 0; -EMSGSIZE when a text of the answer is out of
 * all reason, -ENOMEM.
 */
int reshape_event(struct reshape *reshape, struct text name, struct text data,
                  struct answer_facts *facts) __attribute__((warn_unused_result));

/* Adds the answer that has come so far, whether it is finished or not. Errors of buf. */
int reshape_write(struct reshape *reshape, struct buf *out) __attribute__((warn_unused_result));

#endif
