/*
 * What one worker knows of how a server is spoken to: which era of MCP it is of, and the session
 * with it where that era has one. Modern first; what refuses that as servers of before do is asked
 * for a handshake, and that is remembered. Decides only; nothing is sent from here.
 */
#ifndef UNDERSTUDY_MCP_SESSION_H
#define UNDERSTUDY_MCP_SESSION_H

#include <stdbool.h>

#include "mcp/mcp.h"
#include "mcp/mcp_head.h"
#include "mcp/mcp_message.h"

/* id, meaning. */
#define MCP_SESSION_STATES(X)                                                                      \
    X(UNKNOWN, "nothing is known: a list is asked for as in the modern era")                       \
    X(MODERN, "it has answered so")                                                                \
    X(SHUT, "it is of the handshake era, and there is no session")                                 \
    X(OPEN, "there is one")

struct mcp_session {
    enum mcp_session_state {
#define X(id, meaning) MCP_SESSION_##id,
        MCP_SESSION_STATES(X)
#undef X
    } state;
    const char *version;             /* OPEN: that which was agreed on; static */
    char id[MCP_SESSION_ID_MAX + 1]; /* OPEN: "" = the server gave none */
    unsigned number;                 /* of sessions so far: tells one from the next */
};

/* What has to be done before a request is sent. */
enum mcp_step {
    MCP_STEP_SEND,
    MCP_STEP_INITIALIZE, /* a session is needed */
    MCP_STEP_LEARN,      /* the era is: a call is not what it is found out with */
};

enum mcp_step mcp_session_step(const struct mcp_session *session, bool is_call);

/* In which era, or with which session, was it sent? */
struct mcp_sent {
    enum mcp_era era;
    unsigned number;
};

struct mcp_sent mcp_session_sent(const struct mcp_session *session);

/*
 * A list (or a call) that was sent so got that answer; status: of HTTP, 0 on a socket; answer NULL:
 * no message came. Notes what it tells of the server. True: the server has not taken the request,
 * since it wants to be spoken to in another way: it may be sent again.
 */
bool mcp_session_answered(struct mcp_session *session, const struct mcp_sent *sent, bool is_call,
                          int status, const struct mcp_message *answer);

/* A list was asked for in the modern era, and there was no answer at all where there should have
 * been one: some servers are silent, or hang up, before initialize. True: it may be sent again. */
bool mcp_session_unanswered(struct mcp_session *session, const struct mcp_sent *sent);

/* initialize was answered well; version: static, id: empty or valid. */
void mcp_session_opened(struct mcp_session *session, const char *version, struct text id);

/*
 * initialize was refused; error NULL: by no message. True: the server says that it is of the modern
 * era (-32022, with the versions that it speaks), as one does that was slow to answer a list and is
 * asked for a handshake on the same connection. It is then spoken to so.
 */
bool mcp_session_refused(struct mcp_session *session, const struct mcp_message *error);

/* The connection that was the session has ended. */
void mcp_session_closed(struct mcp_session *session);

/* The version that it is spoken to in; "" = not known. Static. */
const char *mcp_session_version(const struct mcp_session *session);

#endif
