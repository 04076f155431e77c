/*
 * One message of a server: a JSON body, the data of an event, a line. JSON-RPC 2.0, sections 4 and
 * 5. Batches, which only 2025-03-26 had, are foreign: none is ever asked for.
 */
#ifndef UNDERSTUDY_MCP_MESSAGE_H
#define UNDERSTUDY_MCP_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "text/buf.h"
#include "text/text.h"

enum mcp_kind {
    MCP_RESULT,
    MCP_ERROR,
    MCP_NOTIFICATION,
    MCP_REQUEST, /* of the server: see mcp_reply_write */
    MCP_FOREIGN, /* not JSON (or deeper than JSONSPAN_DEPTH_MAX), or no message of JSON-RPC */
};

/* The id of an answer that names no request of ours: null, a string, or none at all. Servers that
 * refuse a request before they have read it answer so. */
#define MCP_NO_ID ((int64_t)-1)

/* Codes of errors: 2026-07-28, basic, "Error codes"; those above -32020 are of servers. */
#define MCP_SERVER_ERROR        (-32000)
#define MCP_HEADER_MISMATCH     (-32020)
#define MCP_CAPABILITY_MISSING  (-32021)
#define MCP_UNSUPPORTED_VERSION (-32022)
#define MCP_INVALID_REQUEST     (-32600)
#define MCP_METHOD_NOT_FOUND    (-32601)
#define MCP_INVALID_PARAMS      (-32602)

/* All texts are spans of the JSON that was read, strings with their quotes; at NULL = absent. */
struct mcp_message {
    enum mcp_kind kind;
    int64_t id;          /* of a result or an error */
    int64_t code;        /* of an error; 0 where it has none */
    struct text message; /* of an error: see mcp_error_text */
    struct text result;  /* of a result: any JSON value */
    struct text method;  /* of a notification or a request */
    struct text asked;   /* the id of a request, which is the server's: a number or a string */
    bool list_changed;   /* the notification that the list of tools is another one now */
    bool lists_versions; /* an error that says which versions the server speaks: of ours */
    bool speaks_modern;
    bool speaks_handshake;
};

void mcp_message_read(struct text json, struct mcp_message *ret);

/*
 * Does a server that answers tools/list so speak the handshake era? status: of HTTP, 0 on a socket;
 * answer: NULL or foreign where the body is no message.
 *
 * Over HTTP: 400, 404, 405, or the codes -32600, -32601, -32000, which is how servers of that era
 * refuse what has no session. -32022 names the versions that are spoken; -32020 and -32021 exist in
 * the modern era only. On a socket every error but these: servers refuse what comes before
 * initialize in many words (-32602 by the Python SDK of 2025, 0 by the one for Go).
 */
bool mcp_is_older(int status, const struct mcp_message *answer);

/*
 * What an error says, for a model and for people: its message on one line, at most
 * MCP_ERROR_TEXT_MAX bytes, without what is hidden (utf8.h); where it has none, its code in words.
 * Errors of buf (out may hold a part then).
 */
#define MCP_ERROR_TEXT_MAX 1000
int mcp_error_text(const struct mcp_message *error, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * The answer to a request of the server, in the handshake era: ping is answered, all else refused
 * (-32601): we declare no capabilities. In the modern era servers send none and get no answer. 0,
 * -EINVAL for what is no request, or an error of buf.
 */
int mcp_reply_write(const struct mcp_message *request, struct buf *out)
    __attribute__((warn_unused_result));

/* The version that the result of initialize has chosen; NULL: one that we do not speak. Lives as
 * long as the program. */
const char *mcp_initialize_version(struct text result);

#endif
