/*
 * One message to a server over HTTP, and the message that answers it: the JSON of a body, or one
 * event of a stream, which is read no further then. Each has a connection of its own: what is lost
 * is never repeated, so it is not sent over one that was kept and that the server may be closing.
 */
#ifndef UNDERSTUDY_TOOL_HTTP_H
#define UNDERSTUDY_TOOL_HTTP_H

#include <stdint.h>

#include "config/config.h"
#include "mcp/mcp_message.h"
#include "text/buf.h"
#include "text/text.h"
#include "tool/tool_answer.h"

struct tool_http;
struct upstream;

/* In bytes, of a message to a server and of all that it answers to one. */
#define TOOL_MESSAGE_MAX ((size_t)8 << 20)

struct tool_http_plan {
    struct upstream *upstream;
    const struct config_tool *tool; /* borrowed, as all texts are, until it is freed */
    struct text message;
    struct buf *headers; /* "Name: value" strings, each ended by NUL */
    int64_t id;          /* of the message; 0: it is a notification, and no message answers it */
    int64_t connect_within_ms;
    /* From the loop: what the server says before it answers. NULL: nobody wants to know. */
    void (*heard)(void *arg, const struct mcp_message *message);
    /* From the loop, once; the tool_http may be freed in it. answer lives until then. */
    void (*done)(void *arg, const struct tool_answer *answer);
    void *arg;
};

/* The plan's owner looks at the clock. */
struct tool_http *tool_http_start(const struct tool_http_plan *plan);

/* Off the wire if it is still under way. NULL is fine. */
void tool_http_free(struct tool_http *http);

#endif
