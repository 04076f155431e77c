/*
 * What providers last answered when they were asked for their models, kept for a few seconds: an
 * app that asks again and again asks us, not them. Pure: the time comes in.
 */
#ifndef UNDERSTUDY_MODEL_LISTS_H
#define UNDERSTUDY_MODEL_LISTS_H

#include <stdint.h>

#include "text/buf.h"
#include "text/text.h"

#define MODEL_LISTS_COUNT   8
#define MODEL_LISTS_KEEP_MS 5000
/* Longer lists, and questions, are not kept. */
#define MODEL_LISTS_BYTES_MAX ((size_t)4 << 20)

struct model_list {
    struct buf question; /* empty = nothing is kept here */
    struct buf answer;
    int64_t kept_at_ms;
};

struct model_lists {
    struct model_list at[MODEL_LISTS_COUNT];
};

void model_lists_init(struct model_lists *lists);
void model_lists_done(struct model_lists *lists);

/*
 * Adds the question to out: whom we ask, and the app's fields that go with it (its own key may open
 * other models). Errors of buf.
 */
int model_lists_question(const char *base_url, struct text fields, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * The answer to that question (who is asked, and all that goes with it: keys differ, and so do
 * lists), where it is not too old; at is NULL when there is none. Until the next call.
 */
struct text model_lists_get(const struct model_lists *lists, struct text question, int64_t now_ms);

/* In the place of an older answer to the same question, else of the oldest one of all. */
void model_lists_keep(struct model_lists *lists, struct text question, struct text answer,
                      int64_t now_ms);

#endif
