/* The settings that decide what is done after a failure, and their values. */
#ifndef UNDERSTUDY_EXPLAIN_SETTINGS_H
#define UNDERSTUDY_EXPLAIN_SETTINGS_H

#include "config/config.h"
#include "text/buf.h"

/* id, section, key. */
#define EXPLAIN_SETTINGS(X)                                                                        \
    X(PRIORITY, ROUTE, "priority")                                                                 \
    X(FALLBACK_ON, ROUTE, "fallback_on")                                                           \
    X(DEADLINE, ROUTE, "deadline")                                                                 \
    X(CONTINUE_STREAM, ROUTE, "continue_stream")                                                   \
    X(HEDGE_AFTER, ROUTE, "hedge_after")                                                           \
    X(ATTEMPTS, RETRY, "attempts")                                                                 \
    X(MULTIPLIER, RETRY, "multiplier")                                                             \
    X(MIN_WAIT, RETRY, "min_wait")                                                                 \
    X(MAX_WAIT, RETRY, "max_wait")                                                                 \
    X(JITTER, RETRY, "jitter")                                                                     \
    X(RETRY_ON, RETRY, "on")                                                                       \
    X(HONOUR_RETRY_AFTER, RETRY, "honour_retry_after")                                             \
    X(AMBIGUOUS, RETRY, "ambiguous")                                                               \
    X(BUDGET, RETRY, "budget")                                                                     \
    X(CHECK_URL, CONNECTIVITY, "check_url")                                                        \
    X(CHECK_INTERVAL, CONNECTIVITY, "interval")                                                    \
    X(BREAKER_FAILURES, BREAKER, "failures")                                                       \
    X(BREAKER_OPEN_FOR, BREAKER, "open_for")                                                       \
    X(CONNECT_TIMEOUT, PROVIDER, "connect_timeout")                                                \
    X(FIRST_BYTE_TIMEOUT, PROVIDER, "first_byte_timeout")                                          \
    X(IDLE_TIMEOUT, PROVIDER, "idle_timeout")                                                      \
    X(MAX_INFLIGHT, PROVIDER, "max_inflight")                                                      \
    X(MODEL, PROVIDER, "model")                                                                    \
    X(API_KEY, PROVIDER, "api_key")

enum explain_setting {
#define X(id, section, key) EXPLAIN_##id,
    EXPLAIN_SETTINGS(X)
#undef X
};

#define EXPLAIN_SETTING_COUNT 24
#define EXPLAIN_BIT(id)       (1u << EXPLAIN_##id)

/*
 * One line each, as "  [retry] attempts = 3". Those of [retry] and [provider] are the provider's:
 * its own retry_* are in them. Errors of buf.
 */
int explain_settings_print(const struct config *config, const struct config_provider *provider,
                           unsigned set, struct buf *out) __attribute__((warn_unused_result));

#define EXPLAIN_DURATION_MAX 32

/* "250ms", "1.5s", "4m 50s"; cut to a tenth of a second from ten seconds on. */
const char *explain_duration(int64_t ms, char *ret, size_t size);

#endif
