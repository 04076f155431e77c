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

/* A line: who answered, which model, and where it was not the first, why not that one. direct: why
 * no daemon was asked, in words; NULL = one was. */
int ask_tell_who(const struct ask_answer *answer, const char *direct, struct buf *out)
    __attribute__((warn_unused_result));

/* {text, provider, model, fallback, usage} on a line; null is what is not known. */
int ask_tell_json(const struct ask_answer *answer, struct buf *out)
    __attribute__((warn_unused_result));

#endif
