/*
 * What of a streamed answer has gone to the app, kept so that another provider can go on from the
 * character where it stopped ([route] continue_stream). Reads the events that go out, at any split.
 */
#ifndef UNDERSTUDY_RESUME_H
#define UNDERSTUDY_RESUME_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/frames.h"
#include "dialect/dialect.h"
#include "request/request_facts.h"
#include "text/buf.h"
#include "text/text.h"

/* A longer answer is not gone on with: it would have to be sent, and read, once more. */
#define RESUME_TEXT_MAX ((size_t)1 << 20)

struct resume {
    const struct dialect_app *app;
    struct frames frames;
    struct buf text;             /* the content so far, decoded */
    struct buf id;               /* of the stream; empty while no event has told */
    int64_t created;             /* of the stream, in s since 1970; 0 while none has told */
    struct dialect_writer *told; /* what the app has, where app->follow wants it; else NULL */
    bool impossible;             /* something other than plain text of one choice has gone out */
};

/* May the answer to this request be gone on with: one choice, free text, no logprobs? */
bool resume_suits(const struct request_facts *facts);

/* app: in which the app is told; it has said_read. */
void resume_init(struct resume *resume, const struct dialect *app);
void resume_done(struct resume *resume);

/* Bytes that go to the app. */
void resume_feed(struct resume *resume, struct text bytes);

/* Is there something to go on from, and is nothing in the way? */
bool resume_possible(const struct resume *resume);

#endif
