/*
 * A 404 or a 405 in no words, or in those of a router. (Seen or documented, 2026-11: OpenAI, Groq
 * and Azure have the code unknown_url or words about the URL, FastAPI and Starlette say "Not Found"
 * and "Method Not Allowed", nginx a page, Go's mux "404 page not found", Express "Cannot POST
 * /v1/responses".)
 */
#include "responses/responses_absent.h"

#include <string.h>

#include "text/count.h"
#include "text/text.h"

bool responses_is_absent(int status, const struct provider_error *error)
{
    static const char *const words[] = {"url",    "path",        "route",         "endpoint",
                                        "method", "cannot post", "page not found"};
    static const char *const others[] = {"model", "item with id", "response with id", "deployment"};
    if (status != 404 && status != 405)
        return false;
    if (strcmp(error->code, "unknown_url") == 0 || !error->message[0])
        return true;
    for (size_t i = 0; i < COUNT(others); i++)
        if (strcasestr(error->message, others[i]))
            return false;
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcasestr(error->message, words[i]))
            return true;
    return text_equals_nocase(text_of(error->message), "not found");
}
