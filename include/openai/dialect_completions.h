/* OpenAI's older API of completions: what the files of this dialect share. Others use dialect.h. */
#ifndef UNDERSTUDY_DIALECT_COMPLETIONS_H
#define UNDERSTUDY_DIALECT_COMPLETIONS_H

#include "dialect/chat.h"
#include "dialect/dialect.h"
#include "text/buf.h"

/* The answer side, see struct dialect. */
int dialect_completions_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                    struct buf *out);
int dialect_completions_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                     struct buf *out);

#endif
