/*
 * Requested model -> ordered providers and their model names. Decides before the first byte is
 * sent who may be asked, in which order, and who is passed over and why.
 */
#ifndef UNDERSTUDY_ROUTE_H
#define UNDERSTUDY_ROUTE_H

#include "config.h"
#include "error.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

#define ROUTE_STEPS_MAX 16

/* Why a provider of the route is not tried: id, word (as in `skipped-offline`), sentence. */
#define ROUTE_SKIP_TABLE(X)                                                                        \
    X(OFFLINE, "skipped-offline", "the machine is offline")                                        \
    X(BREAKER, "skipped-breaker", "its breaker is open after repeated failures")                   \
    X(NO_KEY, "skipped-no-key", "no api_key is set and the request brought none")                  \
    X(NO_ROOM, "skipped-no-room", "too many exchanges are waiting for it")                         \
    X(NO_MODEL, "skipped-no-model", "none of its models can answer this request")                  \
    X(PATH, "skipped-path", "it does not serve this path")

enum route_skip {
    ROUTE_SKIP_NONE,
#define X(id, word, sentence) ROUTE_SKIP_##id,
    ROUTE_SKIP_TABLE(X)
#undef X
};

const char *route_skip_word(enum route_skip skip);     /* "" for none */
const char *route_skip_sentence(enum route_skip skip); /* "" for none */

struct route_step {
    const struct config_provider *provider; /* borrowed from the config */
    /*
     * The model to ask for, malloc'ed; NULL = an openai provider gets the request's own name
     * untouched. For Ollama: the name that the request or a [model] line asks for, and
     * from_preference says that the provider's own list stands in when it is not installed.
     */
    char *model;
    bool from_preference;
    enum route_skip skip;
};

struct route {
    struct route_step step[ROUTE_STEPS_MAX];
    size_t count;
};

/* What is known when a request is routed. */
struct route_query {
    struct text model;          /* requested name, decoded; at is NULL when the request names none */
    struct text only;           /* value of x-understudy-route: "NAME, NAME"; at is NULL = not given */
    bool chat;                  /* chat completions; other paths only go to openai providers */
    bool no_fallback;           /* x-understudy-fallback: no */
    bool client_authorization;  /* the request carries an Authorization that may be passed on */
    bool offline;               /* providers that are not local are skipped */
};

/*
 * 0 and *ret (freed with route_done), or -EINVAL and *reterr for an unknown name in only (a client
 * error, 400). A route that starts at Ollama goes on to no cloud provider. A skipped step stays in the
 * route with its reason.
 */
int route_plan(const struct config *config, const struct route_query *query, struct route *ret,
               struct error *reterr) __attribute__((warn_unused_result));

void route_done(struct route *route);

#endif
