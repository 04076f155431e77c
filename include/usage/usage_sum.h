/* Lines of usage files added up: a row for each combination of the keys that were asked for. */
#ifndef UNDERSTUDY_USAGE_SUM_H
#define UNDERSTUDY_USAGE_SUM_H

#include <stddef.h>
#include <stdint.h>

#include "text/utc.h"
#include "usage/spread.h"
#include "usage/usage_line.h"
#include "usage/usage_query.h"

/* More are no summary: who asked for them can ask for fewer. */
#define USAGE_ROWS_MAX 100000

struct usage_row {
    struct text key[USAGE_KEY_COUNT]; /* in the order of the query; all are in keys */
    char *keys;                       /* owned; NULL = none are kept */
    uint64_t hash;                    /* of them */
    int64_t sum[USAGE_SUM_COUNT];
    struct spread ttft;
};

struct usage_sum {
    struct usage_query query;
    struct usage_row total;
    struct usage_row **slots; /* by their hash; NULL where there is none */
    size_t slot_count;        /* a power of two, or 0 */
    size_t row_count;
    int64_t day;             /* of the last line, since 1970 */
    char day_text[UTC_SIZE]; /* its date is in front */
};

void usage_sum_init(struct usage_sum *sum, const struct usage_query *query);
void usage_sum_done(struct usage_sum *sum);

/* Lines from before query.since_s are passed over. 0, -ENOMEM, or -E2BIG when there are
 * USAGE_ROWS_MAX other rows. */
int usage_sum_add(struct usage_sum *sum, const struct usage_line *line)
    __attribute__((warn_unused_result));

/* The rows, sorted by their keys, and NULL at the end: an array that the caller frees, of the sum's
 * rows. NULL when memory is out. */
struct usage_row **usage_sum_sorted(const struct usage_sum *sum)
    __attribute__((warn_unused_result));

#endif
