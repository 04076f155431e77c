/*
 * A request of the modern era says in params._meta what initialize said once:
 *
 *     {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"_meta":{version, who, capabilities},
 *      "name":"today","arguments":{}}}
 */
#include "mcp/mcp.h"

#include <errno.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"

#define META "io.modelcontextprotocol/"

static const char *const handshake_versions[] = {MCP_HANDSHAKE_VERSION, "2025-06-18", "2025-03-26",
                                                 "2024-11-05"};

const char *mcp_handshake_version(struct text name)
{
    for (size_t i = 0; i < sizeof(handshake_versions) / sizeof(handshake_versions[0]); i++)
        if (text_equals(name, handshake_versions[i]))
            return handshake_versions[i];
    return NULL;
}

static struct jsonwrite message_open(const char *method, struct buf *out)
{
    struct jsonwrite w = jsonwrite_to(out);
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_string(&w, "jsonrpc", text_of("2.0"));
    jsonwrite_string(&w, "method", text_of(method));
    return w;
}

static int message_close(struct jsonwrite *w)
{
    jsonwrite_close(w, '}');
    return w->r;
}

static void write_client(struct jsonwrite *w, const char *name)
{
    jsonwrite_open(w, name, '{');
    jsonwrite_string(w, "name", text_of("understudy"));
    jsonwrite_string(w, "version", text_of(UNDERSTUDY_VERSION));
    jsonwrite_close(w, '}');
}

/* None: nobody is here whom a server could ask, and no model that it could use. */
static void write_capabilities(struct jsonwrite *w, const char *name)
{
    jsonwrite_open(w, name, '{');
    jsonwrite_close(w, '}');
}

static struct jsonwrite request_open(enum mcp_era era, int64_t id, const char *method,
                                     struct buf *out)
{
    struct jsonwrite w = message_open(method, out);
    jsonwrite_integer(&w, "id", id);
    jsonwrite_open(&w, "params", '{');
    if (era == MCP_MODERN) {
        jsonwrite_open(&w, "_meta", '{');
        jsonwrite_string(&w, META "protocolVersion", text_of(MCP_MODERN_VERSION));
        write_client(&w, META "clientInfo");
        write_capabilities(&w, META "clientCapabilities");
        jsonwrite_close(&w, '}');
    }
    return w;
}

static int request_close(struct jsonwrite *w)
{
    jsonwrite_close(w, '}');
    return message_close(w);
}

int mcp_list_write(enum mcp_era era, int64_t id, struct text cursor, struct buf *out)
{
    struct jsonwrite w = request_open(era, id, "tools/list", out);
    jsonwrite_filled(&w, "cursor", cursor);
    return request_close(&w);
}

/* Blanks go: a line end would end a line on a socket. */
static int write_arguments(struct jsonwrite *w, struct text arguments)
{
    struct buf compact;
    buf_init(&compact, arguments.len);
    int r = jsonspan_compact(arguments, &compact);
    if (r == 0)
        jsonwrite_raw(w, "arguments", buf_text(&compact));
    buf_done(&compact);
    return r;
}

int mcp_call_write(enum mcp_era era, int64_t id, struct text name, struct text arguments,
                   struct buf *out)
{
    const struct text given = arguments.len > 0 ? arguments : text_of("{}");
    if (jsonspan_check(given, NULL) < 0 || jsonspan_type(given) != JSONSPAN_OBJECT)
        return -EINVAL;
    struct jsonwrite w = request_open(era, id, "tools/call", out);
    jsonwrite_string(&w, "name", name);
    int r = write_arguments(&w, given);
    return r < 0 ? r : request_close(&w);
}

int mcp_initialize_write(int64_t id, struct buf *out)
{
    struct jsonwrite w = request_open(MCP_HANDSHAKE, id, "initialize", out);
    jsonwrite_string(&w, "protocolVersion", text_of(MCP_HANDSHAKE_VERSION));
    write_capabilities(&w, "capabilities");
    write_client(&w, "clientInfo");
    return request_close(&w);
}

int mcp_initialized_write(struct buf *out)
{
    struct jsonwrite w = message_open("notifications/initialized", out);
    return message_close(&w);
}

int mcp_cancelled_write(int64_t id, struct buf *out)
{
    struct jsonwrite w = message_open("notifications/cancelled", out);
    jsonwrite_open(&w, "params", '{');
    jsonwrite_integer(&w, "requestId", id);
    jsonwrite_string(&w, "reason", text_of("the answer is not waited for any more"));
    return request_close(&w);
}
