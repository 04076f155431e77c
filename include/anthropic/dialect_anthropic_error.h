/*
 * Errors as Anthropic tells them, in a body and in an event
 * (platform.claude.com/docs/en/api/errors, read 2026-11).
 *
 *     {"type":"error","error":{"type","message","code","attempts"},"request_id"}
 *
 * code and attempts are ours: what the type is too coarse to say.
 */
#ifndef UNDERSTUDY_DIALECT_ANTHROPIC_ERROR_H
#define UNDERSTUDY_DIALECT_ANTHROPIC_ERROR_H

#include <jansson.h>

#include "text/buf.h"
#include "text/text.h"

struct dialect_anthropic_error {
    int status;
    const char *type;       /* OpenAI's word, or ours: "all_providers_failed"; NULL = none */
    const char *code;       /* the same; NULL = none */
    struct text message;    /* any bytes */
    struct text request_id; /* empty = none */
    const json_t *attempts; /* borrowed; NULL = they are not told */
};

/* With which status it goes out: a conversation that is too long is a request that is wrong. */
int dialect_anthropic_error_status(const struct dialect_anthropic_error *error);

/*
 * Add the body, and the event that ends a stream. The type is that of the status, api_error in an
 * event of a stream that broke (status 0). Apps know a conversation that is too long by the
 * beginning of the message, so it gets one. Errors of buf.
 */
int dialect_anthropic_error_write(const struct dialect_anthropic_error *error, struct buf *out)
    __attribute__((warn_unused_result));
int dialect_anthropic_error_event(const struct dialect_anthropic_error *error, struct buf *out)
    __attribute__((warn_unused_result));

/* Adds the event that keeps a client waiting. Errors of buf. */
int dialect_anthropic_ping(struct buf *out) __attribute__((warn_unused_result));

#endif
