/* How long to wait before the next try. */
#ifndef UNDERSTUDY_BACKOFF_H
#define UNDERSTUDY_BACKOFF_H

#include <stdint.h>

#include "config/config.h"
#include "http/retry_after.h"

/*
 * The wait before try attempt + 1, after attempt (1..) failed: clamp(multiplier * 2^(attempt-1) s,
 * min_wait, max_wait), as tenacity's wait_exponential, then shortened by a random part of up to
 * jitter, also below min_wait. random: 0 <= random < 1. Never negative, never above max_wait, at
 * any attempt.
 */
int64_t backoff_wait_ms(const struct retry_policy *policy, int attempt, double random);

#endif
