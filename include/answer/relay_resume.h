/*
 * Another provider's stream, put behind what the app already has. The answer either goes on from
 * there (it was given the text as the beginning of its turn), or was begun anew and is of use only
 * if it begins with exactly that text, of which nothing is repeated. Ollama from 0.30 on, where the
 * model brings a Jinja template, goes on but says the text once more at the front of its first
 * piece: that is passed over.
 *
 *     provider's bytes --> a half of relay.h --> the app's events --> content past the text --> out
 *
 * Held inside struct relay; nobody else needs it.
 */
#ifndef UNDERSTUDY_RELAY_RESUME_H
#define UNDERSTUDY_RELAY_RESUME_H

#include "answer/frames.h"
#include "dialect/answer.h"
#include "dialect/chat.h"
#include "dialect/dialect.h"
#include "text/buf.h"

struct relay_resume {
    const struct dialect_app *app;
    struct frames frames; /* of what the half lets out */
    struct dialect_writer *writer;
    struct text expected; /* what the app has; empty when the provider goes on from it */
    size_t matched;       /* bytes of it that have come again */
    struct text echo;     /* what the first piece may begin with once more; empty behind that */
    const char *seam;     /* name of the provider, until the comment is out; then NULL */
    enum chat_finish finish;
    struct buf content; /* of one event, decoded */
    bool failed;        /* what came is of no use here, whatever the half says of it */
};

/* app has said_read. so_far: what it has been told. -ENOMEM. */
struct relay_resume_from {
    struct text so_far;
    const struct dialect_writer *told; /* see resume.h */
    bool prefilled;                    /* the provider was given that text and goes on from it */
    const char *seam;
};
int relay_resume_init(struct relay_resume *resume, const struct dialect *app,
                      const struct relay_resume_from *from, const struct dialect_writer *how)
    __attribute__((warn_unused_result));
void relay_resume_done(struct relay_resume *resume);

/* The events that the half has let out into `from`, which is emptied, and what it knows. */
void relay_resume_take(struct relay_resume *resume, struct buf *from,
                       const struct answer_facts *half, struct buf *out,
                       struct answer_facts *facts);

/* As relay_break, where it is here that it failed. */
int relay_resume_break(struct relay_resume *resume, struct text message, struct buf *out)
    __attribute__((warn_unused_result));

#endif
