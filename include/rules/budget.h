/*
 * One provider's retry budget: when everything fails, retries must not multiply the load on it.
 * Over the last 10 s retries may be at most a share of the requests, with 10 always allowed.
 *
 * A request is one exchange's first attempt on the provider; a retry is each further one. Bounded
 * memory: counts by quarter seconds. Instants are monotonic ms. Not for several threads at once.
 */
#ifndef UNDERSTUDY_BUDGET_H
#define UNDERSTUDY_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#define BUDGET_SLOTS          40
#define BUDGET_SLOT_MS        250
#define BUDGET_ALWAYS_ALLOWED 10

struct budget_slot {
    int64_t tick; /* which quarter of a second it counts */
    int64_t requests;
    int64_t retries;
};

struct budget {
    struct budget_slot slot[BUDGET_SLOTS];
};

void budget_init(struct budget *budget);

/* An exchange's first attempt on the provider begins. */
void budget_request(struct budget *budget, int64_t now_ms);

/* May a retry begin now? share: [retry] budget, 0 = no limit. Counts nothing. */
bool budget_retry_allowed(const struct budget *budget, double share, int64_t now_ms);

/* A retry begins; also where the share is 0, so that a reload finds it counted. */
void budget_retry(struct budget *budget, int64_t now_ms);

#endif
