/*
 * The other half of relay.h: a dialect's stream in, OpenAI's events out. Held inside struct relay;
 * nobody else needs it.
 */
#ifndef UNDERSTUDY_RELAY_TRANSLATE_H
#define UNDERSTUDY_RELAY_TRANSLATE_H

#include "dialect/answer.h"
#include "dialect/chat.h"
#include "dialect/dialect.h"
#include "failure/failure.h"
#include "http/ndjson.h"
#include "text/buf.h"
#include "text/text.h"

/* How the answer ends, as far as it was told. */
struct relay_translate_end {
    enum chat_finish finish;
    struct chat_usage usage;
    struct buf stop_sequence;
};

struct relay_translate {
    const struct dialect *from; /* framed as NDJSON */
    const struct dialect *to;
    struct dialect_writer writer;
    struct ndjson lines;
    struct chat_delta delta; /* used again for each line */
    struct relay_translate_end end;
};

void relay_translate_init(struct relay_translate *translate, const struct dialect *from,
                          const struct dialect *to, const struct dialect_writer *writer);
void relay_translate_done(struct relay_translate *translate);

/* As relay_feed and relay_end. */
void relay_translate_feed(struct relay_translate *translate, struct text bytes, struct buf *out,
                          struct answer_facts *facts);
void relay_translate_end(struct relay_translate *translate, enum transport transport,
                         struct buf *out, struct answer_facts *facts);

/* A whole answer. */
void relay_translate_whole(struct relay_translate *translate, struct text body, struct buf *out,
                           struct answer_facts *facts);

#endif
