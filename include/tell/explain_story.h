/* The two halves of explain: one exchange, played with pretended time. */
#ifndef UNDERSTUDY_EXPLAIN_STORY_H
#define UNDERSTUDY_EXPLAIN_STORY_H

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "rules/breaker.h"
#include "rules/budget.h"
#include "rules/outcome.h"
#include "rules/retry.h"
#include "rules/route.h"
#include "tell/explain_what.h"
#include "text/buf.h"

struct explain_story {
    const struct config *config;
    bool stream; /* the request asks for one */
    struct explain_what what;
    struct route route;
    struct breaker breaker; /* of the provider that fails */
    struct budget budget;
    int64_t now_ms;   /* since the request came, at most */
    unsigned decides; /* EXPLAIN_BIT of what has decided so far */
    struct buf *out;
    int r; /* of the first line that could not be added */
};

/* Adds text, cut at 1,000 bytes; r tells of an error. */
void explain_say(struct explain_story *story, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Begins a line with a name, or "", in the column of the providers' names. */
void explain_say_name(struct explain_story *story, const char *name);

/* The first step from there on that may be tried, or route.count. */
size_t explain_usable(const struct explain_story *story, size_t step);

/* Plays and tells all tries of one provider, each of which ends as story->what says. */
enum retry_verdict explain_tries(struct explain_story *story, size_t step);

/*
 * What the client gets in the end (outcome.h): the provider at step has failed, and where its error
 * is not the client's (relays), so has everybody who may be tried, with that class.
 */
struct outcome explain_end(struct explain_story *story, size_t step, bool relays,
                           enum failure failure);

#endif
