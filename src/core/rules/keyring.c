/*
 * One entry for each key of the settings in effect. An exchange that began under other settings
 * asks with the keys of those: what is not known here can be asked with, and is not remembered.
 */
#include "rules/keyring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/count.h"

_Static_assert(API_KEYS_MAX <= 64, "a keyring_set has a bit for each key");

struct keyring_key {
    char *secret;
    enum failure refused;
    int64_t until_ms;
};

bool keyring_refuses(const struct attempt_result *result)
{
    return result->transport == TRANSPORT_OK && keyring_aside_ms(result->failure, -1) > 0;
}

/* Any of those, in any case. */
static bool says(const char *told, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasestr(told, words[i]))
            return true;
    return false;
}

/*
 * OpenAI: "You have insufficient permissions for this operation. Missing scopes: api.model.read".
 * On paths that ask no model 403 is about the path. A firewall's page is not even JSON.
 */
static bool wants_a_scope(const struct keyring_refusal *refusal)
{
    static const char *const scope[] = {"missing scope", "insufficient permissions"};
    struct text body = text_skip_blank(refusal->body);
    return refusal->result->status == 403 &&
           (api_path_is_unread(refusal->path) || (body.len > 0 && body.at[0] == '<') ||
            says(refusal->error->message, scope, COUNT(scope)));
}

/*
 * OpenRouter: "x/y:free is temporarily rate-limited upstream". Told as 429, and no limit of the
 * key's: Z.ai 1305, Moonshot engine_overloaded_error, Cerebras queue_exceeded, Mistral 3505.
 */
static bool is_of_others(const struct keyring_refusal *refusal)
{
    static const char *const words[] = {"limited upstream", "overloaded", "capacity exceeded"},
                             *const codes[] = {"1305", "3505", "queue_exceeded", "overloaded"};
    const struct provider_error *error = refusal->error;
    return api_path_is_unread(refusal->path) || api_path_is_estimated(refusal->path) ||
           says(error->message, words, COUNT(words)) || says(error->code, codes, COUNT(codes)) ||
           says(error->type, codes, COUNT(codes));
}

bool keyring_spares(const struct keyring_refusal *refusal)
{
    if (refusal->result->failure == FAILURE_AUTH)
        return wants_a_scope(refusal);
    return refusal->result->failure == FAILURE_RATE_LIMIT && is_of_others(refusal);
}

int64_t keyring_aside_ms(enum failure failure, int64_t retry_after_ms)
{
    switch (failure) {
    case FAILURE_AUTH:
        return KEYRING_RELOAD;
    case FAILURE_QUOTA:
        return KEYRING_QUOTA_MS;
    case FAILURE_RATE_LIMIT:
        return retry_after_ms >= 0 ? retry_after_ms : KEYRING_LIMIT_MS;
    case FAILURE_NONE:
    case FAILURE_NETWORK:
    case FAILURE_TIMEOUT:
    case FAILURE_PROTOCOL:
    case FAILURE_SERVER:
    case FAILURE_MODEL:
    case FAILURE_CONTEXT:
    case FAILURE_POLICY:
    case FAILURE_REQUEST:
    case FAILURE_REDIRECT:
    case FAILURE_SKIPPED:
    case FAILURE_CANCELLED:
        break;
    }
    return 0;
}

static struct keyring_key *find(const struct keyring *keyring, const char *secret)
{
    for (size_t i = 0; i < keyring->count; i++)
        if (strcmp(keyring->at[i].secret, secret) == 0)
            return &keyring->at[i];
    return NULL;
}

void keyring_done(struct keyring *keyring)
{
    for (size_t i = 0; i < keyring->count; i++)
        string_wipe(keyring->at[i].secret);
    free(keyring->at);
    free(keyring->base_url);
    *keyring = (struct keyring){0};
}

/* What the one before knew of that key; auth is asked anew. */
static void carry_over(const struct keyring *before, struct keyring_key *key)
{
    const struct keyring_key *known = find(before, key->secret);
    if (known && known->refused != FAILURE_AUTH) {
        key->refused = known->refused;
        key->until_ms = known->until_ms;
    }
}

static int add_keys(struct keyring *keyring, const struct strings *keys)
{
    keyring->at = calloc(keys->count, sizeof(*keyring->at));
    for (; keyring->at && keyring->count < keys->count; keyring->count++) {
        char *copy = strdup(keys->at[keyring->count]);
        if (!copy)
            return -ENOMEM;
        keyring->at[keyring->count].secret = copy;
    }
    return keyring->at ? 0 : -ENOMEM;
}

int keyring_configure(struct keyring *keyring, const struct config_provider *provider)
{
    struct keyring next = {0};
    int r = 0;
    if (provider && provider->base_url && keyring_has_choice(provider)) {
        next.base_url = strdup(provider->base_url);
        r = next.base_url ? add_keys(&next, &provider->api_keys) : -ENOMEM;
    }
    if (r < 0)
        keyring_done(&next);
    bool stays =
        keyring->base_url && next.base_url && strcmp(keyring->base_url, next.base_url) == 0;
    for (size_t i = 0; stays && i < next.count; i++)
        carry_over(keyring, &next.at[i]);
    keyring_done(keyring);
    *keyring = next;
    return r;
}

struct keyring_state keyring_state(const struct keyring *keyring,
                                   const struct config_provider *provider, size_t key,
                                   int64_t now_ms)
{
    const struct keyring_key *known =
        keyring_has_choice(provider) ? find(keyring, provider->api_keys.at[key]) : NULL;
    if (!known || known->until_ms <= now_ms)
        return (struct keyring_state){FAILURE_NONE, 0};
    bool for_good = known->until_ms == KEYRING_RELOAD;
    return (struct keyring_state){known->refused,
                                  for_good ? KEYRING_RELOAD : known->until_ms - now_ms};
}

size_t keyring_choose(const struct keyring *keyring, const struct config_provider *provider,
                      keyring_set refused, int64_t now_ms)
{
    if (!keyring_has_choice(provider))
        return 0;
    for (size_t i = 0; i < provider->api_keys.count; i++)
        if (!(refused & KEYRING_BIT(i)) &&
            keyring_state(keyring, provider, i, now_ms).refused == FAILURE_NONE)
            return i;
    return KEYRING_NONE;
}

int64_t keyring_back_in_ms(const struct keyring *keyring, const struct config_provider *provider,
                           int64_t now_ms)
{
    int64_t least_ms = keyring_has_choice(provider) ? KEYRING_RELOAD : 0;
    for (size_t i = 0; i < provider->api_keys.count; i++) {
        int64_t in_ms = keyring_state(keyring, provider, i, now_ms).back_in_ms;
        least_ms = in_ms < least_ms ? in_ms : least_ms;
    }
    return least_ms;
}

void keyring_set_aside(struct keyring *keyring, const struct config_provider *provider, size_t key,
                       const struct attempt_result *result, int64_t now_ms)
{
    int64_t until_ms;
    if (!keyring_has_choice(provider) || !keyring_refuses(result))
        return;
    struct keyring_key *known = find(keyring, provider->api_keys.at[key]);
    if (__builtin_add_overflow(now_ms, keyring_aside_ms(result->failure, result->retry_after_ms),
                               &until_ms))
        until_ms = KEYRING_RELOAD;
    if (!known || until_ms <= known->until_ms)
        return;
    known->refused = result->failure;
    known->until_ms = until_ms;
}
