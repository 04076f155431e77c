/* See mcp_head.h. */
#include "mcp/mcp_head.h"

#include "mcp/mcp_field.h"
#include "mcp/mcp_param.h"

static int field(const char *name, const char *value, struct buf *headers)
{
    return mcp_field_write(text_of(name), text_of(value), headers);
}

static int modern_write(const struct mcp_head *head, struct buf *headers)
{
    int r = field("MCP-Protocol-Version", MCP_MODERN_VERSION, headers);
    if (r == 0 && head->method)
        r = field("Mcp-Method", head->method, headers);
    if (r == 0 && head->name.len > 0)
        r = mcp_field_write(text_of("Mcp-Name"), head->name, headers);
    return r < 0 ? r : mcp_param_write(head->parameters, head->arguments, headers);
}

static int handshake_write(const struct mcp_head *head, struct buf *headers)
{
    int r = head->version ? field("MCP-Protocol-Version", head->version, headers) : 0;
    if (r == 0 && head->session.len > 0)
        r = mcp_field_write(text_of("Mcp-Session-Id"), head->session, headers);
    return r;
}

int mcp_head_write(const struct mcp_head *head, struct buf *headers)
{
    int r = field("Accept", "application/json, text/event-stream", headers);
    if (r == 0)
        r = field("Content-Type", "application/json", headers);
    if (r == 0)
        r = head->era == MCP_MODERN ? modern_write(head, headers) : handshake_write(head, headers);
    return r;
}

bool mcp_session_id_valid(struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.at[i] <= ' ' || id.at[i] > '~')
            return false;
    return id.len > 0 && id.len <= MCP_SESSION_ID_MAX;
}
