/*
 * The body of a round: the app's own, with our tools among its tools and, from the second round on,
 * what was called and what came of it behind its messages. All other bytes stay.
 */
#ifndef UNDERSTUDY_TOOL_REQUEST_H
#define UNDERSTUDY_TOOL_REQUEST_H

#include <stdbool.h>

#include "dialect/tools.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"
#include "tools/tool_kit.h"

struct tool_request {
    const struct dialect_tools *dialect;
    const struct tool_kit *kit;
    struct text turns; /* to be put behind the conversation: elements of a list, with commas; empty
                        * in the first round */
    bool offer;        /* our tools are offered; false: the model is to answer without them */
};

/*
 * Can our tools be asked for in this body, beside what it has? 0; -EINVAL and *reterr, for a 400: a
 * tool of the app's has a name that is ours (NAME__...), its tools are no list, or several answers
 * are asked for at once, which could each go on in another way; -ENOMEM.
 */
int tool_request_check(struct text body, const struct tool_request *request, struct error *reterr)
    __attribute__((warn_unused_result));

/*
 * Adds the body of that round to out. body: JSON as jsonspan_check accepts it, an object. What
 * stands for a server ({"type":"mcp"}, see names_servers) is taken out; where a tool had to be
 * called one was, so from the second round on that is wanted no more; without any tools left
 * nothing is sent that is said of them either (tool_choice, parallel_tool_calls). Errors of buf.
 */
int tool_request_write(struct text body, const struct tool_request *request, struct buf *out)
    __attribute__((warn_unused_result));

#endif
