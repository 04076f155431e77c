/*
 * The list of a server's tools, page by page, and the names under which they are offered. What is
 * in it was written by somebody else and is bounded.
 */
#ifndef UNDERSTUDY_MCP_TOOLS_H
#define UNDERSTUDY_MCP_TOOLS_H

#include <stddef.h>

#include "text/buf.h"
#include "text/string_list.h"
#include "text/text.h"

/* Read of one server, over all pages; what follows is not looked at. */
#define MCP_LISTED_MAX 10000
/* Kept of one server. More are left out. */
#define MCP_TOOLS_MAX       1000
#define MCP_TOOLS_BYTES_MAX ((size_t)4 << 20)
/* Of one tool. A longer description is cut; with a longer name, or a schema that is larger or
 * deeper, it is left out. */
#define MCP_DESCRIPTION_MAX  4096
#define MCP_OWN_NAME_MAX     1024
#define MCP_SCHEMA_BYTES_MAX ((size_t)64 << 10)
#define MCP_SCHEMA_DEPTH_MAX 64
/* Of a name as it is offered: what all providers take. */
#define MCP_OFFERED_NAME_MAX 64

struct mcp_tool {
    char *own;         /* name in the server's words, decoded */
    char *offered;     /* SERVER__NAME */
    char *description; /* UTF-8; "" = none */
    char *parameters;  /* JSON text: a schema of type object, with properties, without blanks */
};

struct mcp_tools {
    struct mcp_tool *at;
    size_t count;
    size_t listed;   /* on all pages, before anything was left out */
    size_t left_out; /* allowed, and not usable: beyond a bound, no name, a name that was there */
    size_t bytes;    /* of all strings */
};

/*
 * Adds the tools of one page that allow names ("*" names all), and gives the cursor of the next
 * page, decoded; empty: this was the last. result: of a message (mcp_message.h). server: its name
 * in the settings, at most 32 bytes. 0, -EINVAL (no list of tools: add_to is as before), -ENOMEM or
 * errors of buf (add_to may hold some of the page).
 *
 * The offered name is SERVER__NAME, every byte of NAME outside of [A-Za-z0-9_-] as _. Where that is
 * longer than MCP_OFFERED_NAME_MAX, or the same for two tools, it ends in _ and 8 digits of a hash
 * of NAME; of two that are the same, the one that had nothing to replace keeps it. So a name does
 * not hang on the order of the list, as long as no tool has the name that another one would be
 * offered by.
 */
int mcp_tools_read(struct text result, const char *server, const struct strings *allow,
                   struct mcp_tools *add_to, struct buf *ret_cursor)
    __attribute__((warn_unused_result));

/* By the offered name; NULL: none has it. */
const struct mcp_tool *mcp_tools_find(const struct mcp_tools *tools, struct text offered);

/* Frees all; the list is empty then. */
void mcp_tools_done(struct mcp_tools *tools);

#endif
