/*
 * A provider's keys in one leg. The one that was refused is set aside and the next one asked with;
 * the last that is left is dealt with as if there were no others: it may be waited for, and is set
 * aside when the leg is done with it. None is asked with again after another one was.
 */
#include "exchange/leg.h"
#include "provider/health.h"

static int64_t now_of(const struct leg *leg)
{
    return loop_now_ms(leg->plan.means->loop);
}

void leg_key_leave(struct leg *leg)
{
    if (!leg->key_waits)
        return;
    leg->key_waits = false;
    const struct attempt_result *result = attempt_result(leg->attempt);
    health_key_refused(leg->provider, leg->key, result, leg->key_refused_at_ms);
    leg_report_key(leg, health_key(leg->provider, leg->keys_refused, now_of(leg)),
                   keyring_aside_ms(result->failure, result->retry_after_ms));
}

static bool is_refused(const struct leg *leg)
{
    return keyring_has_choice(leg->provider) && keyring_refuses(attempt_result(leg->attempt));
}

static void change_to(struct leg *leg, size_t key)
{
    leg_key_leave(leg);
    leg->key = key;
    leg_request_sign(leg);
}

/* While it waited others may have been refused the key that it has, or another may be back. */
bool leg_key_choose(struct leg *leg)
{
    size_t key = health_key(leg->provider, leg->keys_refused, now_of(leg));
    if (key == KEYRING_NONE && leg->tries == 0)
        return false;
    if (key != KEYRING_NONE && key != leg->key)
        change_to(leg, key);
    return true;
}

void leg_key_note_end(struct leg *leg)
{
    leg->key_waits = is_refused(leg) && !leg_key_is_spared(leg);
    leg->key_refused_at_ms = now_of(leg);
}

bool leg_key_next(struct leg *leg)
{
    leg_key_note_end(leg);
    if (!is_refused(leg))
        return false;
    leg->keys_refused |= KEYRING_BIT(leg->key);
    size_t next = health_key(leg->provider, leg->keys_refused, now_of(leg));
    if (next == KEYRING_NONE)
        return false;
    if (!leg->key_waits) /* it is not set aside */
        leg_report_key(leg, next, 0);
    change_to(leg, next);
    return true;
}
