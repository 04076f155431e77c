/* Which metrics there are: a row each. docs/observability.md has them, by tools/metrics. */
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
    X(OPEN_STREAMS, "open_streams", GAUGE, "Streamed answers under way.", NULL)                    \
    X(TOOL_CALLS, "tool_calls_total", COUNTER,                                                     \
      "Calls of tools, by how they ended; refused ones, which were not run, as of the tool "       \
      "other.",                                                                                    \
      "tool", "result")                                                                            \
    X(TOOL_DURATION, "tool_duration_seconds", HISTOGRAM,                                           \
      "Time from a call of a tool to its result.", NULL)                                           \
    X(LOOP_TURN, "loop_turn_seconds", HISTOGRAM,                                                   \
      "Time of a turn of a worker's loop, which all of its other exchanges wait for.", NULL)       \
    X(USAGE_DROPPED, "usage_dropped_total", COUNTER, "Lines that the usage file could not take.",  \
      NULL)                                                                                        \
    X(OTLP_DROPPED, "otlp_dropped_total", COUNTER, "Spans that the collector did not get.", NULL)  \
    X(BUILD_INFO, "build_info", GAUGE, "Always 1; the label tells the version.", "version")

enum metric {
#define X(id, ...) METRIC_##id,
    METRIC_TABLE(X)
#undef X
};

#define METRIC_COUNT 19

/*
 * What is read when the page is asked for: name behind "understudy_", type, help, how many of what
 * is read make one of the metric's unit, what reads it (negative = not known, and left out).
 */
#define METRIC_READINGS(X)                                                                         \
    X("log_dropped_total", COUNTER, "Log lines that could not be written.", 1,                     \
      (int64_t)log_dropped())                                                                      \
    X("process_cpu_seconds_total", COUNTER, "Time on a processor, user and system.", 1000,         \
      process_cpu_ms())                                                                            \
    X("process_resident_memory_bytes", GAUGE, "Resident memory.", 1, process_resident_bytes())     \
    X("process_open_fds", GAUGE, "Open file descriptors.", 1, process_open_fds())                  \
    X("process_max_fds", GAUGE, "How many file descriptors may be open.", 1, process_max_fds())    \
    X("process_start_time_seconds", GAUGE, "Start of the process, since 1970 UTC.", 1000,          \
      started_at_ms)

#endif
