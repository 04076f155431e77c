/*
 * Which models can be had: those of every provider of the route in one list, in nobody's shape. Who
 * writes it in the shape of an API (model_page.h: OpenAI's) walks over its entries. Pure.
 *
 * The first cloud's models have the names that it gives them. Those of everybody else are named
 * PROVIDER:NAME, so that asking for one goes to its owner.
 */
#ifndef UNDERSTUDY_OFFER_H
#define UNDERSTUDY_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "ollama/ollama.h"
#include "rules/route.h"
#include "text/buf.h"
#include "text/text.h"

/* What one provider has. All is borrowed. */
struct offer_source {
    const struct config_provider *provider;
    bool bare;       /* its models keep their own names */
    bool credential; /* the app's own is for this one */
    /* One of these, when it has told: */
    const struct ollama_models *models; /* an Ollama's; NULL = it has not */
    struct text answer;                 /* a cloud's list (offer_is_list); empty = none came */
};

struct offer {
    struct offer_source at[ROUTE_STEPS_MAX]; /* in the order of the route */
    size_t count;
};

/* What is known when somebody asks for models. */
struct offer_query {
    const struct kind *app; /* that the app was made for; NULL = any */
    bool client_credential; /* the request carries one of the app's own that may be passed on */
    const struct strings *bound; /* those that the client may be answered by; NULL = any */
    enum route_skip far;         /* as in route_query */
};

/* Everybody of the route, or of bound, who may be asked now; they have told nothing yet. */
void offer_plan(const struct config *config, const struct offer_query *query, struct offer *ret);

/* That one alone, if it may be asked. */
void offer_plan_one(const struct config_provider *provider, const struct offer_query *query,
                    struct offer *ret);

/*
 * Of an Ollama, whose models are known already (since age_ms, -1 = they are not): are they to be
 * asked for anew? And when that is over, which takes two seconds at most: did it not answer, so
 * that what it said before does not count?
 */
bool offer_is_stale(int64_t age_ms);
bool offer_is_gone(int64_t age_ms);

/* Is that answer of a cloud a list of models: JSON, an object, its data an array? */
bool offer_is_list(struct text answer);

/* Has nobody told anything? */
bool offer_is_empty(const struct offer *offer);

/* One model. */
struct offer_entry {
    const struct offer_source *source;
    const struct ollama_model *model; /* of an Ollama; NULL = a cloud's */
    struct text raw;                  /* what the cloud says of it, as it came */
    struct text id; /* the JSON string in raw; at NULL: it has none, and nobody can ask for it */
};

struct offer_cursor {
    size_t source;
    size_t position;
    struct text data; /* the list of a cloud, once it was found */
};

/*
 * Walks over the entries, in the order of the route and within it of the provider: *cursor begins
 * as {0}. Models that leave the machine of an Ollama are passed over unless allow_cloud, and so is
 * what has no id where its owner's name would have to stand before it. False at the end.
 */
bool offer_next(const struct offer *offer, struct offer_cursor *cursor, struct offer_entry *ret);

/* Adds the name under which it can be asked for. -ENOENT when it has none; errors of buf. */
int offer_put_name(const struct offer_entry *entry, struct buf *out)
    __attribute__((warn_unused_result));

/* When the model was made, in s since 1970, as an Ollama tells it; 0 = not told. */
int64_t offer_created_s(const struct ollama_model *model);

/*
 * Whose model is that ID of the path, its colon escaped or not? *ret_name is what stands behind the
 * colon, still escaped. NULL when it names no configured provider, or nothing behind it.
 */
const struct config_provider *offer_owner(const struct config *config, struct text id,
                                          struct text *ret_name);

/* Adds text with its %XX decoded (RFC 3986, 2.1); a % without two digits stays. Errors of buf. */
int offer_unescape(struct text text, struct buf *out) __attribute__((warn_unused_result));

#endif
