/* A ring of counts; a slot whose time is over is emptied when it is next written to. */
#include "rules/budget.h"

/* 0.1 * 30 is a little more than 3, and 0.29 * 100 a little less than 29. */
#define ROUNDING 1e-9

static int64_t tick_of(int64_t now_ms)
{
    return now_ms / BUDGET_SLOT_MS;
}

static struct budget_slot *slot_at(struct budget *budget, int64_t now_ms)
{
    int64_t tick = tick_of(now_ms);
    struct budget_slot *slot = &budget->slot[tick % BUDGET_SLOTS];
    if (slot->tick != tick)
        *slot = (struct budget_slot){.tick = tick};
    return slot;
}

void budget_init(struct budget *budget)
{
    *budget = (struct budget){0};
}

void budget_request(struct budget *budget, int64_t now_ms)
{
    slot_at(budget, now_ms)->requests++;
}

void budget_retry(struct budget *budget, int64_t now_ms)
{
    slot_at(budget, now_ms)->retries++;
}

bool budget_retry_allowed(const struct budget *budget, double share, int64_t now_ms)
{
    int64_t oldest = tick_of(now_ms) - BUDGET_SLOTS + 1, requests = 0, retries = 0;
    for (int i = 0; i < BUDGET_SLOTS; i++) {
        if (budget->slot[i].tick < oldest)
            continue;
        requests += budget->slot[i].requests;
        retries += budget->slot[i].retries;
    }
    return share <= 0 || retries < BUDGET_ALWAYS_ALLOWED ||
           (double)(retries + 1) <= share * (double)requests + ROUNDING;
}
