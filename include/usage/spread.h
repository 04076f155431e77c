/*
 * How times are spread: percentiles of any number of them in bounded memory. Exact up to
 * SPREAD_EXACT_MAX values, beyond that within 0.4 %.
 */
#ifndef UNDERSTUDY_SPREAD_H
#define UNDERSTUDY_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPREAD_EXACT_MAX 4096

/* Zeroed: nothing was noted. */
struct spread {
    uint64_t count; /* of values noted */
    uint32_t *at;   /* up to SPREAD_EXACT_MAX the values, later how many are in each bucket */
    size_t room;    /* of the values */
    bool sorted;    /* the values are */
};

/* A value from 0 on; what 32 bits do not hold (50 days in ms) is noted as the most that they do. 0
 * or -ENOMEM. */
int spread_note(struct spread *spread, int64_t value) __attribute__((warn_unused_result));

/* The value that so many of a hundred (1 to 100) do not pass (nearest rank), -1 when nothing was
 * noted. May sort what is kept. */
int64_t spread_percentile(struct spread *spread, unsigned per_cent);

void spread_done(struct spread *spread);

#endif
