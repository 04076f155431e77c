/*
 * The header fields of an HTTP request that carries a message. 2026-07-28, basic/transports,
 * "Request headers": a server refuses (400, -32020) what says another thing than the body.
 * 2025-11-25, basic/transports: MCP-Protocol-Version and Mcp-Session-Id after initialize.
 */
#ifndef UNDERSTUDY_MCP_HEAD_H
#define UNDERSTUDY_MCP_HEAD_H

#include <stdbool.h>

#include "mcp/mcp.h"

/* Longer ids of sessions are taken for none; ours to choose. */
#define MCP_SESSION_ID_MAX 1024

struct mcp_head {
    enum mcp_era era;
    const char *version; /* handshake era: that which was agreed on; NULL in initialize itself */
    struct text session; /* handshake era: its id; empty = the server gave none */
    const char *method;  /* of the message: "tools/list", "tools/call" ...; of a reply to the
                            server: NULL */
    struct text name;    /* tools/call: the server's own name of the tool */
    struct text parameters, arguments; /* tools/call: the tool's schema, and JSON text of an object
                                          or empty (mcp_param.h) */
};

/*
 * Adds "Name: value" strings to headers, each ended by NUL (upstream_request.h): Accept,
 * Content-Type, MCP-Protocol-Version; modern: Mcp-Method, Mcp-Name, Mcp-Param-NAME; handshake:
 * Mcp-Session-Id (mcp_field.h). Errors of buf.
 */
int mcp_head_write(const struct mcp_head *head, struct buf *headers)
    __attribute__((warn_unused_result));

/* Is it an id of a session that can be sent back: visible ASCII, 1 to MCP_SESSION_ID_MAX bytes? */
bool mcp_session_id_valid(struct text id);

#endif
