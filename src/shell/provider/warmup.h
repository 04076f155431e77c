/*
 * [provider] warm_up: while the cloud is being tried again, an Ollama that may have to answer loads
 * its model, so that the fallback starts at once. Once for each model, not for each request, and
 * never given up half-way: hanging up would end the load.
 */
#ifndef UNDERSTUDY_WARMUP_H
#define UNDERSTUDY_WARMUP_H

#include <stdint.h>

#include "config/config.h"

struct catalog;
struct shared_config;
struct upstream;
struct warmup;

/* Borrows all; shared: where the settings in effect stand (shared_config.h). */
struct warmup *warmup_new(struct upstream *upstream, struct shared_config *const *shared,
                          struct catalog *catalog);
void warmup_free(struct warmup *warmup);

/* Has the model loaded with that window, unless it is, or is about to be. */
void warmup_start(struct warmup *warmup, const struct config_provider *provider, const char *model,
                  int64_t num_ctx);

#endif
