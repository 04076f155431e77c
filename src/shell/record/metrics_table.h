/* Between metrics.c, which keeps the numbers, and metrics_page.c, which writes them down. */
#ifndef UNDERSTUDY_METRICS_TABLE_H
#define UNDERSTUDY_METRICS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "record/metric.h"
#include "text/buf.h"

/* Of a histogram, at most. */
#define METRIC_BUCKETS 17

enum metric_type { METRIC_TYPE_COUNTER, METRIC_TYPE_GAUGE, METRIC_TYPE_HISTOGRAM };

struct metric_family {
    const char *name;
    enum metric_type type;
    const char *help;
    const char *labels[METRIC_LABELS_MAX + 1]; /* NULL at the end */
};

struct metric_bucket {
    int64_t limit;     /* in parts of a second; what takes longer goes into a later one */
    const char *words; /* the same in seconds, as on the page */
};

/* What a histogram counts in. */
struct metric_scale {
    int per_second; /* parts of a second: 1000 or 1000000 */
    size_t count;   /* <= METRIC_BUCKETS */
    const struct metric_bucket *buckets;
};

struct metric_series {
    char *labels[METRIC_LABELS_MAX];
    int64_t value;                    /* of a histogram: the sum, in parts of a second */
    uint64_t count;                   /* of a histogram: observations */
    uint64_t buckets[METRIC_BUCKETS]; /* each observation is in the first bucket that takes it */
};

struct metric_table {
    uint64_t hashes[METRIC_SERIES_MAX + 1];
    struct metric_series *series[METRIC_SERIES_MAX + 1]; /* the one more is that of "other" */
    size_t count;
};

extern const struct metric_family metric_families[METRIC_COUNT];

/* The same for all that take as long as an answer does, so that one can be held against the other.
 */
const struct metric_scale *metric_scale(enum metric histogram);

/* One family with its series. */
int metrics_page_family(struct buf *out, enum metric metric, const struct metric_table *table)
    __attribute__((warn_unused_result));

/* METRIC_READINGS. started_at_ms: wall clock. */
int metrics_page_process(struct buf *out, int64_t started_at_ms)
    __attribute__((warn_unused_result));

#endif
