/*
 * An attempt's result counts only in the period in which the attempt began. So the failures that
 * come in after the one which opened the breaker cannot keep it open for longer, an answer from
 * before it opened cannot close it, and of any number of callers only one is the probe.
 */
#include "rules/breaker.h"

#define PROBE_TAKES_MS 1000

/* What a result says about the provider. */
enum verdict { VERDICT_NOTHING, VERDICT_ALIVE, VERDICT_FAILED };

static enum verdict verdict_of(enum failure failure)
{
    switch (failure) {
    case FAILURE_NETWORK:
    case FAILURE_TIMEOUT:
    case FAILURE_PROTOCOL:
    case FAILURE_SERVER:
        return VERDICT_FAILED;
    case FAILURE_NONE:
    case FAILURE_RATE_LIMIT:
    case FAILURE_AUTH:
    case FAILURE_QUOTA:
    case FAILURE_MODEL:
    case FAILURE_CONTEXT:
    case FAILURE_POLICY:
    case FAILURE_REQUEST:
    case FAILURE_REDIRECT:
        return VERDICT_ALIVE;
    case FAILURE_SKIPPED:
    case FAILURE_CANCELLED:
        break;
    }
    return VERDICT_NOTHING;
}

static void begin_period(struct breaker *breaker, bool open, int64_t now_ms)
{
    breaker->open = open;
    breaker->opened_at_ms = now_ms;
    breaker->probing = false;
    breaker->failures = 0;
    breaker->period++;
}

static int64_t left_ms(const struct breaker *breaker, int64_t now_ms)
{
    int64_t passed_ms = now_ms - breaker->opened_at_ms;
    return passed_ms < breaker->open_for_ms ? breaker->open_for_ms - passed_ms : 0;
}

void breaker_init(struct breaker *breaker)
{
    *breaker = (struct breaker){0};
}

void breaker_configure(struct breaker *breaker, int failures, int64_t open_for_ms)
{
    breaker->limit = failures;
    breaker->open_for_ms = open_for_ms;
    if (failures <= 0)
        begin_period(breaker, false, 0);
}

static enum breaker_permit permit(const struct breaker *breaker, int64_t now_ms)
{
    switch (breaker_state(breaker, now_ms)) {
    case BREAKER_CLOSED:
        return BREAKER_ALLOWED;
    case BREAKER_HALF_OPEN:
        return breaker->probing ? BREAKER_REFUSED : BREAKER_PROBE;
    case BREAKER_OPEN:
        break;
    }
    return BREAKER_REFUSED;
}

struct breaker_pass breaker_allow(struct breaker *breaker, int64_t now_ms)
{
    struct breaker_pass pass = {permit(breaker, now_ms), breaker->period};
    if (pass.permit == BREAKER_PROBE)
        breaker->probing = true;
    return pass;
}

static void count_failure(struct breaker *breaker, bool probe, int64_t now_ms)
{
    if (breaker->limit <= 0)
        return;
    breaker->failures++;
    if (probe || breaker->failures >= breaker->limit)
        begin_period(breaker, true, now_ms);
}

void breaker_ended(struct breaker *breaker, struct breaker_pass pass, enum failure failure,
                   int64_t now_ms)
{
    bool probe = pass.permit == BREAKER_PROBE;
    if (pass.permit == BREAKER_REFUSED || pass.period != breaker->period)
        return;
    switch (verdict_of(failure)) {
    case VERDICT_FAILED:
        count_failure(breaker, probe, now_ms);
        break;
    case VERDICT_ALIVE:
        if (probe)
            begin_period(breaker, false, now_ms);
        breaker->failures = 0;
        break;
    case VERDICT_NOTHING:
        if (probe)
            breaker->probing = false;
        break;
    }
}

const char *breaker_word(enum breaker_state state)
{
    static const char *const words[] = {
        [BREAKER_CLOSED] = "closed", [BREAKER_HALF_OPEN] = "half-open", [BREAKER_OPEN] = "open"};
    return words[state];
}

enum breaker_state breaker_state(const struct breaker *breaker, int64_t now_ms)
{
    if (!breaker->open)
        return BREAKER_CLOSED;
    return breaker->probing || left_ms(breaker, now_ms) == 0 ? BREAKER_HALF_OPEN : BREAKER_OPEN;
}

int64_t breaker_retry_in_ms(const struct breaker *breaker, int64_t now_ms)
{
    if (!breaker->open)
        return 0;
    return breaker->probing ? PROBE_TAKES_MS : left_ms(breaker, now_ms);
}
