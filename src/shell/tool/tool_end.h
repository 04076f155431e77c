/* How a request to a tool's server ended. */
#ifndef UNDERSTUDY_TOOL_END_H
#define UNDERSTUDY_TOOL_END_H

#include <stdbool.h>

#include "text/text.h"

/* id, word (the label `result` of the metrics), what it means. */
#define TOOL_ENDS(X)                                                                               \
    X(OK, "ok", "it was answered")                                                                 \
    X(ERROR, "error", "the tool, or its server, says that it failed")                              \
    X(TIMEOUT, "timeout", "no answer within [tool NAME] timeout")                                  \
    X(NETWORK, "network", "the server was not reached, or its answer was lost: not repeated")      \
    X(PROTOCOL, "protocol", "what came is no answer")                                              \
    X(TOO_LARGE, "too-large", "the answer, or what was to be sent, is larger than can be held")

enum tool_end {
#define X(id, word, meaning) TOOL_##id,
    TOOL_ENDS(X)
#undef X
};

/* Static. */
const char *tool_end_word(enum tool_end end);

/* In bytes, of why there is no answer, for people. */
#define TOOL_WHY_MAX 200

/* What a request has become. */
struct tool_answer {
    enum tool_end end;      /* TOOL_OK: json is the message that answers, be it a JSON-RPC error */
    bool lost;              /* it was on its way: the server may have read it */
    int status;             /* of HTTP; 0 = none came */
    struct text json;       /* borrowed; empty = there is none */
    struct text session;    /* Mcp-Session-Id; empty = none */
    char why[TOOL_WHY_MAX]; /* where end is not TOOL_OK: goes on behind the server's name */
};

#endif
