/* What is told of the calls that were made for one request: by whom, how long, how they ended.
 * Never what was asked or answered. */
#ifndef UNDERSTUDY_TOOL_NOTES_H
#define UNDERSTUDY_TOOL_NOTES_H

#include <stddef.h>
#include <stdint.h>

#include "http/traceparent.h"
#include "text/buf.h"
#include "text/text.h"
#include "tools/tool_end.h"

struct tool_note {
    char *name;       /* as it was offered */
    int64_t start_ms; /* since the exchange began */
    int64_t ms;
    enum tool_end end;
    char span[SPAN_ID_SIZE]; /* by which it is traced; "" = it is not */
};

struct tool_notes {
    struct tool_note *at;
    size_t count;
};

/* Adds one; the name is copied. 0 or -ENOMEM. */
int tool_notes_add(struct tool_notes *notes, const struct tool_note *note)
    __attribute__((warn_unused_result));
void tool_notes_done(struct tool_notes *notes);

/* Adds "weather__today=2, mail__send=1": each name once, in the order of the first calls. What has
 * no room is left out whole. */
void tool_notes_write(const struct tool_notes *notes, struct buf *out);

#endif
