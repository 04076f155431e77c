/* What a request to a tool's server has become. */
#ifndef UNDERSTUDY_TOOL_ANSWER_H
#define UNDERSTUDY_TOOL_ANSWER_H

#include <stdbool.h>

#include "text/text.h"
#include "tools/tool_end.h"

/* In bytes, of why there is no answer, for people. */
#define TOOL_WHY_MAX 200

struct tool_answer {
    enum tool_end end;      /* TOOL_OK: json is the message that answers, be it a JSON-RPC error */
    bool lost;              /* it was on its way: the server may have read it */
    int status;             /* of HTTP; 0 = none came */
    struct text json;       /* borrowed; empty = there is none */
    struct text session;    /* Mcp-Session-Id; empty = none */
    char why[TOOL_WHY_MAX]; /* where end is not TOOL_OK: goes on behind the server's name */
};

#endif
