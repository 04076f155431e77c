/*
 * What `understudy ask` asks: a chat of one message, in OpenAI's words, answered as a stream. The
 * text of the command line comes first; behind an empty line what came from standard input.
 */
#ifndef UNDERSTUDY_ASK_REQUEST_H
#define UNDERSTUDY_ASK_REQUEST_H

#include <stdbool.h>

#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* All borrowed. */
struct ask_request {
    const char *model;  /* NULL = the one that the settings name */
    const char *system; /* NULL = none */
    struct text text;   /* of the command line */
    struct text piped;  /* from standard input */
    bool usage;         /* how many tokens it took is to be told, too */
};

/* Nothing but blanks and ends of lines, or nothing at all? */
bool ask_is_blank(struct text text);

/* A setting (SECTION.KEY=VALUE) where the system's text was to be: -s means that to `ask`. */
bool ask_is_setting(const char *system);

/*
 * The body of the request. 0; -EINVAL and *reterr, one sentence that says what to do, where a part
 * is no text (UTF-8 without a NUL) or there is nothing to ask; -ENOMEM; -EMSGSIZE when out is full.
 */
int ask_request_write(const struct ask_request *request, struct buf *out, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
