/*
 * Counters, gauges and histograms of the whole process, and their page in Prometheus' text format
 * 0.0.4. One lock for all; safe between threads. A family keeps at most METRIC_SERIES_MAX
 * combinations of label values, what comes after is counted under "other".
 */
#ifndef UNDERSTUDY_METRICS_H
#define UNDERSTUDY_METRICS_H

#include <stdint.h>

#include "text/buf.h"

#define METRIC_SERIES_MAX 512
#define METRIC_LABELS_MAX 3

/*
 * id, name behind "understudy_", type, help, label names in the order in which values are given.
 * fallback is yes or no; class is failure_word(), "ok" for an attempt that succeeded; kind is
 * prompt or completion.
 */
#define METRIC_TABLE(X)                                                                            \
    X(REQUESTS, "requests_total", COUNTER, "Client requests answered.", "provider", "code",        \
      "fallback")                                                                                  \
    X(ATTEMPTS, "attempts_total", COUNTER, "Requests sent to a provider, by how they ended.",      \
      "provider", "class")                                                                         \
    X(RETRIES, "retries_total", COUNTER, "Attempts repeated on the same provider, by cause.",      \
      "provider", "class")                                                                         \
    X(FALLBACKS, "fallbacks_total", COUNTER, "Exchanges moved to the next provider, by cause.",    \
      "from", "to", "class")                                                                       \
    X(REQUEST_DURATION, "request_duration_seconds", HISTOGRAM,                                     \
      "Time from a request's arrival to the end of its answer.", NULL)                             \
    X(TIME_TO_FIRST_TOKEN, "time_to_first_token_seconds", HISTOGRAM,                               \
      "Time from a request's arrival to the first content of its answer.", NULL)                   \
    X(TOKENS, "tokens_total", COUNTER, "Tokens as counted by the provider.", "provider", "model",  \
      "kind")                                                                                      \
    X(BREAKER_STATE, "breaker_state", GAUGE,                                                       \
      "State of a provider's breaker: 0 closed, 1 half-open, 2 open.", "provider")                 \
    X(ONLINE, "online", GAUGE, "1 unless the connectivity check finds the machine offline.", NULL) \
    X(INFLIGHT, "inflight", GAUGE, "Exchanges under way.", NULL)                                   \
    X(OPEN_STREAMS, "open_streams", GAUGE, "Streamed answers under way.", NULL)

enum metric {
#define X(id, ...) METRIC_##id,
    METRIC_TABLE(X)
#undef X
};

#define METRIC_COUNT 11

/* Notes when the process began, and starts the numbers without labels: 0, online 1. Once, first. */
void metrics_setup(void);

/* labels: one value for each label name of the family, none of them NULL; NULL without labels. */
void metrics_add(enum metric counter, const char *const labels[], uint64_t n);
void metrics_gauge_set(enum metric gauge, const char *const labels[], int64_t value);
void metrics_gauge_add(enum metric gauge, const char *const labels[], int64_t change);

/* One observation of a histogram. A negative time counts as 0. */
void metrics_observe_ms(enum metric histogram, int64_t ms);

/* What a counter or gauge is at: one series (0 when it is new), and all of them together. */
int64_t metrics_value(enum metric metric, const char *const labels[]);
int64_t metrics_sum(enum metric metric);

/* How long ago metrics_setup was. */
int64_t metrics_uptime_ms(void);

/* Adds the whole page to out. 0, -EMSGSIZE or -ENOMEM. */
int metrics_print(struct buf *out) __attribute__((warn_unused_result));

#endif
