/* Between metrics.c, which keeps the numbers, and metrics_page.c, which writes them down. */
#ifndef UNDERSTUDY_METRICS_TABLE_H
#define UNDERSTUDY_METRICS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "record/metric.h"
#include "text/buf.h"

/* From a token of a small local model to the 290 s of the default deadline. */
#define METRIC_BUCKETS 17

enum metric_type { METRIC_TYPE_COUNTER, METRIC_TYPE_GAUGE, METRIC_TYPE_HISTOGRAM };

struct metric_family {
    const char *name;
    enum metric_type type;
    const char *help;
    const char *labels[METRIC_LABELS_MAX + 1]; /* NULL at the end */
};

struct metric_bucket {
    int64_t limit_ms;  /* what takes longer goes into a later one */
    const char *limit; /* the same in seconds, as on the page */
};

struct metric_series {
    char *labels[METRIC_LABELS_MAX];
    int64_t value;                    /* of a histogram: the sum, in ms */
    uint64_t count;                   /* of a histogram: observations */
    uint64_t buckets[METRIC_BUCKETS]; /* each observation is in the first bucket that takes it */
};

struct metric_table {
    uint64_t hashes[METRIC_SERIES_MAX + 1];
    struct metric_series *series[METRIC_SERIES_MAX + 1]; /* the one more is that of "other" */
    size_t count;
};

extern const struct metric_family metric_families[METRIC_COUNT];

/* Of every histogram, so that one can be held against the other. */
extern const struct metric_bucket metric_buckets[METRIC_BUCKETS];

/* One family with its series. */
int metrics_page_family(struct buf *out, enum metric metric, const struct metric_table *table)
    __attribute__((warn_unused_result));

/* METRIC_READINGS. started_at_ms: wall clock. */
int metrics_page_process(struct buf *out, int64_t started_at_ms)
    __attribute__((warn_unused_result));

#endif
