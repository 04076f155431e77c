/* What is done after an answer that may have calls: pure decisions, with the time given. */
#ifndef UNDERSTUDY_TOOL_TURN_H
#define UNDERSTUDY_TOOL_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/error.h"
#include "text/text.h"

/* Of one answer so many calls are run; those beyond get an error in place of a result. */
#define TOOL_TURN_CALLS_MAX 16
/* So many at a time. */
#define TOOL_TURN_AT_A_TIME 8

/* What is known when a round has been answered. */
struct tool_turn {
    size_t ours, theirs; /* calls in the answer */
    int rounds;          /* in which our tools were offered, this one included */
    int max_iterations;
    bool offered; /* they were in this one */
};

enum tool_verdict {
    TOOL_VERDICT_ANSWER, /* the app gets it, without the calls that are ours */
    TOOL_VERDICT_CALL,   /* ours are called, and another round follows */
};

/* A turn with calls of the app's, too, is the app's: it runs its own, and the model asks again for
 * ours. */
enum tool_verdict tool_turn_decide(const struct tool_turn *turn);

/* Are our tools offered in the round behind that one? */
bool tool_turn_offers(const struct tool_turn *turn);

/*
 * A round broke when nothing had come of it but a call of ours, which was not run: so it may be
 * asked anew, twice of each provider. times: how often it was; left: providers of the route from
 * the one that broke on, 0 = there is none that could be asked.
 */
enum tool_again {
    TOOL_AGAIN_SAME,
    TOOL_AGAIN_NEXT, /* the one behind it */
    TOOL_AGAIN_NONE,
};
enum tool_again tool_turn_again(int times, size_t left);

/*
 * How long a call may take: as long as its [tool] says, within what the deadline still allows if
 * the model is to answer after it: a quarter of all, 30 s at most, is left for that. 0 = it is not
 * begun. left_ms: until the deadline.
 */
int64_t tool_turn_call_ms(int64_t timeout_ms, int64_t left_ms, int64_t deadline_ms);

/* Why a call of ours is answered without being run: the text that the model gets in place of a
 * result. index: which one of the answer's. known: the tool is offered; arguments as the model
 * wrote them. False: it is run. */
bool tool_turn_refuses(size_t index, bool known, struct text arguments, int64_t call_ms,
                       struct error *ret);

#endif
