/*
 * What is known of each provider, by name, for the whole process: its breaker, its retry budget,
 * which of its keys are set aside, how many exchanges it has, and how fast each model usually
 * begins. Kept over a reload. Safe between threads; now_ms is a loop's monotonic time.
 */
#ifndef UNDERSTUDY_HEALTH_H
#define UNDERSTUDY_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "rules/breaker.h"
#include "rules/keyring.h"
#include "rules/route.h"

/* The settings, at the start and at each reload. Before anything else here. */
void health_configure(const struct config *config);

/* 0: an attempt may begin. Else its breaker is in the way, for about so long. */
int64_t health_retry_in_ms(const struct config_provider *provider, int64_t now_ms);

/* For one attempt, given back by health_ended with how it ended, and with which status (not above 0
 * = no answer came); not when it is refused. */
struct breaker_pass health_allow(const struct config_provider *provider, int64_t now_ms);
void health_ended(const struct config_provider *provider, struct breaker_pass pass,
                  enum failure failure, int status, int64_t now_ms);

/* The retry budget: a first attempt begins, may there be another one, another one begins. */
void health_count_request(const struct config_provider *provider, int64_t now_ms);
bool health_may_retry(const struct config_provider *provider, int64_t now_ms);
void health_count_retry(const struct config_provider *provider, int64_t now_ms);

/* Its keys, as in keyring.h: which one an exchange is to ask with that was refused those; whether
 * any can be asked with; that one was refused so; what is known of one. */
size_t health_key(const struct config_provider *provider, keyring_set refused, int64_t now_ms);
int64_t health_keys_back_in_ms(const struct config_provider *provider, int64_t now_ms);
/* Why it cannot be asked now, of what is known here: all its keys are set aside, or its breaker is
 * open; ROUTE_SKIP_NONE = it can. */
enum route_skip health_skip(const struct config_provider *provider, int64_t now_ms);
void health_key_refused(const struct config_provider *provider, size_t key,
                        const struct attempt_result *result, int64_t now_ms);
struct keyring_state health_key_state(const struct config_provider *provider, size_t key,
                                      int64_t now_ms);

/* A key that was refused, and which one is asked with instead. */
struct health_key_change {
    const char *id;   /* of the exchange; NULL = found beside them */
    size_t key, next; /* next KEYRING_NONE: none is left */
    int64_t aside_ms; /* it is set aside for so long; KEYRING_RELOAD, or 0 = not at all */
};
/* Has it in the log, by number. */
void health_report_key(const struct config_provider *provider, const struct attempt_result *result,
                       const struct health_key_change *change);

/* For what is asked beside the exchanges: the first, where all are set aside. */
size_t health_key_beside(const struct config_provider *provider, int64_t now_ms);

/* That was answered to what was asked beside them, with that key. True: the key was refused for
 * good, and is set aside, and the same is to be asked with another one. */
bool health_key_is_spent(const struct config_provider *provider, size_t key, int status,
                         struct text body, int64_t now_ms);

/* A place among its max_inflight; false = none is free. What was entered must be left. */
bool health_enter(const struct config_provider *provider);
void health_leave(const struct config_provider *provider);

/* What is counted: from the question to a stream's first content, or to a whole answer. */
enum health_time { HEALTH_STREAM, HEALTH_WHOLE };

/* That model took so long. */
void health_note_time(const struct config_provider *provider, const char *model,
                      enum health_time what, int64_t took_ms);

/* What is usual for that model; 0 = not known. */
int64_t health_usual_ms(const struct config_provider *provider, const char *model,
                        enum health_time what);

/* Has it /responses, if it is meant to? That it has none was found out by asking; after an hour it
 * is asked again, it may have learned it. */
void health_note_no_responses(const struct config_provider *provider, int64_t now_ms);
bool health_has_responses(const struct config_provider *provider, int64_t now_ms);

/* What is known of one provider now. Times are since 1970; 0 = that has not been yet. */
struct health_state {
    int64_t answered_at_ms; /* last, wholly and well */
    int64_t failed_at_ms;   /* last, with that class and status */
    enum failure failure;
    int status;
    enum breaker_state breaker;
    int64_t retry_in_ms; /* as health_retry_in_ms */
    int inflight;        /* exchanges on it */
};

struct health_state health_state(const struct config_provider *provider, int64_t now_ms);

/* Sets the gauges of each breaker's state and of each key's: asked for when the page of metrics is.
 */
void health_tell_metrics(const struct config *config, int64_t now_ms);

void health_done(void);

#endif
