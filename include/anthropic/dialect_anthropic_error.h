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

#include "dialect/dialect.h"
#include "text/buf.h"

/* With which status it goes out: a conversation that is too long is a request that is wrong. */
int dialect_anthropic_error_status(const struct dialect_error *error);

/*
 * Add the body, and the event that ends a stream. The type is that of the status, api_error in an
 * event of a stream that broke (status 0). Apps know a conversation that is too long by the
 * beginning of the message, so it gets one. Errors of buf.
 */
int dialect_anthropic_error_write(const struct dialect_error *error, struct buf *out)
    __attribute__((warn_unused_result));
int dialect_anthropic_error_event(const struct dialect_error *error, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * Adds the event of an error answer that comes too late to be one: of its body where that is an
 * error in this shape, else of the message and the code. Errors of buf.
 */
int dialect_anthropic_late_error(struct text body, struct text message, const char *code,
                                 struct buf *out) __attribute__((warn_unused_result));

#endif
