/*
 * The class of an answer: what its error says (failure_words.h), then what its status says.
 */
#include <stdlib.h>
#include <string.h>

#include "failure/failure.h"
#include "failure/failure_words.h"
#include "text/count.h"

struct status_rule {
    int first, last;
    enum failure failure;
    enum speaker by;
};

/* First match wins; what is in none of them is no answer that HTTP knows here. */
static const struct status_rule status_rules[] = {
    /* /api/chat is there in every Ollama, so its 404 is about the model; where something else
     * listens, that is not the client's fault either. 499: it gave up on a queued request. */
    {404, 404, FAILURE_MODEL, SPEAKER_OLLAMA},   {499, 499, FAILURE_SERVER, SPEAKER_OLLAMA},
    {200, 299, FAILURE_SERVER, SPEAKER_ANY}, /* with an error in it */
    {300, 399, FAILURE_REDIRECT, SPEAKER_ANY},   {401, 401, FAILURE_AUTH, SPEAKER_ANY},
    {402, 402, FAILURE_QUOTA, SPEAKER_ANY},      {403, 403, FAILURE_AUTH, SPEAKER_ANY},
    {407, 407, FAILURE_AUTH, SPEAKER_ANY},       {408, 408, FAILURE_TIMEOUT, SPEAKER_ANY},
    {429, 429, FAILURE_RATE_LIMIT, SPEAKER_ANY}, {400, 499, FAILURE_REQUEST, SPEAKER_ANY},
    {501, 501, FAILURE_REQUEST, SPEAKER_ANY},    {500, 599, FAILURE_SERVER, SPEAKER_ANY},
};

static enum failure by_status(enum speaker speaker, int status)
{
    for (size_t i = 0; i < COUNT(status_rules); i++) {
        const struct status_rule *rule = &status_rules[i];
        if (status >= rule->first && status <= rule->last && (rule->by & speaker))
            return rule->failure;
    }
    return FAILURE_PROTOCOL;
}

/*
 * An error in a 2xx may have an HTTP status as its code (OpenRouter, vLLM). Whatever it calls an
 * invalid request stays a fault of the server: to the client it would look like a good answer.
 */
static enum failure by_status_in_code(enum speaker speaker, const struct provider_error *error)
{
    const char *code = error->code;
    bool is_status = strspn(code, "0123456789") == 3 && code[3] == '\0' && code[0] >= '4';
    enum failure failure =
        is_status ? by_status(speaker, (int)strtol(code, NULL, 10)) : FAILURE_SERVER;
    return failure == FAILURE_REQUEST || failure == FAILURE_PROTOCOL ? FAILURE_SERVER : failure;
}

static bool is_empty(const struct provider_error *error)
{
    return !error->message[0] && !error->type[0] && !error->code[0];
}

enum failure failure_of_answer(enum speaker speaker, int status, const struct provider_error *error)
{
    bool good = status >= 200 && status <= 299;
    if (good && is_empty(error))
        return FAILURE_NONE;
    enum failure failure = failure_of_words(speaker, status, error);
    if (failure != FAILURE_NONE)
        return failure;
    return good ? by_status_in_code(speaker, error) : by_status(speaker, status);
}

bool failure_status_retriable(int status)
{
    return status < 505 || status > 511;
}

/*
 * Cloudflare's 521, 522, 523, 525, 526 and 530 say that the origin was never reached
 * (developers.cloudflare.com/support/troubleshooting/http-status-codes). 505-511 refuse before any
 * work. A 5xx that nobody has named is taken for a 500 (RFC 9110, 15).
 */
bool failure_status_processed(int status)
{
    static const int refused[] = {501, 503, 521, 522, 523, 525, 526, 529, 530};
    if (status == 0 || (status >= 300 && status <= 499) || (status >= 505 && status <= 511))
        return false;
    for (size_t i = 0; i < COUNT(refused); i++)
        if (status == refused[i])
            return false;
    return true;
}
