/*
 * Three questions, in this order: does the class belong to the client as it is? May this provider
 * be asked again, and when? Who is next? The first "no" on the way to another try is the reason.
 */
#include "rules/retry.h"

#include <stddef.h>

#include "rules/backoff.h"

#define NO_WAIT ((int64_t)-1)

static const struct {
    const char *word, *sentence;
} reasons[] = {[RETRY_REASON_NONE] = {"", ""},
#define X(id, word, sentence) [RETRY_REASON_##id] = {word, sentence},
               RETRY_REASONS(X)
#undef X
};

const char *retry_reason_word(enum retry_reason reason)
{
    return reasons[reason].word;
}

const char *retry_reason_sentence(enum retry_reason reason)
{
    return reasons[reason].sentence;
}

static bool has(failure_set set, enum failure failure)
{
    return (set & FAILURE_BIT(failure)) != 0;
}

/* The wait that the provider names, where we listen to it; else NO_WAIT. */
static int64_t named_wait(const struct retry_policy *retry, const struct attempt_result *result)
{
    return retry->honour_retry_after && result->retry_after_ms >= 0 ? result->retry_after_ms
                                                                    : NO_WAIT;
}

/*
 * 429 alone says how long: what a provider names there allows a try that `on` does not. And who
 * asks to send less is better asked again later than not at all.
 */
static bool is_retried(const struct retry_policy *retry, const struct attempt_result *result,
                       const struct retry_situation *situation)
{
    return has(retry->on, result->failure) ||
           (result->failure == FAILURE_RATE_LIMIT &&
            (situation->alone || named_wait(retry, result) != NO_WAIT));
}

/* What the failure itself says against another try; none = nothing. */
static enum retry_reason objection_of_failure(const struct retry_policy *retry,
                                              const struct attempt_result *result,
                                              const struct retry_situation *situation)
{
    if (!is_retried(retry, result, situation))
        return RETRY_REASON_CLASS;
    if (!failure_status_retriable(result->status))
        return RETRY_REASON_STATUS;
    if (result->repeats)
        return RETRY_REASON_REPEATS;
    return result->processed && !retry->ambiguous ? RETRY_REASON_AMBIGUOUS : RETRY_REASON_NONE;
}

/* Why this provider is not asked again, whatever the wait; none = it may be. */
static enum retry_reason objection(const struct retry_policy *retry,
                                   const struct attempt_result *result,
                                   const struct retry_situation *situation)
{
    enum retry_reason reason = objection_of_failure(retry, result, situation);
    if (reason != RETRY_REASON_NONE)
        return reason;
    if (situation->tries >= retry->attempts)
        return RETRY_REASON_ATTEMPTS;
    if (result->not_running && situation->tries >= RETRY_NOT_RUNNING_TRIES)
        return RETRY_REASON_NOT_RUNNING;
    if (situation->local_only)
        return RETRY_REASON_LOCAL;
    if (situation->offline)
        return RETRY_REASON_OFFLINE;
    if (situation->breaker_open)
        return RETRY_REASON_BREAKER;
    return situation->budget_empty ? RETRY_REASON_BUDGET : RETRY_REASON_NONE;
}

/* Our own wait. */
static int64_t backoff(const struct retry_policy *retry, const struct attempt_result *result,
                       const struct retry_situation *situation)
{
    struct retry_policy policy = *retry;
    if (result->not_running)
        policy.multiplier = 0; /* min_wait is left */
    return backoff_wait_ms(&policy, situation->tries, situation->random);
}

/* The wait before another try, or NO_WAIT and why there is none. */
static int64_t next_wait(const struct retry_policy *retry, const struct attempt_result *result,
                         const struct retry_situation *situation, enum retry_reason *ret_reason)
{
    *ret_reason = objection(retry, result, situation);
    if (*ret_reason != RETRY_REASON_NONE)
        return NO_WAIT;
    int64_t named_ms = named_wait(retry, result), wait_ms = named_ms, end_ms;
    if (named_ms > retry->max_wait_ms) {
        *ret_reason = RETRY_REASON_LONG_WAIT;
        return NO_WAIT;
    }
    if (named_ms == NO_WAIT)
        wait_ms = backoff(retry, result, situation);
    if (__builtin_add_overflow(situation->now_ms, wait_ms, &end_ms) ||
        end_ms >= situation->provider_end_ms) {
        *ret_reason = RETRY_REASON_DEADLINE;
        return NO_WAIT;
    }
    *ret_reason = named_ms == NO_WAIT ? RETRY_REASON_BACKOFF : RETRY_REASON_NAMED_WAIT;
    return wait_ms;
}

/* No other try here. skipped is no answer of anybody: there is nothing in it to relay. */
static enum retry_verdict leave(failure_set fallback_on, const struct attempt_result *result,
                                const struct retry_situation *situation)
{
    if (!situation->has_next)
        return RETRY_END;
    return has(fallback_on, result->failure) || result->failure == FAILURE_SKIPPED ? RETRY_NEXT
                                                                                   : RETRY_RELAY;
}

struct retry_decision retry_decide(const struct retry_policy *retry, failure_set fallback_on,
                                   const struct attempt_result *result,
                                   const struct retry_situation *situation)
{
    if (result->failure == FAILURE_POLICY)
        return (struct retry_decision){RETRY_RELAY, 0, RETRY_REASON_POLICY};
    if (result->failure == FAILURE_REQUEST)
        return (struct retry_decision){RETRY_RELAY, 0, RETRY_REASON_REQUEST};
    if (result->failure == FAILURE_CANCELLED)
        return (struct retry_decision){RETRY_END, 0, RETRY_REASON_CANCELLED};
    enum retry_reason reason;
    int64_t wait_ms = next_wait(retry, result, situation, &reason);
    if (wait_ms != NO_WAIT)
        return (struct retry_decision){RETRY_AGAIN, wait_ms, reason};
    return (struct retry_decision){leave(fallback_on, result, situation), 0, reason};
}

int64_t retry_share_end_ms(int64_t begun_ms, int64_t deadline_ms, int providers_after)
{
    int64_t after = providers_after > 0 ? providers_after : 0, end_ms;
    int64_t share_ms = deadline_ms - deadline_ms / (2 + after) * after;
    return __builtin_add_overflow(begun_ms, share_ms, &end_ms) ? INT64_MAX : end_ms;
}
