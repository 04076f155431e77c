/*
 * The answer to ask_request.h as it comes in, from the daemon or from an exchange of our own: a
 * head, fields, a body of OpenAI's events or an error. What it says, who says it, and whether it is
 * whole.
 */
#ifndef UNDERSTUDY_ASK_ANSWER_H
#define UNDERSTUDY_ASK_ANSWER_H

#include <stdbool.h>

#include "dialect/answer.h"
#include "dialect/chat.h"
#include "http/sse.h"
#include "text/buf.h"
#include "text/text.h"

/* What the fields of the answer tell: x-understudy-... */
enum ask_field { ASK_PROVIDER, ASK_MODEL, ASK_FALLBACK, ASK_ATTEMPTS, ASK_FIELD_COUNT };

/* A longer field is not taken. Bytes. */
#define ASK_FIELD_MAX 1024

/* What goes wrong is told in so many bytes at most. */
#define ASK_WHY_MAX 4096

/* The word in place of a class where the stream broke and another provider went on with it: of what
 * it broke only the log tells. */
#define ASK_CONTINUED "stream_incomplete"

struct ask_answer {
    int status;                         /* 0 = no head has come */
    struct buf fields[ASK_FIELD_COUNT]; /* empty = not told */
    struct buf text;                    /* what it has said and nobody has taken yet */
    bool spoke;                         /* it has said something */
    enum chat_finish finish;
    struct chat_usage usage;
    struct answer_facts facts;
    struct sse events;
    void *reader;
    struct chat_delta delta;
    bool wants_model; /* the next event that names a model tells the true one */
    struct buf body;  /* of an answer that is an error */
    struct buf why;   /* it is not whole; empty = nothing is wrong so far */
};

/* text_max: how much text may wait, in bytes. 0 or -ENOMEM; _done takes what is half made. */
int ask_answer_init(struct ask_answer *answer, size_t text_max) __attribute__((warn_unused_result));
void ask_answer_done(struct ask_answer *answer);

/* The head, then each of its fields, in any order. */
void ask_answer_head(struct ask_answer *answer, int status);
void ask_answer_field(struct ask_answer *answer, struct text name, struct text value);

/* Bytes of the body; text is added to. What comes behind the end, or an error, does not count. */
void ask_answer_take(struct ask_answer *answer, struct text bytes);

/* There is no more. cut: how it ended, in words; NULL = in order. True: the answer is whole; else
 * why says what is wrong. */
bool ask_answer_end(struct ask_answer *answer, const char *cut);

/* What a field told; "" when nothing. */
const char *ask_answer_told(const struct ask_answer *answer, enum ask_field field);

#endif
