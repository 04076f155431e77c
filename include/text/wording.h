/* What people and programs write into messages, looked for by its parts. */
#ifndef UNDERSTUDY_WORDING_H
#define UNDERSTUDY_WORDING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Does the message hold these words, in any case? In them * stands for anything and ? for one word:
 * at least one byte, and no blank.
 */
bool wording_fits(const char *message, const char *words);

/* Behind the first place where the first len bytes of part stand, in any case; NULL when they do
 * not. */
const char *wording_behind(const char *message, const char *part, size_t len);

/* Does the message have the word, its case included, and not inside of a longer one? */
bool wording_names(const char *message, const char *word);

#endif
