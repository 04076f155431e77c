/*
 *     UNKNOWN --a list is answered--> MODERN
 *        |                              |
 *        |   refused as of before       |       a call of that era is refused: UNKNOWN
 *        v                              v
 *      SHUT <---------------------------/
 *       | ^ initialize                 initialize is refused: UNKNOWN
 *       v |
 *      OPEN   its session is forgotten, its connection has ended: SHUT
 */
#include "tool/tool_session.h"

#include <stdio.h>

enum tool_step tool_session_step(const struct tool_session *session, bool is_call)
{
    switch (session->state) {
    case TOOL_SESSION_UNKNOWN:
        return is_call ? TOOL_STEP_LEARN : TOOL_STEP_SEND;
    case TOOL_SESSION_SHUT:
        return TOOL_STEP_INITIALIZE;
    case TOOL_SESSION_MODERN:
    case TOOL_SESSION_OPEN:
        break;
    }
    return TOOL_STEP_SEND;
}

struct tool_sent tool_session_sent(const struct tool_session *session)
{
    bool is_open = session->state == TOOL_SESSION_OPEN;
    return (struct tool_sent){is_open ? MCP_HANDSHAKE : MCP_MODERN, session->number};
}

/* Of a call: has it certainly not been run? A code of the tool's own is an answer. */
static bool is_refused(int status, const struct mcp_message *answer)
{
    if (status != 400 && status != 404 && status != 405)
        return false;
    return !answer || answer->kind != MCP_ERROR || answer->code == MCP_SERVER_ERROR ||
           answer->code == MCP_INVALID_REQUEST || answer->code == MCP_METHOD_NOT_FOUND;
}

static bool answered_modern(struct tool_session *session, bool is_call, int status,
                            const struct mcp_message *answer)
{
    bool older = mcp_is_older(status, answer) && (!is_call || is_refused(status, answer));
    /* Another request may have found it out meanwhile. */
    bool newer = session->state == TOOL_SESSION_SHUT || session->state == TOOL_SESSION_OPEN;
    if (!older && !newer && answer && answer->kind == MCP_RESULT)
        session->state = TOOL_SESSION_MODERN;
    if (older && !newer)
        session->state = is_call ? TOOL_SESSION_UNKNOWN : TOOL_SESSION_SHUT;
    return older;
}

/* The answer to a session that the server does not know is 404 (2025-11-25, basic/transports); some
 * of the SDK's examples say 400. */
static bool answered_session(struct tool_session *session, unsigned number, int status,
                             const struct mcp_message *answer)
{
    bool same = session->number == number;
    bool had_id = !same || session->id[0] != '\0';
    if (!had_id || !(status == 404 || (status == 400 && is_refused(status, answer))))
        return false;
    if (same)
        tool_session_closed(session);
    return true;
}

bool tool_session_answered(struct tool_session *session, const struct tool_sent *sent, bool is_call,
                           int status, const struct mcp_message *answer)
{
    if (sent->era == MCP_MODERN)
        return answered_modern(session, is_call, status, answer);
    return answered_session(session, sent->number, status, answer);
}

bool tool_session_unanswered(struct tool_session *session, const struct tool_sent *sent)
{
    if (sent->era != MCP_MODERN || session->state != TOOL_SESSION_UNKNOWN)
        return false;
    session->state = TOOL_SESSION_SHUT;
    return true;
}

void tool_session_opened(struct tool_session *session, const char *version, struct text id)
{
    session->state = TOOL_SESSION_OPEN;
    session->version = version;
    session->number++;
    (void)snprintf(session->id, sizeof(session->id), "%.*s", TEXT_ARG(id));
}

void tool_session_refused(struct tool_session *session)
{
    session->state = TOOL_SESSION_UNKNOWN;
}

void tool_session_closed(struct tool_session *session)
{
    if (session->state == TOOL_SESSION_OPEN)
        session->state = TOOL_SESSION_SHUT;
}

const char *tool_session_version(const struct tool_session *session)
{
    switch (session->state) {
    case TOOL_SESSION_MODERN:
        return MCP_MODERN_VERSION;
    case TOOL_SESSION_OPEN:
        return session->version;
    case TOOL_SESSION_SHUT:
        return MCP_HANDSHAKE_VERSION;
    case TOOL_SESSION_UNKNOWN:
        break;
    }
    return "";
}
