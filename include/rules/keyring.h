/*
 * Which of a provider's keys is asked with. One that was refused is set aside: a wrong key until
 * the settings are read again, one without credit for ten minutes, one that is to send less for as
 * long as the provider said. A provider with one key never has it set aside: what is refused then
 * is dealt with as any failure (retry.h).
 *
 * A key is known by itself, so what is known of it stays over a reload for as long as the settings
 * have it. Of keys nothing is ever told but their numbers, which count from 1.
 */
#ifndef UNDERSTUDY_KEYRING_H
#define UNDERSTUDY_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "failure/failure.h"
#include "failure/provider_error.h"
#include "kind/api_path.h"
#include "rules/retry.h"

/* Refills of an account are a matter of minutes at the least. */
#define KEYRING_QUOTA_MS ((int64_t)10 * 60 * 1000)
/* Limits are mostly by the minute, where the provider does not say how long to wait. */
#define KEYRING_LIMIT_MS ((int64_t)60 * 1000)

/* Until the settings are read again. */
#define KEYRING_RELOAD INT64_MAX
/* No key. */
#define KEYRING_NONE SIZE_MAX

/* A set of a provider's keys: bit n stands for api_keys.at[n]. */
typedef uint64_t keyring_set;
#define KEYRING_BIT(key) ((keyring_set)1 << (key))

/* Of one provider; all zero is an empty one. */
struct keyring {
    struct keyring_key *at; /* what is known of each key of the settings in effect */
    size_t count;
    char *base_url; /* whose keys they are */
};

/* What is known of one key. */
struct keyring_state {
    enum failure refused; /* FAILURE_NONE: it can be asked with */
    int64_t back_in_ms;   /* 0, or until it can be; KEYRING_RELOAD */
};

/* Is there a key to choose? Of a provider without nothing is kept, nor need be asked. */
static inline bool keyring_has_choice(const struct config_provider *provider)
{
    return provider->api_keys.count > 1;
}

/* Has the provider refused the key? Not where a proxy or a certificate is in the way. */
bool keyring_refuses(const struct attempt_result *result);

/* A refusal, and what was asked for that it answers. */
struct keyring_refusal {
    const struct attempt_result *result;
    const struct provider_error *error;
    enum api_path path;
    struct text body; /* as it came */
};

/*
 * Does it tell of what was asked, and not of the key? A page of a firewall, a scope that the path
 * wants, a limit of one model or of a path that has limits of its own, a 429 for too much load: the
 * next key is asked all the same, and this one stays.
 */
bool keyring_spares(const struct keyring_refusal *refusal);

/* For how long a key is set aside that was refused so; retry_after_ms is the wait that the provider
 * named, -1 = none. 0 = it is not set aside. */
int64_t keyring_aside_ms(enum failure failure, int64_t retry_after_ms);

/*
 * The settings, at the start and at each reload: keys that stay keep what is known of them, but for
 * a refusal for good, which somebody may have mended. At another address nothing is. NULL: the
 * provider is gone. 0, or -ENOMEM and nothing is known of any key.
 */
int keyring_configure(struct keyring *keyring, const struct config_provider *provider)
    __attribute__((warn_unused_result));

/* Wipes what it holds. */
void keyring_done(struct keyring *keyring);

/* The first of provider's keys, by preference, that is neither set aside nor in refused;
 * KEYRING_NONE = there is none. With one key or none it is 0. */
size_t keyring_choose(const struct keyring *keyring, const struct config_provider *provider,
                      keyring_set refused, int64_t now_ms);

/* 0 = one of provider's keys can be asked with; else until the first is back, or KEYRING_RELOAD. */
int64_t keyring_back_in_ms(const struct keyring *keyring, const struct config_provider *provider,
                           int64_t now_ms);

/* That key of provider was refused so, at now_ms. Never shortens what it is set aside for. */
void keyring_set_aside(struct keyring *keyring, const struct config_provider *provider, size_t key,
                       const struct attempt_result *result, int64_t now_ms);

struct keyring_state keyring_state(const struct keyring *keyring,
                                   const struct config_provider *provider, size_t key,
                                   int64_t now_ms);

#endif
