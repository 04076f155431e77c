/*
 * Requested model -> ordered providers and their model names. Decides before the first byte is
 * sent who may be asked, in which order, and who is passed over and why.
 */
#ifndef UNDERSTUDY_ROUTE_H
#define UNDERSTUDY_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "kind/api_path.h"
#include "text/error.h"
#include "text/text.h"

/* Why a provider of the route is not tried: id, word (as in `skipped-offline`), sentence. */
#define ROUTE_SKIP_TABLE(X)                                                                        \
    X(OFFLINE, "skipped-offline", "the machine is offline")                                        \
    X(LOCAL, "skipped-local", "nothing leaves the machine now (understudy local on)")              \
    X(BREAKER, "skipped-breaker", "its breaker is open after repeated failures")                   \
    X(KEYS, "skipped-keys", "all of its keys are set aside after they were refused")               \
    X(NO_KEY, "skipped-no-key", "no api_key is set and the request brought none")                  \
    X(NO_ROOM, "skipped-no-room", "too many exchanges are waiting for it")                         \
    X(NO_MODEL, "skipped-no-model", "none of its models can answer this request")                  \
    X(PATH, "skipped-path", "it does not serve this path")                                         \
    X(NO_DESCRIPTOR, "skipped-no-descriptor",                                                      \
      "this machine is out of file descriptors, see LimitNOFILE")

enum route_skip {
    ROUTE_SKIP_NONE,
#define X(id, word, sentence) ROUTE_SKIP_##id,
    ROUTE_SKIP_TABLE(X)
#undef X
};

const char *route_skip_word(enum route_skip skip);     /* "" for none */
const char *route_skip_sentence(enum route_skip skip); /* "" for none */

/* ROUTE_SKIP_NONE when none has that word. */
enum route_skip route_skip_by_word(struct text word);

/* The sentence for that provider: where its key is missing, the variable that would hold it; where
 * it is far only by its proxy, that. */
void route_skip_tell(const struct config_provider *provider, enum route_skip skip,
                     struct error *ret);

struct route_step {
    const struct config_provider *provider; /* borrowed from the config */
    /*
     * The model to ask for, malloc'ed; NULL = the request's own name, untouched. With a catalogue:
     * the name that the request, a prefix or a [model] line asks for, NULL = none. from_preference:
     * that name is a wish, and the provider's own list stands in when it is not installed; never
     * for one that a prefix or a [model] line names.
     */
    char *model;
    bool from_preference;
    bool credential; /* the app's own is for this one */
    enum route_skip skip;
};

struct route {
    struct route_step step[ROUTE_STEPS_MAX];
    size_t count;
};

/* What is known when a request is routed. */
struct route_query {
    struct text model; /* requested name, decoded; at is NULL when the request names none */
    struct text only;  /* value of x-understudy-route: "NAME, NAME"; at is NULL = not given */
    const struct strings *bound; /* those that the client may be answered by; NULL = any */
    enum api_path path;
    bool kept; /* it refers to what the first of a kind may have kept: no other one is asked */
    bool no_fallback;       /* x-understudy-fallback: no */
    const struct kind *app; /* that the app was made for (kind_of_apps); NULL = any */
    bool client_credential; /* the request carries one of the app's own that may be passed on */
    enum route_skip far;    /* why providers that are not local are skipped; NONE = they are not */
};

/*
 * Why that provider cannot be asked now; NONE = it can. Its kind may want a key: its own, or the
 * client's credential where that is for it; far: what stands in the way of all that are not near.
 */
enum route_skip route_skip_of(const struct config_provider *provider, bool credential,
                              enum route_skip far);

/* May the credential of an app that was made for that kind (NULL = any) go there? It goes to the
 * first such provider of a route, and to no other; never to a preset that is not built in: that
 * one has its own key or is skipped. */
bool route_takes_credential(const struct config_provider *provider, const struct kind *app);

/*
 * 0 and *ret (freed with route_done). -EINVAL and *reterr, a client error: an unknown name in only,
 * one that comes twice, or a model whose prefix names a provider that only leaves out. -EACCES and
 * *reterr: only or the prefix names one that is not bound's. -ENOMEM.
 *
 * The order is that of only, else of bound, else of the settings' priority. PROVIDER:MODEL begins
 * at that provider and goes on with those behind it; one that is not in the order stands alone, and
 * so does a server of one's own (config_provider_is_own): what was meant to stay there does. Else
 * the order is obeyed, a cloud behind an Ollama included. A skipped step stays in the route with
 * its reason. With no_fallback one step is left, the first that serves the path: a client that
 * wants no other than that one is not answered by another when that one is skipped.
 */
int route_plan(const struct config *config, const struct route_query *query, struct route *ret,
               struct error *reterr) __attribute__((warn_unused_result));

/* False and *reterr where the client may not be answered by that one (bound: as in route_query). */
bool route_may_ask(const struct strings *bound, const struct config_provider *provider,
                   struct error *reterr) __attribute__((warn_unused_result));

/* NULL and an empty route are fine. */
void route_done(struct route *route);

#endif
