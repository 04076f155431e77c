/*
 * Counters, gauges and histograms of the whole process, and their page in Prometheus' text format
 * 0.0.4. One lock for all; safe between threads. A family keeps at most METRIC_SERIES_MAX
 * combinations of label values, what comes after is counted under "other".
 */
#ifndef UNDERSTUDY_METRICS_H
#define UNDERSTUDY_METRICS_H

#include <stdint.h>

#include "record/metric.h"
#include "text/buf.h"

/* Notes when the process began, and starts the numbers without labels: 0, online 1. Once, first. */
void metrics_setup(void);

/* labels: one value for each label name of the family, none of them NULL; NULL without labels. */
void metrics_add(enum metric counter, const char *const labels[], uint64_t n);
void metrics_gauge_set(enum metric gauge, const char *const labels[], int64_t value);
void metrics_gauge_add(enum metric gauge, const char *const labels[], int64_t change);
/* What it told of is there no more: an alert on it would never end. */
void metrics_gauge_drop(enum metric gauge, const char *const labels[]);

/* One observation of a histogram. A negative time counts as 0. */
void metrics_observe_ms(enum metric histogram, int64_t ms);

/* What a counter or gauge is at: one series (0 when it is new), and all of them together. */
int64_t metrics_value(enum metric metric, const char *const labels[]);
int64_t metrics_sum(enum metric metric);

/* When metrics_setup was, since 1970, and how long ago. */
int64_t metrics_started_at_ms(void);
int64_t metrics_uptime_ms(void);

/* Adds the whole page to out. 0, -EMSGSIZE or -ENOMEM. */
int metrics_print(struct buf *out) __attribute__((warn_unused_result));

#endif
