/* Which metrics there are: a row each. */
#ifndef UNDERSTUDY_METRIC_H
#define UNDERSTUDY_METRIC_H

#define METRIC_SERIES_MAX 512
#define METRIC_LABELS_MAX 4

/*
 * id, name behind "understudy_", type, help, label names in the order in which values are given.
 * fallback is yes or no; class is failure_word(), "ok" for an attempt that succeeded; kind is
 * prompt, completion, or cached: those of the prompt that came from a cache; key counts from 1;
 * client is the NAME of a [token NAME], "" for all others.
 */
#define METRIC_TABLE(X)                                                                            \
    X(REQUESTS, "requests_total", COUNTER, "Client requests answered.", "provider", "code",        \
      "fallback", "client")                                                                        \
    X(ATTEMPTS, "attempts_total", COUNTER, "Requests sent to a provider, by how they ended.",      \
      "provider", "class")                                                                         \
    X(RETRIES, "retries_total", COUNTER, "Attempts repeated on the same provider, by cause.",      \
      "provider", "class")                                                                         \
    X(FALLBACKS, "fallbacks_total", COUNTER, "Exchanges moved to the next provider, by cause.",    \
      "from", "to", "class")                                                                       \
    X(REQUEST_DURATION, "request_duration_seconds", HISTOGRAM,                                     \
      "Time from a request's arrival to the end of its answer.", NULL)                             \
    X(TIME_TO_FIRST_TOKEN, "time_to_first_token_seconds", HISTOGRAM,                               \
      "Time from a request's arrival to the first content of its answer.", NULL)                   \
    X(TOKENS, "tokens_total", COUNTER, "Tokens as counted by the provider.", "provider", "model",  \
      "kind", "client")                                                                            \
    X(BREAKER_STATE, "breaker_state", GAUGE,                                                       \
      "State of a provider's breaker: 0 closed, 1 half-open, 2 open.", "provider")                 \
    X(KEY_SET_ASIDE, "key_set_aside", GAUGE,                                                       \
      "1 while a provider's key is set aside after it was refused.", "provider", "key")            \
    X(ONLINE, "online", GAUGE, "1 unless the connectivity check finds the machine offline.", NULL) \
    X(LOCAL, "local", GAUGE, "1 while nothing leaves the machine (understudy local on).", NULL)    \
    X(INFLIGHT, "inflight", GAUGE, "Exchanges under way.", NULL)                                   \
    X(OPEN_STREAMS, "open_streams", GAUGE, "Streamed answers under way.", NULL)

enum metric {
#define X(id, ...) METRIC_##id,
    METRIC_TABLE(X)
#undef X
};

#define METRIC_COUNT 13

#endif
