/*
 * Is this the OpenAI answer that was asked for? Looks at events and bodies that are passed on as
 * they are, and notes in answer_facts what has come. Allocates nothing: it runs for every event of
 * every stream.
 */
#ifndef UNDERSTUDY_JUDGE_H
#define UNDERSTUDY_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "dialect/answer.h"
#include "json/jsonspan.h"
#include "text/text.h"

/* What is remembered from event to event. Starts zeroed. */
struct judge {
    uint64_t seen;     /* bit n: choice n has come; choices from 63 on share the last bit */
    uint64_t finished; /* bit n: choice n has had its finish_reason */
};

/*
 * One event of a stream; name and data as in struct sse_event. Sets facts->failure for an error
 * event, an error object on top or inside a choice (OpenRouter), and a finish_reason that tells of
 * one, and facts->done at [DONE]. Data that is no JSON says nothing.
 */
void judge_event(struct judge *judge, struct text name, struct text data,
                 struct answer_facts *facts);

/* A whole answer with a 2xx status. content_type: at NULL when absent. */
void judge_whole(struct text content_type, struct text body, struct answer_facts *facts);

/*
 * A body that is not what was asked for: sets facts->failure to the class of the error in it, to
 * FAILURE_PROTOCOL with that reason when there is none.
 */
void judge_refused(struct text body, const char *reason, struct answer_facts *facts);

/* Why the body is no JSON object, a static sentence; NULL when it is one, and its parts are set
 * (jsonspan_read). *ret_repeats: the same would only come again. */
const char *judge_fault(struct text content_type, struct text body, struct jsonspan_wanted *parts,
                        size_t count, bool *ret_repeats);

#endif
