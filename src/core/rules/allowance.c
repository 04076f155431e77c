/* Whole numbers only, so that a day of requests adds up: nothing is rounded but the wait, upwards.
 */
#include "rules/allowance.h"

static int64_t full(const struct rate *rate)
{
    return rate->count * rate->per_ms;
}

/* A whole period brings all back: more time than that does not count, and cannot overflow. */
static void refill(struct allowance *allowance, int64_t now_ms)
{
    int64_t passed_ms = now_ms - allowance->at_ms;
    if (passed_ms <= 0)
        return;
    if (passed_ms > allowance->rate.per_ms)
        passed_ms = allowance->rate.per_ms;
    allowance->spent -= passed_ms * allowance->rate.count;
    if (allowance->spent < 0)
        allowance->spent = 0;
    allowance->at_ms = now_ms;
}

void allowance_init(struct allowance *allowance, const struct rate *rate, int64_t now_ms)
{
    *allowance = (struct allowance){.rate = *rate, .at_ms = now_ms};
}

int64_t allowance_take(struct allowance *allowance, int64_t now_ms)
{
    const struct rate *rate = &allowance->rate;
    refill(allowance, now_ms);
    int64_t missing = allowance->spent + rate->per_ms - full(rate);
    if (missing > 0)
        return (missing + rate->count - 1) / rate->count;
    allowance->spent += rate->per_ms;
    return 0;
}

/* The part of a request that came back is kept, too. */
void allowance_change(struct allowance *allowance, const struct rate *rate, int64_t now_ms)
{
    refill(allowance, now_ms);
    int64_t whole = allowance->spent / allowance->rate.per_ms;
    int64_t part = allowance->spent % allowance->rate.per_ms;
    allowance->spent = whole * rate->per_ms + part * rate->per_ms / allowance->rate.per_ms;
    allowance->rate = *rate;
    if (allowance->spent > full(rate))
        allowance->spent = full(rate);
}
