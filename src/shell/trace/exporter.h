/*
 * Sends the spans of exchanges that are over to the collector of [log] otlp, a second later or when
 * there are a hundred, with one request at a time. One a worker. No exchange waits for it: what the
 * collector does not take waits in memory of a bounded size, and what does not fit there is lost
 * and counted (the metric otlp_dropped_total). Where nothing may leave the machine, spans for a
 * collector that is not on it or near it are lost, too. The log tells once that the collector takes
 * no spans, and once that it does again, for all workers.
 */
#ifndef UNDERSTUDY_EXPORTER_H
#define UNDERSTUDY_EXPORTER_H

#include <stdbool.h>

#include "trace/spans.h"

struct exporter;
struct shared_config;
struct upstream;

/* So many spans wait at most, and so many bytes of them. */
#define EXPORTER_SPANS_MAX 2048
#define EXPORTER_BYTES_MAX (4u << 20)

/* now: where the settings in effect stand; their otlp is read whenever something is sent. */
struct exporter *exporter_new(struct upstream *upstream, struct shared_config *const *now);

/* An exchange is over. */
void exporter_add(struct exporter *exporter, const struct spans_exchange *exchange);

/* New settings are in effect: there may be another collector. */
void exporter_configure(struct exporter *exporter);

/* No more will be added: what waits is sent at once, in two requests of two seconds at most, or
 * lost with the first failure. True: nothing waits any more; until then it is asked again. */
bool exporter_drain(struct exporter *exporter);

/* What still waits is lost. NULL is fine. */
void exporter_free(struct exporter *exporter);

#endif
