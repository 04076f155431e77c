/*
 * What models each Ollama has, kept by a worker: asked for in the background, again when it is
 * old, and waited for only when nothing is known yet.
 */
#ifndef UNDERSTUDY_CATALOG_H
#define UNDERSTUDY_CATALOG_H

#include <stdbool.h>

#include "base/loop.h"
#include "config/config.h"
#include "ollama/ollama_known.h"

struct catalog;
struct shared_config;
struct upstream;

/* Somebody who waits; embedded in its owner. */
struct catalog_waiter {
    struct catalog_waiter *next;
    void (*ready)(struct catalog_waiter *waiter); /* from the loop */
    bool waiting;
};

/* shared: where the settings in effect stand (shared_config.h). */
struct catalog *catalog_new(struct upstream *upstream, struct shared_config *const *shared);
void catalog_free(struct catalog *catalog);

/* Asks every Ollama of the settings, so that the first fallback need not wait. */
void catalog_warm(struct catalog *catalog);

/* Has it a catalogue, and may it be asked for it: not without the key that it needs. */
bool catalog_is_asked(const struct config_provider *provider);

/*
 * Is there something to go by: models known and not too old, and what is loaded told a moment ago?
 * Asks anew in the background when the list of models is old.
 */
bool catalog_is_ready(struct catalog *catalog, const struct config_provider *provider);

/* How long ago the list of models was told; -1 = it never was. */
int64_t catalog_age_ms(struct catalog *catalog, const struct config_provider *provider);

/* Is it older than that, or was never told? */
bool catalog_is_older(struct catalog *catalog, const struct config_provider *provider,
                      int64_t than_ms);

/* Asks, and calls the waiter when the server has answered or has not within two seconds. */
void catalog_wait_ready(struct catalog *catalog, const struct config_provider *provider,
                        struct catalog_waiter *waiter);
/* The same, and asks for the list of models however old it is. */
void catalog_wait(struct catalog *catalog, const struct config_provider *provider,
                  struct catalog_waiter *waiter);
void catalog_leave(struct catalog *catalog, struct catalog_waiter *waiter);

/* All that is known of it, never NULL. Until the next turn. */
const struct ollama_known *catalog_known(struct catalog *catalog,
                                         const struct config_provider *provider);

/* Its models; never NULL, `known` is false when the server never told. Until the next turn. */
const struct ollama_models *catalog_models(struct catalog *catalog,
                                           const struct config_provider *provider);

/* Does the model's template leave a last message of the assistant open, to be gone on with? */
enum catalog_answer { CATALOG_UNKNOWN, CATALOG_YES, CATALOG_NO };
enum catalog_answer catalog_prefill(struct catalog *catalog, const struct config_provider *provider,
                                    const char *model);
void catalog_note_prefill(struct catalog *catalog, const struct config_provider *provider,
                          const char *model, bool open);

/*
 * The context window that a model is loaded with, as the server tells or as was asked for since (it
 * would be loaded anew for another one); 0 = it is not loaded, or that is not known.
 */
int64_t catalog_window(struct catalog *catalog, const struct config_provider *provider,
                       const char *model);
void catalog_note_window(struct catalog *catalog, const struct config_provider *provider,
                         const char *model, int64_t num_ctx);

/*
 * So many tokens did the model tell for a prompt that was counted so here: later prompts are
 * estimated by that, until the model is another one. 0 tokens: it found it too long, and did not
 * tell how long it is.
 */
void catalog_note_prompt(struct catalog *catalog, const struct config_provider *provider,
                         const char *model, const struct ollama_count *count, int64_t tokens);

#endif
