/* OpenAI's older API of completions: what the files of this dialect share. Others use dialect.h. */
#ifndef UNDERSTUDY_DIALECT_COMPLETIONS_H
#define UNDERSTUDY_DIALECT_COMPLETIONS_H

#include "dialect/chat.h"
#include "dialect/dialect.h"
#include "text/buf.h"

/* What has been written of an answer. */
struct dialect_completions_writer {
    struct dialect_writer base;
    size_t characters; /* of tokens whose logprobs went out so far */
};

/* The answer side, see struct dialect_app. */
int dialect_completions_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                    struct buf *out);
int dialect_completions_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                     struct buf *out);

#endif
