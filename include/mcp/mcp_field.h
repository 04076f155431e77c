/* A header field with a value that anybody may have written (2026-07-28, basic/transports, "Value
 * encoding"). */
#ifndef UNDERSTUDY_MCP_FIELD_H
#define UNDERSTUDY_MCP_FIELD_H

#include "text/buf.h"
#include "text/text.h"

/*
 * Adds "Name: value" and its NUL: the value as it is where it is visible ASCII and blanks between,
 * else =?base64?...?= of its bytes. name is a token. Errors of buf (headers may hold a part then).
 */
int mcp_field_write(struct text name, struct text value, struct buf *headers)
    __attribute__((warn_unused_result));

#endif
