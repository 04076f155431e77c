/* How an answer is told: its text as it comes, who gave it and why, and all of it as JSON. Errors
 * of buf. */
#ifndef UNDERSTUDY_ASK_TELL_H
#define UNDERSTUDY_ASK_TELL_H

#include <stdbool.h>

#include "ask/ask_answer.h"
#include "text/buf.h"
#include "text/text.h"

/* The text as a terminal may be given it: what could be a command to it is '?', and a carriage
 * return, which would write over what stands there, is left out. */
int ask_tell_shown(struct text text, struct buf *out) __attribute__((warn_unused_result));

/* What is known beside the answer; each is NULL where it is not. */
struct ask_facts {
    const char *first;    /* the name of the first of the route, as the settings have it */
    const char *direct;   /* why no daemon was asked, in words */
    const char *model;    /* that was asked for */
    const char *settings; /* the file that they were read from */
};

/* A line: who answered, which model, and where it was not the first, why not that one. */
int ask_tell_who(const struct ask_answer *answer, const struct ask_facts *facts, struct buf *out)
    __attribute__((warn_unused_result));

/* Of an answer that is an error: what to do about it, with "; " before it, where that follows from
 * what was asked. Else nothing. */
int ask_tell_cure(const struct ask_answer *answer, const struct ask_facts *facts, struct buf *out)
    __attribute__((warn_unused_result));

/* {text, provider, model, fallback, usage} on a line; null is what is not known. */
int ask_tell_json(const struct ask_answer *answer, struct buf *out)
    __attribute__((warn_unused_result));

#endif
