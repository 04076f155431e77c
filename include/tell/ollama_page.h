/*
 * What apps of Ollama's API ask before they chat (VS Code Copilot, Home Assistant, Open WebUI,
 * ollama-python, 2026-11): GET /api/tags, /api/ps, /api/version, POST /api/show. Made of what all
 * providers have (offer.h). Pure.
 *
 * Names are bare here. Of those that have the same name an Ollama keeps it, since it is asked for
 * what is installed there, else the first of the route; the others are PROVIDER:NAME. NAME:latest
 * is NAME.
 */
#ifndef UNDERSTUDY_OLLAMA_PAGE_H
#define UNDERSTUDY_OLLAMA_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "tell/offer.h"
#include "text/buf.h"
#include "text/text.h"

/* Told where no Ollama can: VS Code wants 0.6.4 at least. */
#define OLLAMA_PAGE_VERSION "0.12.6"

/* Told of a cloud's model where no [model NAME] says more. */
#define OLLAMA_PAGE_CONTEXT 128000

/* All models: an Ollama's as it told them, a cloud's in the same shape. Errors of buf. */
int ollama_page_tags(const struct offer *offer, struct buf *out)
    __attribute__((warn_unused_result));

/* What is loaded at all of them: the entries of those answers of /api/ps that are any. Errors of
 * buf. */
int ollama_page_ps(const struct text *answers, size_t count, struct buf *out)
    __attribute__((warn_unused_result));

/* The version by the first of those answers of /api/version that is any. Errors of buf. */
int ollama_page_version(const struct text *answers, size_t count, struct buf *out)
    __attribute__((warn_unused_result));

/* The model that an app means by a name, as it is listed, PROVIDER:NAME or with :latest. */
struct ollama_page_model {
    const struct config_provider *provider;
    const struct ollama_model *model; /* installed at that Ollama; NULL = a cloud's */
    struct text name;                 /* as its provider calls it; in the name that was asked for */
};

/*
 * False: nobody has it. Where a cloud has told nothing, one that is not found elsewhere is taken
 * for its: better than that an app goes without it while the cloud is away.
 */
bool ollama_page_find(const struct config *config, const struct offer *offer, struct text name,
                      struct ollama_page_model *ret);

/* What POST /api/show answers for a cloud's model. Errors of buf. */
int ollama_page_show(const struct config *config, const struct ollama_page_model *model,
                     struct buf *out) __attribute__((warn_unused_result));

/* The name in the body of a request ({"model"}, of older apps {"name"}), decoded. -EINVAL when
 * there is none. */
int ollama_page_asked(struct text body, struct buf *out) __attribute__((warn_unused_result));

#endif
