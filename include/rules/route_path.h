/*
 * What is asked of OpenAI's API, by method and path, and which kinds of provider serve it.
 */
#ifndef UNDERSTUDY_ROUTE_PATH_H
#define UNDERSTUDY_ROUTE_PATH_H

#include <stdbool.h>

#include "failure/failure.h"
#include "text/text.h"

/* When a provider of a kind serves a path: id, meaning. */
#define ROUTE_SERVE_TABLE(X)                                                                       \
    X(NEVER, "does not")                                                                           \
    X(NAMED, "where a [model] line or a prefix names a model there")                               \
    X(FIRST, "the first of its kind in the route")                                                 \
    X(ALWAYS, "does")

enum route_serve {
#define X(id, meaning) ROUTE_SERVE_##id,
    ROUTE_SERVE_TABLE(X)
#undef X
};

/*
 * id, path below /v1 (asked by POST), and when openai and ollama providers serve it. Vectors of two
 * models do not mix, so embeddings only move where the settings say so. What else there is may be
 * kept at one cloud (stored responses, files, batches): no other cloud is asked for it.
 */
#define ROUTE_PATH_TABLE(X)                                                                        \
    X(CHAT, "/chat/completions", ALWAYS, ALWAYS)                                                   \
    X(COMPLETIONS, "/completions", ALWAYS, ALWAYS)                                                 \
    X(RESPONSES, "/responses", FIRST, ALWAYS)                                                      \
    X(EMBEDDINGS, "/embeddings", FIRST, NAMED)                                                     \
    X(OTHER, NULL, FIRST, NEVER)

enum route_path {
#define X(id, path, openai, ollama) ROUTE_PATH_##id,
    ROUTE_PATH_TABLE(X)
#undef X
};

/* target is what follows /v1, with its query if it has one. */
enum route_path route_path_of(struct text method, struct text target);

/* Is it of the Responses API, whose streams may also be read later (GET /responses/ID?stream=true)?
 * target as above, asked by any method. */
bool route_path_is_of_responses(struct text target);

/* The path below /v1; NULL for other ones. */
const char *route_path_name(enum route_path path);

enum route_serve route_path_serve(enum route_path path, enum provider_kind kind);

/* Are its answers judged by what they hold, or by HTTP alone? */
static inline bool route_path_is_judged(enum route_path path)
{
    return path == ROUTE_PATH_CHAT || path == ROUTE_PATH_COMPLETIONS;
}

#endif
