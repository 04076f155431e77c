/*
 * Anthropic's Messages API as apps speak it (2023-06-01): what the files of this dialect share.
 * Others use dialect.h. (Field names and shapes: platform.claude.com/docs/en/api/messages and the
 * types of anthropic-python 2.14, read 2026-11.)
 *
 * Readers return 0; -EINVAL and *reterr, which says what is wrong and where, for what cannot be
 * understood or not be translated; -ENOMEM. null is absent.
 */
#ifndef UNDERSTUDY_DIALECT_ANTHROPIC_H
#define UNDERSTUDY_DIALECT_ANTHROPIC_H

#include <jansson.h>

#include "dialect/chat.h"
#include "dialect/dialect.h"
#include "text/error.h"
#include "text/text.h"

/* system: a text, or blocks of text. They become one message, a part a block. */
int dialect_anthropic_system(struct chat_request *request, json_t *system, struct error *reterr);

/* messages: an array that is not empty. */
int dialect_anthropic_messages(struct chat_request *request, json_t *messages,
                               struct error *reterr);

/*
 * Adds what a block of content says to the message: one part, several, or none. What only Anthropic
 * itself could understand (server tools and what they gave) is left out and named, what was thought
 * is left out: no other provider could sign it.
 */
int dialect_anthropic_block(const struct chat_request *request, json_t *block,
                            struct chat_message *message, struct error *reterr);

/* Adds "what[index]" in front of the reason that inner gives. -EINVAL. */
int dialect_anthropic_inside(struct error *reterr, const char *what, size_t index,
                             const struct error *inner);

/* tools and tool_choice of the request's root. */
int dialect_anthropic_tools(struct chat_request *request, struct error *reterr);

/* The whole request, see struct dialect. */
int dialect_anthropic_request_read(struct text body, struct chat_request *request,
                                   struct error *reterr);

#endif
