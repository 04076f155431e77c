/*
 * The third kind of relay.h: another provider's stream, put behind what the app already has. The
 * answer either goes on from there (it was given the text as the beginning of its turn), or was
 * begun anew and is of use only if it begins with exactly that text, of which nothing is repeated.
 * Ollama from 0.30 on, where the model brings a Jinja template, goes on but says the text once more
 * at the front of its first piece: that is passed over.
 *
 *     provider's bytes --> relay of its kind --> OpenAI's events --> content past the text --> out
 *
 * Held inside struct relay; nobody else needs it.
 */
#ifndef UNDERSTUDY_RELAY_RESUME_H
#define UNDERSTUDY_RELAY_RESUME_H

#include "answer/relay.h"
#include "dialect/answer.h"
#include "dialect/chat.h"
#include "dialect/dialect.h"
#include "http/sse.h"
#include "text/buf.h"

struct relay_resume {
    struct relay *inner;
    bool by_inner; /* the failure is the inner one's, and so is the last word */
    struct sse sse;
    struct dialect_writer writer;
    struct text expected; /* what the app has; empty when the provider goes on from it */
    size_t matched;       /* bytes of it that have come again */
    struct text echo;     /* what the first piece may begin with once more; empty behind that */
    const char *seam;     /* name of the provider, until the comment is out; then NULL */
    enum chat_finish finish;
    struct buf content; /* of one event, decoded */
};

/* -ENOMEM. */
int relay_resume_init(struct relay_resume *resume, const struct relay_options *options)
    __attribute__((warn_unused_result));
void relay_resume_done(struct relay_resume *resume);

/* As relay_feed and relay_end. */
void relay_resume_feed(struct relay_resume *resume, struct text bytes, struct buf *out,
                       struct answer_facts *facts);
void relay_resume_end(struct relay_resume *resume, enum transport transport, struct buf *out,
                      struct answer_facts *facts);

#endif
