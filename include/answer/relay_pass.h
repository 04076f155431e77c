/*
 * The half of relay.h where the provider speaks the app's dialect: events in, the same bytes out,
 * facts beside, by the judge of that dialect. Held inside struct relay; nobody else needs it.
 */
#ifndef UNDERSTUDY_RELAY_PASS_H
#define UNDERSTUDY_RELAY_PASS_H

#include <stdbool.h>

#include "answer/frames.h"
#include "dialect/answer.h"
#include "dialect/dialect.h"
#include "text/buf.h"
#include "text/text.h"

enum relay_pass_shape {
    RELAY_PASS_UNKNOWN, /* only blanks have come */
    RELAY_PASS_STREAM,
    RELAY_PASS_WHOLE, /* it began like JSON: collected to see what it says */
};

struct relay_pass {
    const struct dialect_judge *judge;
    void *state; /* the judge's, of its size */
    struct frames frames;
    struct buf whole; /* RELAY_PASS_WHOLE: the body so far */
    enum relay_pass_shape shape;
    bool include_usage;   /* of a whole answer that is told in events */
    struct buf last_word; /* the error event that ended the stream after content, as it came: for
                             the app, unless another provider goes on */
    bool failed_aloud;    /* an error of the provider is in out (a refusal) or in last_word */
};

/* -ENOMEM. */
int relay_pass_init(struct relay_pass *pass, const struct dialect *dialect, bool include_usage)
    __attribute__((warn_unused_result));
void relay_pass_done(struct relay_pass *pass);

/* As relay_feed, relay_end and relay_break. */
void relay_pass_feed(struct relay_pass *pass, struct text bytes, struct buf *out,
                     struct answer_facts *facts);
void relay_pass_end(struct relay_pass *pass, enum transport transport, struct buf *out,
                    struct answer_facts *facts);
/* Errors of buf: it cannot be told. */
int relay_pass_break(const struct relay_pass *pass, struct text message, struct buf *out)
    __attribute__((warn_unused_result));

#endif
