/*
 * What is known of each provider, by name, for the whole process: its breaker, its retry budget,
 * how many exchanges it has, and how fast each model usually begins. Kept over a reload. Safe
 * between threads; now_ms is a loop's monotonic time.
 */
#ifndef UNDERSTUDY_HEALTH_H
#define UNDERSTUDY_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/breaker.h"
#include "settings/config.h"

/* The settings, at the start and at each reload. Before anything else here. */
void health_configure(const struct config *config);

/* 0: an attempt may begin. Else its breaker is in the way, for about so long. */
int64_t health_retry_in_ms(const struct config_provider *provider, int64_t now_ms);

/* For one attempt, given back by health_ended with how it ended; not when it is refused. */
struct breaker_pass health_allow(const struct config_provider *provider, int64_t now_ms);
void health_ended(const struct config_provider *provider, struct breaker_pass pass,
                  enum failure failure, int64_t now_ms);

/* The retry budget: a first attempt begins, may there be another one, another one begins. */
void health_count_request(const struct config_provider *provider, int64_t now_ms);
bool health_may_retry(const struct config_provider *provider, int64_t now_ms);
void health_count_retry(const struct config_provider *provider, int64_t now_ms);

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

/* What is known of one provider now. */
struct health_state {
    enum breaker_state breaker;
    int64_t retry_in_ms; /* as health_retry_in_ms */
    int inflight;        /* exchanges on it */
};

struct health_state health_state(const struct config_provider *provider, int64_t now_ms);

/* Sets the gauge of each breaker's state: asked for when the page of metrics is. */
void health_tell_metrics(int64_t now_ms);

void health_done(void);

#endif
