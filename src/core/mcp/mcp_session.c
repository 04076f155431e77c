/*
 *     UNKNOWN --a list is answered--> MODERN
 *        |                              |
 *        |   refused as of before       |       a call of that era is refused: UNKNOWN
 *        v                              v
 *      SHUT <---------------------------/
 *       | ^ initialize                 initialize is refused: UNKNOWN, or MODERN where it says so
 *       v |
 *      OPEN   its session is forgotten, its connection has ended: SHUT;
 *             it has no session and refuses what it took before: UNKNOWN
 */
#include "mcp/mcp_session.h"

#include <stdio.h>

enum mcp_step mcp_session_step(const struct mcp_session *session, bool is_call)
{
    switch (session->state) {
    case MCP_SESSION_UNKNOWN:
        return is_call ? MCP_STEP_LEARN : MCP_STEP_SEND;
    case MCP_SESSION_SHUT:
        return MCP_STEP_INITIALIZE;
    case MCP_SESSION_MODERN:
    case MCP_SESSION_OPEN:
        break;
    }
    return MCP_STEP_SEND;
}

struct mcp_sent mcp_session_sent(const struct mcp_session *session)
{
    bool is_open = session->state == MCP_SESSION_OPEN;
    return (struct mcp_sent){is_open ? MCP_HANDSHAKE : MCP_MODERN, session->number};
}

/* Of a call: has it certainly not been run? A code of the tool's own is an answer. */
static bool is_refused(int status, const struct mcp_message *answer)
{
    if (status != 400 && status != 404 && status != 405)
        return false;
    return !answer || answer->kind != MCP_ERROR || answer->code == MCP_SERVER_ERROR ||
           answer->code == MCP_INVALID_REQUEST || answer->code == MCP_METHOD_NOT_FOUND;
}

static bool answered_modern(struct mcp_session *session, bool is_call, int status,
                            const struct mcp_message *answer)
{
    bool older = mcp_is_older(status, answer) && (!is_call || is_refused(status, answer));
    /* Another request may have found it out meanwhile. */
    bool newer = session->state == MCP_SESSION_SHUT || session->state == MCP_SESSION_OPEN;
    if (!older && !newer && answer && answer->kind == MCP_RESULT)
        session->state = MCP_SESSION_MODERN;
    if (older && !newer)
        session->state = is_call ? MCP_SESSION_UNKNOWN : MCP_SESSION_SHUT;
    return older;
}

/* Codes that only a server of the modern era has. */
static bool is_modern(int status, const struct mcp_message *answer)
{
    return status == 400 && answer && answer->kind == MCP_ERROR &&
           (answer->code == MCP_HEADER_MISMATCH || answer->code == MCP_CAPABILITY_MISSING ||
            answer->code == MCP_UNSUPPORTED_VERSION);
}

/*
 * The answer to a session that the server does not know is 404 (2025-11-25, basic/transports); some
 * of the SDK's examples say 400. Where there was no session to forget, the server is another one
 * than it was.
 */
static bool answered_session(struct mcp_session *session, unsigned number, int status,
                             const struct mcp_message *answer)
{
    bool same = session->number == number;
    bool had_id = !same || session->id[0] != '\0';
    bool refused = is_refused(status, answer) || is_modern(status, answer);
    if (status == 405 || !(refused || (had_id && status == 404)))
        return false;
    if (same && had_id)
        mcp_session_closed(session);
    else if (same)
        session->state = MCP_SESSION_UNKNOWN;
    return true;
}

bool mcp_session_answered(struct mcp_session *session, const struct mcp_sent *sent, bool is_call,
                          int status, const struct mcp_message *answer)
{
    if (sent->era == MCP_MODERN)
        return answered_modern(session, is_call, status, answer);
    return answered_session(session, sent->number, status, answer);
}

bool mcp_session_unanswered(struct mcp_session *session, const struct mcp_sent *sent)
{
    if (sent->era != MCP_MODERN || session->state != MCP_SESSION_UNKNOWN)
        return false;
    session->state = MCP_SESSION_SHUT;
    return true;
}

void mcp_session_opened(struct mcp_session *session, const char *version, struct text id)
{
    session->state = MCP_SESSION_OPEN;
    session->version = version;
    session->number++;
    (void)snprintf(session->id, sizeof(session->id), "%.*s", TEXT_ARG(id));
}

bool mcp_session_refused(struct mcp_session *session, const struct mcp_message *error)
{
    bool is_modern = error && error->kind == MCP_ERROR && error->speaks_modern;
    session->state = is_modern ? MCP_SESSION_MODERN : MCP_SESSION_UNKNOWN;
    return is_modern;
}

void mcp_session_closed(struct mcp_session *session)
{
    if (session->state == MCP_SESSION_OPEN)
        session->state = MCP_SESSION_SHUT;
}

const char *mcp_session_version(const struct mcp_session *session)
{
    switch (session->state) {
    case MCP_SESSION_MODERN:
        return MCP_MODERN_VERSION;
    case MCP_SESSION_OPEN:
        return session->version;
    case MCP_SESSION_SHUT:
        return MCP_HANDSHAKE_VERSION;
    case MCP_SESSION_UNKNOWN:
        break;
    }
    return "";
}
