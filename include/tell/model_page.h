/*
 * What GET /v1/models and /v1/models/ID answer, in OpenAI's shape or in Anthropic's. Pure. (Sources
 * of the shapes: the API references of both, "List models", 2026-11.)
 *
 *     {"object":"list","data":[ENTRY, ENTRY, ...]}
 *     {"data":[ENTRY, ...],"has_more":false,"first_id":"...","last_id":"..."}
 *
 * Codex, which says its version in the query, wants models beside data: [] where it is to go by
 * what it knows itself. (codex-rs, 2026-11.)
 *
 * A cloud's entries are cut out and put together as they are: their numbers stay, and of an entry
 * that gets its owner's name (offer.h) no byte changes but for the id.
 */
#ifndef UNDERSTUDY_MODEL_PAGE_H
#define UNDERSTUDY_MODEL_PAGE_H

#include <stdbool.h>

#include "tell/offer.h"
#include "text/buf.h"
#include "text/text.h"

struct model_answer {
    int status;
    const char *type; /* of an error of ours, with code and text as its message; NULL = none */
    const char *code;
    struct buf text; /* the body, where it is no error of ours */
    bool relayed;    /* a provider's own error: it is not to be tried again */
};

enum model_page_form { MODEL_PAGE_OPENAI, MODEL_PAGE_CODEX, MODEL_PAGE_ANTHROPIC };

/* By the query of the request, "?a=b&c=d" or empty; anthropic: it names a version of that API. */
enum model_page_form model_page_form(struct text query, bool anthropic);

/* The list of all that is offered, an error when nobody has told anything. What is beyond 32 MiB is
 * left out, in whole entries. */
void model_page_list(const struct offer *offer, enum model_page_form form,
                     struct model_answer *ret);

/* What the provider said when it was asked for the one model; status 0 = nothing. */
struct model_said {
    int status;
    struct text body;
};

/* The one model of that name, without its owner's, of the one provider of the offer, which may be
 * empty. An Ollama is not asked: said is that of a cloud. */
void model_page_one(const struct offer *offer, struct text name, const struct model_said *said,
                    struct model_answer *ret);

/* A model that was found, and that model_page_one told, in that form. */
void model_page_reshape(enum model_page_form form, struct model_answer *answer);

void model_answer_done(struct model_answer *answer);

/* Adds the list to out, a buf with room for at least an empty one. Errors of buf. */
int model_page_write(const struct offer *offer, enum model_page_form form, struct buf *out)
    __attribute__((warn_unused_result));

/* The same in Anthropic's form, and one entry of it: as it is where it has a display_name, else
 * made of what it tells (id, name, created). -EINVAL when an entry has no id; errors of buf. */
int model_page_write_anthropic(const struct offer *offer, struct buf *out)
    __attribute__((warn_unused_result));
int model_page_anthropic_entry(struct text entry, struct buf *out)
    __attribute__((warn_unused_result));

/* Adds an entry in OpenAI's form. Errors of buf. */
int model_page_entry(const struct offer_entry *entry, struct buf *out)
    __attribute__((warn_unused_result));

#endif
