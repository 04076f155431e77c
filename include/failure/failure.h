/*
 * What can go wrong with one attempt. Every outcome has exactly one class, and the class decides
 * what happens next (retry.h), what the client is told, and the word in log, metrics and headers.
 * The table is the only place where classes are listed.
 */
#ifndef UNDERSTUDY_FAILURE_H
#define UNDERSTUDY_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

#include "failure/provider_error.h"
#include "text/text.h"

/*
 * id, word, retried by default, moves to the next provider by default, the status that
 * outcome.c gives a client to whom no provider's answer goes, one sentence for people.
 * The defaults of [retry] on and [route] fallback_on are made from columns three and four.
 */
#define FAILURE_TABLE(X)                                                                           \
    X(NETWORK, "network", true, true, 502, "the provider could not be reached")                    \
    X(TIMEOUT, "timeout", true, true, 504, "the provider did not answer in time")                  \
    X(PROTOCOL, "protocol", true, true, 502, "the provider's answer was broken or cut off")        \
    X(SERVER, "server", true, true, 502, "the provider reported a fault of its own")               \
    X(RATE_LIMIT, "rate_limit", false, true, 503, "the provider asks to send less")                \
    X(AUTH, "auth", false, true, 502, "the provider refused the key, or could not be trusted")     \
    X(QUOTA, "quota", false, true, 502, "the account at the provider is used up")                  \
    X(MODEL, "model", false, true, 502, "the provider does not have the model")                    \
    X(CONTEXT, "context", false, true, 502, "the conversation is longer than the model can read")  \
    X(POLICY, "policy", false, false, 502, "the provider refused the content")                     \
    X(REQUEST, "request", false, false, 502, "the provider calls the request invalid")             \
    X(REDIRECT, "redirect", false, true, 502, "the provider sent us elsewhere")                    \
    X(SKIPPED, "skipped", false, true, 503, "the provider was not tried")                          \
    X(CANCELLED, "cancelled", false, false, 499, "the client went away")

enum failure {
    FAILURE_NONE,
#define X(id, word, retry, move, status, sentence) FAILURE_##id,
    FAILURE_TABLE(X)
#undef X
};

#define FAILURE_COUNT 15 /* FAILURE_NONE included; a test holds it to the table */

/* A set of classes: bit n stands for enum failure n. */
typedef unsigned failure_set;
#define FAILURE_BIT(failure) (1u << (unsigned)(failure))

/* The class in log, metrics and headers; "ok" for FAILURE_NONE. Static. */
const char *failure_word(enum failure failure);

/* FAILURE_NONE when no class has that name. */
enum failure failure_by_word(struct text word);

/* Does the word of an exchange or an attempt tell of an error? Not that of an answer, of a refusal
 * of the content, or of a client that went away: for these nobody is to blame. */
bool failure_word_is_error(const char *word);

/* One sentence about the class, without a full stop. Static. */
const char *failure_sentence(enum failure failure);

/* For outcome.c, which knows who gets it; 200 for FAILURE_NONE. */
int failure_status(enum failure failure);

/* The classes that are retried, or move on, unless the settings say otherwise. */
failure_set failure_default_retry(void);
failure_set failure_default_fallback(void);

/*
 * How the transport ended: id, word, class, was the request (possibly) processed, sentence.
 * The shell maps its HTTP client's codes to these. "Processed" is what [retry] ambiguous asks. A
 * want of our own, as of descriptors, is no failure of the provider: that one was not tried.
 */
#define TRANSPORT_TABLE(X)                                                                         \
    X(OK, "ok", NONE, false, "the answer came whole")                                              \
    X(DNS, "dns", NETWORK, false, "the name of the provider's host could not be resolved")         \
    X(CONNECT, "connect", NETWORK, false, "the connection was refused or the host is unreachable") \
    X(PROXY, "proxy", NETWORK, false, "the proxy refused to connect to the provider")              \
    X(PROXY_AUTH, "proxy_auth", AUTH, false,                                                       \
      "the proxy refused: it wants another name and password")                                     \
    X(TLS, "tls", NETWORK, false, "the TLS handshake broke off")                                   \
    X(CERTIFICATE, "certificate", AUTH, false, "the provider's certificate is not trusted")        \
    X(CONNECT_TIMEOUT, "connect_timeout", TIMEOUT, false, "no connection within connect_timeout")  \
    X(SEND, "send", NETWORK, true, "the connection broke while the request was sent")              \
    X(RESET, "reset", NETWORK, true, "the connection was reset or closed without an answer")       \
    X(FIRST_BYTE_TIMEOUT, "first_byte_timeout", TIMEOUT, true,                                     \
      "nothing of the answer within first_byte_timeout")                                           \
    X(IDLE_TIMEOUT, "idle_timeout", TIMEOUT, true, "silence inside the answer for idle_timeout")   \
    X(MALFORMED, "malformed", PROTOCOL, true, "the answer is not valid HTTP")                      \
    X(TRUNCATED, "truncated", PROTOCOL, true, "the answer was cut off")                            \
    X(TOO_LARGE, "too_large", PROTOCOL, true, "the answer is larger than can be held")             \
    X(DEADLINE, "deadline", TIMEOUT, true, "the time for this exchange ran out")                   \
    X(INTERNAL, "internal", NETWORK, false, "the request could not be sent")                       \
    X(NO_DESCRIPTOR, "descriptors", SKIPPED, false,                                                \
      "this machine is out of file descriptors, see LimitNOFILE")

enum transport {
#define X(id, word, failure, processed, sentence) TRANSPORT_##id,
    TRANSPORT_TABLE(X)
#undef X
};

#define TRANSPORT_COUNT 18

const char *transport_word(enum transport transport);
enum failure transport_failure(enum transport transport);
bool transport_processed(enum transport transport);
const char *transport_sentence(enum transport transport);

/* Whose words an error is in, as far as it changes what a status and a wording mean: bits of a set.
 */
enum speaker { SPEAKER_OPENAI = 1, SPEAKER_OLLAMA = 2 };
#define SPEAKER_ANY ((enum speaker)(SPEAKER_OPENAI | SPEAKER_OLLAMA))

/*
 * The class of a whole answer by its status and its error; how is in failure_answer.c, as tables.
 * 2xx gives FAILURE_NONE unless error holds something: then it is the class of its code, else
 * FAILURE_SERVER. A 404 in OpenAI's words is FAILURE_MODEL only if its error speaks of a model:
 * any other 404 is FAILURE_REQUEST and reaches the client, so that a wrong base_url is seen and not
 * hidden behind good answers of the fallback.
 */
enum failure failure_of_answer(enum speaker speaker, int status,
                               const struct provider_error *error);

/*
 * May this status be retried at all? 505-511 go to the next provider without a retry. 0 (no
 * answer) may.
 */
bool failure_status_retriable(int status);

/*
 * Was a request with this answer possibly processed and billed? True for 2xx (broken, or it would
 * be no failure), 500, 502, 504, what is not HTTP as we know it, and those of Cloudflare's 520-530
 * where the request reached the origin. False where the provider says that it refused: 4xx, 3xx,
 * 503, 529. False for 0: without an answer the transport tells (transport_processed).
 */
bool failure_status_processed(int status);

#endif
