/*
 * Which [tool NAME]s a request asks for: by the header x-understudy-tools, in the body of a chat
 * request by {"type":"mcp","server_label":"NAME"} among its tools, or by those of its token.
 */
#ifndef UNDERSTUDY_TOOL_WISH_H
#define UNDERSTUDY_TOOL_WISH_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "http/headers.h"
#include "text/error.h"
#include "text/string_list.h"
#include "text/text.h"

/* No request asks for more servers. */
#define TOOL_WISH_MAX 32

struct tool_wish_one {
    const struct config_tool *tool; /* borrowed */
    /* allowed_tools of the body: the server's own names, no others are offered. */
    struct strings only;
    bool narrowed; /* by `only`; else all that [tool NAME] allows */
};

struct tool_wish {
    struct tool_wish_one at[TOOL_WISH_MAX];
    size_t count;
};

/* What a request brings that may ask. Borrowed. */
struct tool_wish_query {
    const struct header_field *fields;
    size_t field_count;
    const struct config_token *token; /* the one that came; NULL = none with a name */
    struct text body; /* a chat request, JSON as jsonspan_check accepts it; empty = not looked at */
};

/* May it ask for any, by what can be seen without reading it: so that all other requests pay
 * nothing? The body may be of any bytes, and is not looked at where the settings have no [tool]. */
bool tool_wish_is_likely(const struct config *config, const struct tool_wish_query *query);

/*
 * Zeroed *ret is filled (freed with tool_wish_done). `x-understudy-tools: none` turns those of the
 * token off. -EINVAL and *reterr, for a 400: a name that no [tool] has, an mcp tool without a
 * server_label, with a server_url (no address comes from a request), or with an approval that
 * nobody here could give. -ENOMEM.
 */
int tool_wish_read(const struct config *config, const struct tool_wish_query *query,
                   struct tool_wish *ret, struct error *reterr) __attribute__((warn_unused_result));
void tool_wish_done(struct tool_wish *wish);

/* Is an element of a request's tools one that stands for a server, {"type":"mcp"}? */
bool tool_wish_is_server(struct text tool);

#endif
