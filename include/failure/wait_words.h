/* How providers write a wait, alone and in sentences for people. */
#ifndef UNDERSTUDY_WAIT_WORDS_H
#define UNDERSTUDY_WAIT_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "text/text.h"

/*
 * A duration as providers write it, "7m12.5s", "120ms", "34.07s", "1 second", "24 hours", "5
 * minutes and 30 seconds", at the front of text: in ms, rounded up. -1 where there is none, or it
 * has no unit.
 */
int64_t wait_words_duration(struct text text);

/*
 * The wait in a sentence for people ("Please try again in 7.66s", "retry after 6 seconds"), in ms,
 * rounded up; 0 = none is named. The first that is named counts.
 */
int64_t wait_words_read(struct text words);

/*
 * A number with a point in it or not, off the front of *text. False where no digit stands there;
 * what is beyond 64 bits becomes RETRY_AFTER_MAX_MS (http/retry_after.h).
 */
bool wait_words_take_number(struct text *text, double *ret);

/* Whole ms, rounded up; at most RETRY_AFTER_MAX_MS. */
int64_t wait_words_round_up(double ms);

#endif
