/*
 * OpenAI's chat completions: what the files of this dialect share. Others use dialect.h.
 * (Field names and shapes: platform.openai.com/docs/api-reference/chat, read 2026-11; parts that
 * other servers of the same dialect added are marked where they are read.)
 *
 * Readers return 0; -EINVAL and *reterr for what cannot be translated; -ENOMEM. null is absent.
 */
#ifndef UNDERSTUDY_DIALECT_OPENAI_H
#define UNDERSTUDY_DIALECT_OPENAI_H

#include <jansson.h>

#include "buf.h"
#include "chat.h"
#include "dialect.h"
#include "error.h"
#include "text.h"

/* The members of the request but for messages, tools and what chooses among them. */
int dialect_openai_read(struct text body, struct chat_request *request, struct error *reterr);

/* messages: an array that is not empty. */
int dialect_openai_messages(struct chat_request *request, const json_t *messages,
                            struct error *reterr);

/* tools, functions, tool_choice and function_call of the request's root, into request->tools. */
int dialect_openai_tools(struct chat_request *request, struct error *reterr);

/*
 * One part of a message's content: text, or the base64 of a data URL.
 */
int dialect_openai_part(const json_t *part, struct chat_part *ret, struct error *reterr);

/* The answer side, see struct dialect. */
int dialect_openai_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                               struct buf *out);
int dialect_openai_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                struct buf *out);

#endif
