/*
 * The two eras of the Model Context Protocol, and the messages that we write in them. Since version
 * 2026-07-28 every request says by itself who asks, in params._meta; before, a session begins with
 * initialize. (modelcontextprotocol.io/specification, pages basic, basic/lifecycle and
 * server/tools of 2026-07-28, 2025-11-25 and 2025-06-18; read 2026-11, as were the official SDKs.)
 *
 * Messages are JSON-RPC 2.0, one object each, without any line end in it or behind it: a body over
 * HTTP, a line on a socket.
 */
#ifndef UNDERSTUDY_MCP_H
#define UNDERSTUDY_MCP_H

#include <stdint.h>

#include "text/buf.h"
#include "text/text.h"

enum mcp_era {
    MCP_MODERN,    /* 2026-07-28: no handshake, no session */
    MCP_HANDSHAKE, /* 2025-11-25, 2025-06-18 and older: initialize first */
};

#define MCP_MODERN_VERSION    "2026-07-28"
#define MCP_HANDSHAKE_VERSION "2025-11-25"

/* The version by that name, if we speak it in the handshake era; NULL for every other. Lives as
 * long as the program. */
const char *mcp_handshake_version(struct text name);

/*
 * Each adds one message to out. id is ours, from 0 on; an answer has it again. All return 0 or an
 * error of buf (out may hold a part then).
 */

/* tools/list. cursor: of the page before, empty = the first page. */
int mcp_list_write(enum mcp_era era, int64_t id, struct text cursor, struct buf *out)
    __attribute__((warn_unused_result));

/* tools/call. arguments: JSON text of an object, or empty for none; -EINVAL where it is anything
 * else, and nothing is added. */
int mcp_call_write(enum mcp_era era, int64_t id, struct text name, struct text arguments,
                   struct buf *out) __attribute__((warn_unused_result));

/* The handshake: a request, and the notification that follows its answer. */
int mcp_initialize_write(int64_t id, struct buf *out) __attribute__((warn_unused_result));
int mcp_initialized_write(struct buf *out) __attribute__((warn_unused_result));

/*
 * notifications/cancelled for a request of ours: in the handshake era, and on sockets in both. Over
 * HTTP a modern server is told by hanging up (2026-07-28, basic/transports).
 */
int mcp_cancelled_write(int64_t id, struct buf *out) __attribute__((warn_unused_result));

#endif
