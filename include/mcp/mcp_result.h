/*
 * What a tool gave, as text for a model (2026-07-28, server/tools, "Tool result"; 2025-11-25 is the
 * same but for resultType).
 *
 *     text                its text
 *     image, audio        [image: image/png, 12345 bytes, not shown]
 *     resource, text      its text
 *     resource, blob      [resource: file:///a.pdf, application/pdf, 12345 bytes, not shown]
 *     resource_link       [resource link: a.pdf, file:///a.pdf, application/pdf]
 *     another type        [video: not shown]
 *     structuredContent   its JSON, unless the parts above say the same
 *     nothing             [empty result]
 *
 * Each begins on a line of its own.
 */
#ifndef UNDERSTUDY_MCP_RESULT_H
#define UNDERSTUDY_MCP_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "text/buf.h"
#include "text/text.h"

/* What a failed call's text begins with. */
#define MCP_FAILED "[tool error] "

/*
 * Adds the text of a result of tools/call to out: at most max bytes, UTF-8, never empty. Where it
 * is longer, it is cut between two characters and ends in a line that says so (and counts; where
 * that line would be more than half of it, without it).
 *
 * *ret_failed: the tool says so (isError), or the result is none: it asks for more input
 * (input_required), or is of a type that we do not know. The text begins with MCP_FAILED then.
 *
 * result: of a message (mcp_message.h). 0; -EINVAL: it is no object; -ENOMEM, errors of buf.
 */
int mcp_result_text(struct text result, size_t max, struct buf *out, bool *ret_failed)
    __attribute__((warn_unused_result));

#endif
