/* How a call of a tool, and any other request to its server, ended: THE table of it. What becomes
 * of a call then is told by `understudy explain tool-WORD` (tell/explain_tool.h). */
#ifndef UNDERSTUDY_TOOL_END_H
#define UNDERSTUDY_TOOL_END_H

/* id, word (of the usage file, the spans and the label `result` of the metrics), what it means. */
#define TOOL_ENDS(X)                                                                               \
    X(OK, "ok", "it was answered")                                                                 \
    X(ERROR, "error", "the tool, or its server, says that it failed")                              \
    X(TIMEOUT, "timeout", "no answer within [tool NAME] timeout")                                  \
    X(NETWORK, "network", "the server was not reached, or its answer was lost: not repeated")      \
    X(PROTOCOL, "protocol", "what came is no answer")                                              \
    X(TOO_LARGE, "too-large", "the answer, or what was to be sent, is larger than can be held")    \
    X(CANCELLED, "cancelled", "the app hung up, or the daemon stopped, before it was answered")

enum tool_end {
#define X(id, word, meaning) TOOL_##id,
    TOOL_ENDS(X)
#undef X
};

/* Static. */
const char *tool_end_word(enum tool_end end);

#endif
