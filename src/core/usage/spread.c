/*
 * Values are kept until there are too many, then counted in buckets: one for each value below 256,
 * above that 128 for each power of two, so that a bucket is at most 1/128 of its values wide.
 */
#include "usage/spread.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_ROOM 8
#define STEP_BITS  7 /* 128 buckets a power of two */
#define STEPS      (1u << STEP_BITS)
#define FINE       (2 * STEPS) /* values below it have a bucket each */
#define BUCKETS    (FINE + (31 - STEP_BITS) * STEPS)

static bool is_counted(const struct spread *spread)
{
    return spread->count > SPREAD_EXACT_MAX;
}

/* How far the values of its power of two are shifted, so that STEPS to FINE - 1 are left. */
static unsigned shift_of(uint32_t value)
{
    return 31 - STEP_BITS - (unsigned)__builtin_clz(value);
}

static size_t bucket_of(uint32_t value)
{
    if (value < FINE)
        return value;
    unsigned shift = shift_of(value);
    return shift * STEPS + (value >> shift);
}

/* What stands for all in that bucket: its middle. */
static int64_t value_of(size_t bucket)
{
    if (bucket < FINE)
        return (int64_t)bucket;
    size_t shift = bucket / STEPS - 1;
    int64_t lowest = (int64_t)(bucket - shift * STEPS) << shift;
    return lowest + (INT64_C(1) << shift) / 2;
}

static void count(struct spread *spread, uint32_t value)
{
    uint32_t *in_bucket = &spread->at[bucket_of(value)];
    *in_bucket += *in_bucket < UINT32_MAX;
}

static int begin_to_count(struct spread *spread)
{
    uint32_t *values = spread->at;
    uint32_t *buckets = calloc(BUCKETS, sizeof(*buckets));
    if (!buckets)
        return -ENOMEM;
    spread->at = buckets;
    for (size_t i = 0; i < SPREAD_EXACT_MAX; i++)
        count(spread, values[i]);
    free(values);
    return 0;
}

static int make_room(struct spread *spread)
{
    if (spread->count < spread->room)
        return 0;
    size_t room = spread->room ? spread->room * 2 : FIRST_ROOM;
    uint32_t *values = reallocarray(spread->at, room, sizeof(*values));
    if (!values)
        return -ENOMEM;
    spread->at = values;
    spread->room = room;
    return 0;
}

int spread_note(struct spread *spread, int64_t value)
{
    uint32_t kept = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    int r = 0;
    if (spread->count == SPREAD_EXACT_MAX)
        r = begin_to_count(spread);
    else if (!is_counted(spread))
        r = make_room(spread);
    if (r < 0)
        return r;
    if (spread->count >= SPREAD_EXACT_MAX)
        count(spread, kept);
    else
        spread->at[spread->count] = kept;
    spread->count++;
    spread->sorted = false;
    return 0;
}

static int compare(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

int64_t spread_percentile(struct spread *spread, unsigned per_cent)
{
    if (spread->count == 0)
        return -1;
    /* From 1 on; divided first where the product would not fit. */
    uint64_t rank = spread->count / 100 * per_cent + (spread->count % 100 * per_cent + 99) / 100;
    if (!is_counted(spread)) {
        if (!spread->sorted)
            qsort(spread->at, spread->count, sizeof(*spread->at), compare);
        spread->sorted = true;
        return spread->at[rank - 1];
    }
    size_t bucket = 0;
    for (uint64_t passed = spread->at[0]; passed < rank && bucket < BUCKETS - 1;)
        passed += spread->at[++bucket];
    return value_of(bucket);
}

void spread_done(struct spread *spread)
{
    free(spread->at);
    *spread = (struct spread){0};
}
