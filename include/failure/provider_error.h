/* What a provider says about an error, whatever the shape in which it says it. */
#ifndef UNDERSTUDY_PROVIDER_ERROR_H
#define UNDERSTUDY_PROVIDER_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "text/text.h"

/*
 * Each text is UTF-8, cut between characters where it is longer, and without control characters,
 * which become blanks. Empty = not told.
 */
struct provider_error {
    char message[256];
    char type[64];  /* of two, the one that says more: innererror.code of Azure, details[].reason of
                       Google, the code of the provider behind OpenRouter */
    char code[64];  /* a number as its digits */
    char param[64]; /* the field of the request that is meant: messages[0].content */
    int64_t wait_ms; /* that it names, in its words or as Google's RetryInfo; 0 = none */
};

/* Longer bodies are not looked at. */
#define PROVIDER_ERROR_BODY_MAX 65536

/*
 * Reads an error body of any content: OpenAI's {"error":{"message","type","code","param"}} and what
 * Azure and OpenRouter add to it, Anthropic's, Google's in an array, Ollama's {"error":"text"}
 * (with JSON inside the text, as llama-server's errors arrive), xAI's {"code","error":"text"},
 * MiniMax's {"base_resp"}, FastAPI's {"detail"}, Mistral's of it in {"message"}, Bedrock's
 * {"Message"}, {"message"}, {"errors":[]}, Spring's {"error":"Bad Request","message"}. *ret is
 * always valid afterwards; true if something was found. Of a list of messages the first counts; of
 * OpenRouter's metadata.raw the words count before its own. A byte order mark in front is passed
 * over. HTML, text, a cut body, and "error": null hold no error.
 */
bool provider_error_read(struct text body, struct provider_error *ret);

/*
 * The same for the body of a status of 400 and more, which may be told as an event (data: {...}),
 * and where a plain text can be nothing else: if it is UTF-8, a JSON string or a list of them, too,
 * it is the message. False then as well: only JSON tells that whoever answers knows the API. HTML,
 * XML and cut JSON hold no error.
 */
bool provider_error_read_refusal(struct text body, struct provider_error *ret);

#endif
