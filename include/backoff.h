/* How long to wait before the next try. */
#ifndef UNDERSTUDY_BACKOFF_H
#define UNDERSTUDY_BACKOFF_H

#include "config.h"
#include "text.h"

#include <stdint.h>

/*
 * The wait before try attempt + 1, after attempt (1..) failed: clamp(multiplier * 2^(attempt-1) s,
 * min_wait, max_wait), as tenacity's wait_exponential, then shortened by a random part of up to
 * jitter. random: 0 <= random < 1. Never negative, never above max_wait, at any attempt.
 */
int64_t backoff_wait_ms(const struct retry_policy *policy, int attempt, double random);

/*
 * The wait that a provider names, in ms, or -1 when it names none that can be understood (negative,
 * garbled, empty or past is none). retry-after-ms (ms, fraction allowed) is preferred to Retry-After
 * (RFC 9110, 10.2.3: seconds or a date; a fraction of a second is accepted as the SDKs do).
 * A text with at is NULL is an absent header. wall_s: seconds since 1970 UTC. Saturates at INT64_MAX/4.
 */
int64_t retry_after_parse(struct text retry_after_ms, struct text retry_after, int64_t wall_s);

#endif
