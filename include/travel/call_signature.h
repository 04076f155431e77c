/*
 * Calls of a translated conversation at Gemini. It refuses a call that lacks the signature which it
 * gave with it, and no other dialect has a place for that, so each step of the tools would be
 * refused. For histories that did not come from it Google names a word that stands for a signature.
 */
#ifndef UNDERSTUDY_CALL_SIGNATURE_H
#define UNDERSTUDY_CALL_SIGNATURE_H

#include <stdbool.h>

#include "text/buf.h"
#include "text/text.h"

/*
 * body, a request of chat completions that we wrote, with that word in the first call of each
 * message: added to out where a message has calls, which *ret_changed tells. 0, or errors of buf
 * (out may hold a part then).
 */
int call_signature_put(struct text body, struct buf *out, bool *ret_changed)
    __attribute__((warn_unused_result));

#endif
