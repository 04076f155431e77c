/*
 * The openai half of relay.h: events in, the same bytes out, facts beside. Held inside struct
 * relay; nobody else needs it.
 */
#ifndef UNDERSTUDY_RELAY_PASS_H
#define UNDERSTUDY_RELAY_PASS_H

#include <stdbool.h>

#include "dialect/answer.h"
#include "failure/failure.h"
#include "http/sse.h"
#include "openai/judge.h"
#include "text/buf.h"
#include "text/text.h"

enum relay_pass_shape {
    RELAY_PASS_UNKNOWN, /* only blanks have come */
    RELAY_PASS_STREAM,
    RELAY_PASS_WHOLE, /* it began like JSON: collected to see what it says */
};

struct relay_pass {
    struct sse sse;
    struct judge judge;
    struct buf whole; /* RELAY_PASS_WHOLE: the body so far */
    enum relay_pass_shape shape;
    bool include_usage;   /* of a whole answer that is told in events */
    struct buf last_word; /* the error event that ended the stream after content, as it came: for
                             the app, unless another provider goes on */
    bool failed_aloud;    /* an error of the provider is in out (a refusal) or in last_word */
};

void relay_pass_init(struct relay_pass *pass);
void relay_pass_done(struct relay_pass *pass);

/* As relay_feed and relay_end. */
void relay_pass_feed(struct relay_pass *pass, struct text bytes, struct buf *out,
                     struct answer_facts *facts);
void relay_pass_end(struct relay_pass *pass, enum transport transport, struct buf *out,
                    struct answer_facts *facts);

#endif
