/* Exponential, as tenacity counts it, in milliseconds. */
#include "rules/backoff.h"

/* 2^62 times any multiplier that can be told from zero is longer than every max_wait. */
#define DOUBLINGS_MAX 62

static int64_t longest(const struct retry_policy *policy)
{
    return policy->max_wait_ms > 0 ? policy->max_wait_ms : 0;
}

/* multiplier * 2^(attempt-1) seconds between min_wait and max_wait; max_wait wins over min_wait. */
static int64_t exponential(const struct retry_policy *policy, int attempt)
{
    int doublings = attempt < 1 ? 0 : attempt - 1;
    if (doublings > DOUBLINGS_MAX)
        doublings = DOUBLINGS_MAX;
    double wait = policy->multiplier * 1000.0 * (double)(UINT64_C(1) << doublings);
    int64_t max = longest(policy);
    if (wait >= (double)max)
        return max;
    int64_t wait_ms = wait > 0 ? (int64_t)(wait + 0.5) : 0;
    if (wait_ms < policy->min_wait_ms)
        wait_ms = policy->min_wait_ms;
    return wait_ms < max ? wait_ms : max;
}

int64_t backoff_wait_ms(const struct retry_policy *policy, int attempt, double random)
{
    int64_t wait_ms = exponential(policy, attempt);
    double share = policy->jitter * random;
    if (share <= 0)
        return wait_ms;
    return share < 1 ? wait_ms - (int64_t)((double)wait_ms * share) : 0;
}
