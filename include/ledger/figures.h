/*
 * How much was asked and how it went, in the last hour by the minute and in the last day by the
 * quarter of an hour: plain counters of a fixed size (60 KB). Time comes in as milliseconds
 * since 1970; a clock that is set back by less than
 * that counts on where it had been.
 */
#ifndef UNDERSTUDY_FIGURES_H
#define UNDERSTUDY_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "json/jsonwrite.h"
#include "ledger/exchange_record.h"

#define FIGURES_HOUR 60 /* of a minute */
#define FIGURES_DAY  96 /* of a quarter of an hour */

/* Times from 1 ms to 30 minutes, four to each doubling, the last one for all beyond. */
#define FIGURES_TIMES 80

/* Two sides: what was answered by a provider beyond this machine and network, and by one here. */
enum figures_side { FIGURES_CLOUD, FIGURES_LOCAL, FIGURES_SIDES };

struct figures_bucket {
    int64_t number; /* of its time since 1970, in its own lengths; 0 = empty */
    uint32_t requests, fallbacks, errors;
    uint32_t answers[FIGURES_SIDES]; /* whole ones */
    uint64_t prompt_tokens[FIGURES_SIDES], completion_tokens[FIGURES_SIDES];
    uint32_t ttft[FIGURES_TIMES]; /* until the first content */
};

struct figures {
    struct figures_bucket hour[FIGURES_HOUR];
    struct figures_bucket day[FIGURES_DAY];
};

/* One more exchange, which is over now. All zero is the beginning. */
void figures_add(struct figures *figures, const struct exchange_record *record);

/*
 * Two members, "hour" and "day": {step_s, total, buckets}, oldest first, without those in which
 * nothing was asked. latest: of the buckets only the one that now is in, and the one before, which
 * may have changed since it was last told.
 */
void figures_write(const struct figures *figures, int64_t now_ms, bool latest,
                   struct jsonwrite *writer);

#endif
