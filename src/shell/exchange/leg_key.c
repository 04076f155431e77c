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
    health_key_refused(leg->provider, leg->key, attempt_result(leg->attempt),
                       leg->key_refused_at_ms);
    leg_report_key(leg, health_key(leg->provider, leg->keys_refused, now_of(leg)));
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
    size_t key = keyring_has_choice(leg->provider)
                     ? health_key(leg->provider, leg->keys_refused, now_of(leg))
                     : leg->key;
    if (key == KEYRING_NONE && leg->tries == 0)
        return false;
    if (key != KEYRING_NONE && key != leg->key)
        change_to(leg, key);
    leg->key_waits = false; /* what comes now counts */
    return true;
}

void leg_key_note_end(struct leg *leg)
{
    leg->key_waits =
        keyring_has_choice(leg->provider) && keyring_refuses(attempt_result(leg->attempt));
    leg->key_refused_at_ms = now_of(leg);
}

bool leg_key_next(struct leg *leg)
{
    leg_key_note_end(leg);
    if (!leg->key_waits)
        return false;
    leg->keys_refused |= KEYRING_BIT(leg->key);
    size_t next = health_key(leg->provider, leg->keys_refused, now_of(leg));
    if (next == KEYRING_NONE)
        return false;
    change_to(leg, next);
    return true;
}
