/*
 * The other half of relay.h: the provider's dialect in, the app's out. Held inside struct relay;
 * nobody else needs it.
 */
#ifndef UNDERSTUDY_RELAY_TRANSLATE_H
#define UNDERSTUDY_RELAY_TRANSLATE_H

#include "answer/frames.h"
#include "dialect/answer.h"
#include "dialect/chat.h"
#include "dialect/dialect.h"
#include "text/buf.h"
#include "text/text.h"

/* How the answer ends, as far as it was told. */
struct relay_translate_end {
    enum chat_finish finish;
    struct chat_usage usage;
    struct buf stop_sequence;
};

struct relay_translate {
    const struct dialect_provider *from;
    const struct dialect_app *to;
    struct dialect_writer *writer;
    void *reader; /* the provider's state, of its reader_size; NULL when that is 0 */
    struct frames frames;
    struct chat_delta delta; /* used again for each event */
    struct relay_translate_end end;
    struct text announce; /* put before the first text, or behind the last; empty = nothing is */
    bool announce_behind;
    bool has_text; /* some was told */
};

/* -ENOMEM. */
int relay_translate_init(struct relay_translate *translate, const struct dialect *from,
                         const struct dialect *to, const struct dialect_writer *how)
    __attribute__((warn_unused_result));
void relay_translate_done(struct relay_translate *translate); /* NULL is fine */

/* As relay_feed, relay_end and relay_break. */
void relay_translate_feed(struct relay_translate *translate, struct text bytes, struct buf *out,
                          struct answer_facts *facts);
void relay_translate_end(struct relay_translate *translate, enum transport transport,
                         struct buf *out, struct answer_facts *facts);
int relay_translate_break(struct relay_translate *translate, struct text message, struct buf *out)
    __attribute__((warn_unused_result));

/* A whole answer. */
void relay_translate_whole(struct relay_translate *translate, struct text body, struct buf *out,
                           struct answer_facts *facts);

#endif
