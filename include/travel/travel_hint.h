/*
 * What to do about a refusal that is about the history of the conversation: a part of it is another
 * provider's, and what this one misses cannot be made. For the log and `understudy explain`.
 */
#ifndef UNDERSTUDY_TRAVEL_HINT_H
#define UNDERSTUDY_TRAVEL_HINT_H

#include <stddef.h>

#include "failure/provider_error.h"

/* One row, for pages and tests. Static. */
struct travel_hint {
    const char *words;    /* parts of the message between stars, in their order, in any case */
    const char *provider; /* who writes so, as people call it */
    const char *hint;     /* a sentence or two, without a full stop at the end */
    const char *source;   /* and when it was read */
};

/* NULL behind the last. */
const struct travel_hint *travel_hint_at(size_t index);

/* The row that the error's message fits; NULL = none does. */
const struct travel_hint *travel_hint_of(const struct provider_error *error);

#endif
