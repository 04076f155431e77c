/*
 * "Did you mean": the candidate that is closest to a misspelt word, by the number of letters to
 * insert, delete, replace or swap with their neighbour.
 *
 *     struct suggest suggest = suggest_for(word);
 *     suggest_offer(&suggest, "attempts"); ...
 *     if (suggest.best) ...
 */
#ifndef UNDERSTUDY_SUGGEST_H
#define UNDERSTUDY_SUGGEST_H

#include <stddef.h>

#include "text/text.h"

struct suggest {
    struct text word;
    const char *best; /* borrowed from the caller; NULL while nothing is close enough */
    size_t distance;  /* of best; else one more than what is still accepted */
};

/* Accepts one mistake in short words, a third of the letters in longer ones. */
struct suggest suggest_for(struct text word);

void suggest_offer(struct suggest *suggest, const char *candidate);

struct suggest_hint {
    char text[160];
};

/* `; did you mean "best"?` for the end of a message, cut to fit; "" when best is NULL. */
const char *suggest_hint(const char *best, struct suggest_hint *ret);

/* In an argument: the room for it is the caller's. */
#define SUGGEST_HINT(best) suggest_hint(best, &(struct suggest_hint){{0}})

#endif
