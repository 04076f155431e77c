/*
 * What providers write into an error, and what it means: THE table of their codes and wordings. A
 * status that says the same for everybody is in failure.h; here is what only the body tells.
 */
#ifndef UNDERSTUDY_FAILURE_WORDS_H
#define UNDERSTUDY_FAILURE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "failure/failure.h"

/* One row, for pages and tests. Static. */
struct failure_wording {
    const char *words; /* a code, or a part of the message as for wording_fits (text/wording.h) */
    bool is_code;
    enum failure failure;
    const char *provider; /* who writes so, as people call it */
    const char *source;   /* page, issue or source file, and when it was read */
};

/* In the order in which they count; NULL behind the last. */
const struct failure_wording *failure_wording_at(size_t index);

/*
 * The class that the words of an error tell in an answer of that status; FAILURE_NONE when they
 * tell nothing. The first row that fits counts.
 */
enum failure failure_of_words(enum speaker speaker, int status, const struct provider_error *error);

/*
 * Would the same request only fail again in the same way? So it is where Ollama cannot make the
 * prompt, the grammar or the options of it, which it tells with a 500.
 */
bool failure_words_repeat(enum speaker speaker, int status, const struct provider_error *error);

#endif
