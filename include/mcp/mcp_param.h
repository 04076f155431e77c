/*
 * Arguments that a modern server wants in header fields, too, so that something in between can
 * route by them: its schema says x-mcp-header beside the property. (2026-07-28, basic/transports,
 * "Custom headers from tool parameters": clients must send them, and must leave out tools whose
 * schema says it in a wrong way.)
 *
 *     {"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}
 *     {"region":"eu"}   becomes   Mcp-Param-Region: eu
 */
#ifndef UNDERSTUDY_MCP_PARAM_H
#define UNDERSTUDY_MCP_PARAM_H

#include <stdbool.h>

#include "text/buf.h"
#include "text/text.h"

/*
 * Does every x-mcp-header of the schema stand where it may (on a string, integer or boolean that
 * is reached through properties only), with a name that is a token and comes once in any case?
 * True for a schema without any. The schema is JSON text that jsonspan_check accepted.
 */
bool mcp_param_valid(struct text schema);

/*
 * Adds "Mcp-Param-NAME: value" strings, each ended by NUL, for the arguments that are there; those
 * that are null, objects or arrays have none. The schema is a valid one. Errors of buf.
 */
int mcp_param_write(struct text schema, struct text arguments, struct buf *headers)
    __attribute__((warn_unused_result));

#endif
