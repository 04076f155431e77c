/*
 * What is put into an answer that another than the first provider gave: the setting [route]
 * announce, as written there.
 *
 *     announce = prefix "[{provider}: {model}] "
 *     announce = suffix TEXT
 */
#ifndef UNDERSTUDY_ANNOUNCE_H
#define UNDERSTUDY_ANNOUNCE_H

#include <stdbool.h>

#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* Longer ones are refused, in bytes, without the quotes. */
#define ANNOUNCE_MAX 1024

struct announce {
    bool behind;      /* the answer; else before it */
    struct text text; /* without its quotes, at NULL = nothing is put in. Borrowed */
};

/*
 * 0, or -EINVAL and what is wrong. A text in double quotes keeps the blanks at its ends; only a
 * quote at both ends is one.
 */
int announce_read(struct text value, struct announce *ret, struct error *reterr)
    __attribute__((warn_unused_result));

/* Adds the text, with {provider} and {model} replaced by these names. Errors of buf. */
int announce_write(const struct announce *announce, struct text provider, struct text model,
                   struct buf *out) __attribute__((warn_unused_result));

#endif
