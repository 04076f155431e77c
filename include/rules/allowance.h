/*
 * How many requests a client may still make: a bucket that holds as many as its rate names, is full
 * at first, and refills evenly. Of 60/m sixty may come at once, and after that one a second. Pure;
 * instants are monotonic ms, of several loops' clocks: one that is behind refills nothing. Not for
 * several threads at once.
 */
#ifndef UNDERSTUDY_ALLOWANCE_H
#define UNDERSTUDY_ALLOWANCE_H

#include <stdint.h>

#include "text/units.h"

struct allowance {
    struct rate rate; /* count above 0 */
    int64_t spent;    /* a request is rate.per_ms of these, and rate.count come back each ms */
    int64_t at_ms;    /* as of then */
};

/* Full. */
void allowance_init(struct allowance *allowance, const struct rate *rate, int64_t now_ms);

/* 0: one request is taken. Else none is left, and there is one again in so many ms. */
int64_t allowance_take(struct allowance *allowance, int64_t now_ms);

/* Another rate from now on: what was spent stays spent, up to all there is. */
void allowance_change(struct allowance *allowance, const struct rate *rate, int64_t now_ms);

#endif
