/* One `understudy ask` under way: what both ways to an answer share. */
#ifndef UNDERSTUDY_ASKING_H
#define UNDERSTUDY_ASKING_H

#include <stdbool.h>

#include "ask/ask_answer.h"
#include "base/loop.h"
#include "text/error.h"

struct upstream;

/* Where the text goes. */
struct ask_out {
    int fd;
    bool terminal; /* it is shown, so commands to the terminal are taken out */
    bool kept;     /* it is not given out as it comes, but kept in the answer */
    bool in_line;  /* the last byte that went out ended no line */
    int error;     /* what went wrong with writing, as a negative errno; 0 = nothing */
};

struct asking {
    struct loop *loop;         /* borrowed, as is upstream; runs until asking_over */
    struct upstream *upstream; /* of that loop */
    struct ask_answer answer;
    struct ask_out out;
    struct error cut; /* how the answer ended too early, in words */
    int64_t connect_timeout_ms;
};

/* Bytes of the answer's body: its text is put out. False: nobody can take it any more. May block
 * for as long as whoever reads the text does. */
bool asking_take(struct asking *asking, struct text bytes);

/* The answer is over; the loop's turn under way is the last one. */
void asking_over(struct asking *asking);

/* Writes all of it. 0, or -errno, which stays: from then on nothing is written. */
int ask_out_put(struct ask_out *out, struct text text);

#endif
