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
#include "json/jsonscan.h"
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

/* What was read of an event that is not [DONE] and tells no error. */
struct judge_read {
    bool json;           /* its data is JSON as a whole */
    struct text choices; /* at NULL = it has none */
    struct text usage;   /* the same */
};

/* judge_event, for who goes on to read the event. */
struct judge_read judge_read_event(struct judge *judge, struct text name, struct text data,
                                   struct answer_facts *facts);

/* A whole answer with a 2xx status, of which nothing is known yet. content_type: at NULL when
 * absent. */
void judge_whole(struct text content_type, struct text body, struct answer_facts *facts);

#define JUDGE_ANSWER_ROWS 20

/* The same of an answer that is still coming, in one walk: begin, more with all that has come so
 * far, end. It stays where it is. */
struct judge_answer {
    struct jsonspan_wanted rows[JUDGE_ANSWER_ROWS];
    struct answer_facts facts; /* of its choices */
    const char *fault;         /* of a choice */
    size_t choices;
    struct jsonscan scan;
};
void judge_answer_begin(struct judge_answer *answer);
void judge_answer_more(struct judge_answer *answer, struct text so_far);
void judge_answer_end(struct judge_answer *answer, struct text content_type, struct text body,
                      struct answer_facts *facts);

/*
 * A body that is not what was asked for: sets facts->failure to the class of the error in it, to
 * FAILURE_PROTOCOL with that reason when there is none.
 */
void judge_refused(struct text body, const char *reason, struct answer_facts *facts);

/* Why the body cannot be a whole answer, whatever JSON it may be, a static sentence or NULL.
 * *ret_repeats: the same would only come again. */
const char *judge_form(struct text content_type, struct text body, bool *ret_repeats);

/* Why it is none by what jsonspan_check said; NULL = it is a JSON object. */
const char *judge_json(int checked, struct text body);

#endif
