/*
 * Ollama's own /v1/responses, to which a request goes as it is: would the answer be right? It keeps
 * nothing from one request to the next, does not know the tools that OpenAI runs itself, and cuts
 * what is longer than its window without a word. (openai/responses.go of Ollama, August 2026.)
 */
#ifndef UNDERSTUDY_OLLAMA_RESPONSES_H
#define UNDERSTUDY_OLLAMA_RESPONSES_H

#include <stdint.h>

#include "ollama/ollama.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/*
 * The window of a model whose request names none, at the least: Ollama's default on machines
 * without a large GPU. The one that it is loaded with does not count: Ollama loads it anew with the
 * default when another was asked for (server/sched.go, needsReload).
 */
#define OLLAMA_RESPONSES_WINDOW 4096

/*
 * 0, and dropped (a buf of at most DIALECT_DROPPED_MAX) names what would be ignored. -EINVAL and
 * *reterr, one sentence without a full stop, when the answer would be wrong; -ENOMEM.
 */
int ollama_responses_check(struct text body, struct buf *dropped, struct error *reterr)
    __attribute__((warn_unused_result));

/*
 * Adds body, a JSON object, to out, with null for its reasoning. For a model that does not think:
 * Ollama refuses any effort for it, and apps ask the cloud's model for one. 0; -ENOMEM, -EMSGSIZE.
 */
int ollama_responses_without_reasoning(struct text body, struct buf *out)
    __attribute__((warn_unused_result));

/* Do so many tokens, the answer's included, fit? 0; -EMSGSIZE and *reterr. model: NULL = not known.
 */
int ollama_responses_fit(const struct ollama_model *model, int64_t tokens, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
