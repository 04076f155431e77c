/*
 * What is left of each [token NAME] requests, for the whole process, whichever worker is asked.
 * Kept over a reload for names that stay. Safe between threads.
 */
#ifndef UNDERSTUDY_CLIENT_RATES_H
#define UNDERSTUDY_CLIENT_RATES_H

#include <stdint.h>

#include "config/config.h"

/* The settings, at the start and at each reload; now_ms is the monotonic time. */
void client_rates_configure(const struct config *config, int64_t now_ms);

/* A client makes a request. 0: it may; else how long, in ms, until it may make one. */
int64_t client_rates_take(const struct config_token *token, int64_t now_ms);

void client_rates_done(void);

#endif
