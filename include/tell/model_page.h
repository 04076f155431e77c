/*
 * The list that GET /v1/models answers, in OpenAI's shape: made of what providers say of their
 * models. Pure. (Source of the shape: OpenAI's API reference, "List models", 2026-11.)
 *
 *     {"object":"list","data":[ENTRY, ENTRY, ...]}
 *
 * The first cloud's entries stay as they came. Those of everybody else are named PROVIDER:NAME, so
 * that asking for one goes to its owner.
 */
#ifndef UNDERSTUDY_MODEL_PAGE_H
#define UNDERSTUDY_MODEL_PAGE_H

#include <stdbool.h>

#include "ollama/ollama.h"
#include "settings/config.h"
#include "text/buf.h"
#include "text/text.h"

/* Is that a list of models: JSON, an object, its data an array? */
bool model_page_is_list(struct text answer);

/* Adds "PROVIDER:NAME" of one model of an Ollama as an entry. Errors of buf. */
int model_page_ollama_entry(const struct config_provider *provider,
                            const struct ollama_model *model, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * Adds a cloud's entry with its id as PROVIDER:ID; no other byte of it changes. -EINVAL when it is
 * no object with an id that is a string; errors of buf. Nothing is added then.
 */
int model_page_named_entry(const char *provider, struct text entry, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * These add entries to those that list has (a buf of entries, commas between them). What does not
 * fit in is left out.
 */
/* The models of an Ollama, but for those that leave the machine, unless allow_cloud. */
void model_page_add_ollama(const struct config_provider *provider,
                           const struct ollama_models *models, struct buf *list);
/* The entries of a cloud's list (model_page_is_list); provider NULL = with their own names. */
void model_page_add_cloud(const char *provider, struct text answer, struct buf *list);

/*
 * Whose model is that ID of the path, its colon escaped or not? *ret_name is what stands behind the
 * colon, still escaped. NULL when it names no configured provider, or nothing behind it.
 */
const struct config_provider *model_page_owner(const struct config *config, struct text id,
                                               struct text *ret_name);

/* Adds text with its %XX decoded (RFC 3986, 2.1); a % without two digits stays. Errors of buf. */
int model_page_unescape(struct text text, struct buf *out) __attribute__((warn_unused_result));

#endif
