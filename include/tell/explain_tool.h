/*
 * `understudy explain tool-WORD`: how a call of a tool can end (tools/tool_end.h), and why there
 * may be none to call: what the model sees, what becomes of the request, and what to do.
 * docs/tools.md has the table.
 */
#ifndef UNDERSTUDY_EXPLAIN_TOOL_H
#define UNDERSTUDY_EXPLAIN_TOOL_H

#include <stddef.h>

#include "config/config.h"
#include "text/buf.h"
#include "text/text.h"

/* Static. */
struct explain_tool {
    const char *word;  /* "tool-timeout" */
    const char *what;  /* in half a sentence */
    const char *model; /* what it sees, of a [tool weather] */
    const char *then;  /* sentences: what becomes of the call and the request */
    const char *to_do; /* a sentence */
    unsigned decides;  /* which settings do; for explain_tool.c */
};

/* The nth; NULL behind the last. */
const struct explain_tool *explain_tool_at(size_t n);

/* By its word, in any case, with '-' or '_'; NULL when there is none. */
const struct explain_tool *explain_tool_find(struct text word);

/* The story, as lines, with the settings that decide. Errors of buf. */
int explain_tool_print(const struct config *config, const struct explain_tool *tool,
                       struct buf *out) __attribute__((warn_unused_result));

/* The last part of docs/tools.md. Errors of buf. */
int explain_tool_print_markdown(struct buf *out) __attribute__((warn_unused_result));

#endif
