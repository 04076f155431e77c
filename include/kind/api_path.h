/* What is asked of OpenAI's, Anthropic's and Ollama's APIs, by method and path. Which kind serves
 * it: kind.h. */
#ifndef UNDERSTUDY_API_PATH_H
#define UNDERSTUDY_API_PATH_H

#include <stdbool.h>

#include "text/text.h"

/* id, path below /v1, or that of Ollama's (asked by POST), word of the kind that those apps were
 * made for. OLLAMA takes the rest of its own by any method, the last one that of the others. */
#define API_PATH_TABLE(X)                                                                          \
    X(CHAT, "/chat/completions", "openai")                                                         \
    X(COMPLETIONS, "/completions", "openai")                                                       \
    X(RESPONSES, "/responses", "openai")                                                           \
    X(MESSAGES, "/messages", "anthropic")                                                          \
    X(COUNT_TOKENS, "/messages/count_tokens", "anthropic")                                         \
    X(EMBEDDINGS, "/embeddings", "openai")                                                         \
    X(API_CHAT, "/api/chat", "ollama")                                                             \
    X(API_GENERATE, "/api/generate", "ollama")                                                     \
    X(OLLAMA, "/api/", "ollama")                                                                   \
    X(OTHER, NULL, "openai")

enum api_path {
#define X(id, path, kind) API_PATH_##id,
    API_PATH_TABLE(X)
#undef X
};

#define API_PATH_COUNT 10

/* target is what follows /v1, or all of an Ollama's, with its query if it has one. */
enum api_path api_path_of(struct text method, struct text target);

/* Is it of the Responses API, whose streams may also be read later (GET /responses/ID?stream=true)?
 * target as above, asked by any method. */
bool api_path_is_of_responses(struct text target);

/* The path below /v1; NULL for other ones. */
const char *api_path_name(enum api_path path);

/* Is it asked below /api of Ollama's, and not below /v1? */
static inline bool api_path_is_of_ollama(enum api_path path)
{
    return path == API_PATH_API_CHAT || path == API_PATH_API_GENERATE || path == API_PATH_OLLAMA;
}

/* Is it a conversation: one that cannot be read is refused, and goes nowhere. */
static inline bool api_path_is_conversation(enum api_path path)
{
    return path == API_PATH_CHAT || path == API_PATH_MESSAGES || path == API_PATH_API_CHAT ||
           path == API_PATH_API_GENERATE;
}

/* Does an estimate of ours stand in where nobody answers it? Then it is not asked for twice, nor
 * waited for long. */
static inline bool api_path_is_estimated(enum api_path path)
{
    return path == API_PATH_COUNT_TOKENS;
}

/* Does it go on unread, and back unjudged? */
static inline bool api_path_is_unread(enum api_path path)
{
    return path == API_PATH_OLLAMA || path == API_PATH_OTHER;
}

/* Are its answers judged by what they hold, or by HTTP alone? */
static inline bool api_path_is_judged(enum api_path path)
{
    return api_path_is_conversation(path) || path == API_PATH_COMPLETIONS ||
           path == API_PATH_RESPONSES;
}

#endif
