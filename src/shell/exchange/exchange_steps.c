/*
 * Questions that exchange.c asks: what can still be tried, and when; which legs may still answer,
 * and which of them is whose successor. Read off the route, the legs, and what is known of
 * providers.
 */
#include "base/alloc.h"
#include "exchange/exchange.h"
#include "provider/health.h"
#include "provider/local_switch.h"
#include "provider/online.h"
#include "rules/latency.h"

enum route_skip exchange_skip(const struct exchange *exchange, size_t index)
{
    const struct route_step *step = &exchange->inquiry->route.step[index];
    if (step->skip != ROUTE_SKIP_NONE)
        return step->skip;
    if (!step->provider->local) {
        enum route_skip far = local_switch_far(online_is_offline(exchange->all->means.online));
        if (far != ROUTE_SKIP_NONE)
            return far;
    }
    return health_skip(step->provider, loop_now_ms(exchange_loop(exchange)));
}

void exchange_note_skip(struct exchange *exchange, size_t index, enum route_skip why)
{
    const struct route_step *step = &exchange->inquiry->route.step[index];
    struct error sentence;
    route_skip_tell(step->provider, why, &sentence);
    struct history_entry entry = {.provider = step->provider,
                                  .model = step->from_preference ? NULL : step->model,
                                  .failure = FAILURE_SKIPPED,
                                  .skip = why,
                                  .start_ms = loop_now_ms(exchange_loop(exchange)) -
                                              exchange->inquiry->begun_at_ms,
                                  .message = sentence.text};
    alloc_must(history_add(&exchange->history, &entry));
}

int exchange_steps_left(const struct exchange *exchange)
{
    int count = 0;
    for (size_t i = exchange->next_step; i < exchange->inquiry->route.count; i++)
        if (exchange->inquiry->route.step[i].skip == ROUTE_SKIP_NONE)
            count++;
    return count;
}

bool exchange_can_try_another(const struct exchange *exchange)
{
    for (size_t i = exchange->next_step; i < exchange->inquiry->route.count; i++)
        if (exchange_skip(exchange, i) == ROUTE_SKIP_NONE)
            return true;
    return false;
}

int64_t exchange_hedge_ms(const struct exchange *exchange)
{
    if (!inquiry_is_judged(exchange->inquiry) || !exchange_is_open(exchange) ||
        exchange->next_step >= exchange->inquiry->route.count)
        return -1;
    const struct route_step *silent = &exchange->inquiry->route.step[exchange->next_step - 1];
    const char *model = silent->model ? silent->model : exchange->inquiry->facts.model;
    const struct latency_hedge hedge = {
        .setting_ms = latency_hedge_setting(inquiry_config(exchange->inquiry),
                                            text_of(exchange->inquiry->facts.model)),
        .stream = exchange->inquiry->facts.stream,
        .reasoning = exchange->inquiry->facts.reasoning,
        .usual_ms =
            health_usual_ms(silent->provider, model ? model : "",
                            exchange->inquiry->facts.stream ? HEALTH_STREAM : HEALTH_WHOLE)};
    return latency_hedge_ms(&hedge);
}

bool exchange_has_other_leg(const struct exchange *exchange, const struct leg *leg)
{
    for (const struct leg *other = exchange->legs; other; other = other->older)
        if (other != leg && leg_is_running(other))
            return true;
    return false;
}

const struct leg *exchange_running_before(const struct leg *leg)
{
    const struct leg *older = leg->older;
    while (older && !leg_is_running(older))
        older = older->older;
    return older;
}

struct leg *exchange_heir(const struct exchange *exchange, const struct leg *over)
{
    struct leg *first = NULL;
    if (exchange_running_before(over))
        return NULL;
    for (struct leg *leg = exchange->legs; leg != over; leg = leg->older)
        if (leg->tries > 0 && leg_is_running(leg))
            first = leg;
    return first;
}
