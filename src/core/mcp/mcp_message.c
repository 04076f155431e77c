/* A message is told by its members: method and id, method alone, result or error. */
#include "mcp/mcp_message.h"

#include <errno.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "mcp/mcp.h"

/* Bytes of the id that a server gives a request; ours to choose. */
#define ASKED_MAX 256

static bool is_string(struct text value)
{
    return jsonspan_type(value) == JSONSPAN_STRING;
}

static int64_t id_of(struct text value)
{
    int64_t id;
    return jsonspan_whole(value, &id) && id >= 0 ? id : MCP_NO_ID;
}

/* data of -32022: {"supported":["2026-07-28", ...], "requested":...} */
static void read_versions(struct text error, struct mcp_message *ret)
{
    struct text data, supported, version;
    size_t position = 0;
    if (!jsonspan_get(error, "data", &data) || !jsonspan_get(data, "supported", &supported) ||
        jsonspan_type(supported) != JSONSPAN_ARRAY)
        return;
    ret->lists_versions = true;
    while (jsonspan_next(supported, &position, &version)) {
        if (!is_string(version))
            continue;
        ret->speaks_modern |= jsonspan_name_is(version, MCP_MODERN_VERSION);
        version = text_make(version.at + 1, version.len - 2);
        ret->speaks_handshake |= mcp_handshake_version(version) != NULL;
    }
}

static void read_error(struct text error, struct mcp_message *ret)
{
    struct jsonspan_wanted wanted[] = {{.name = "code"}, {.name = "message"}};
    jsonspan_pick(error, wanted, 2);
    ret->kind = MCP_ERROR;
    if (!jsonspan_whole(wanted[0].value, &ret->code))
        ret->code = 0;
    if (is_string(wanted[1].value))
        ret->message = wanted[1].value;
    if (ret->code == MCP_UNSUPPORTED_VERSION)
        read_versions(error, ret);
}

/* The id of a request is sent back as it came. */
static void read_asked(struct text method, struct text id, struct mcp_message *ret)
{
    bool named = is_string(id) || jsonspan_type(id) == JSONSPAN_NUMBER;
    if (id.at && (!named || id.len > ASKED_MAX))
        return;
    ret->method = method;
    ret->list_changed =
        id.at == NULL && jsonspan_name_is(method, "notifications/tools/list_changed");
    ret->kind = id.at ? MCP_REQUEST : MCP_NOTIFICATION;
    ret->asked = id;
}

void mcp_message_read(struct text json, struct mcp_message *ret)
{
    enum { VERSION, ID, METHOD, RESULT, ERROR, MEMBERS };
    struct jsonspan_wanted at[MEMBERS] = {{.name = "jsonrpc"},
                                          {.name = "id"},
                                          {.name = "method"},
                                          {.name = "result"},
                                          {.name = "error"}};
    *ret = (struct mcp_message){.kind = MCP_FOREIGN, .id = MCP_NO_ID};
    if (jsonspan_check(json, NULL) < 0 || jsonspan_type(json) != JSONSPAN_OBJECT)
        return;
    jsonspan_pick(json, at, MEMBERS);
    if (!is_string(at[VERSION].value) || !jsonspan_name_is(at[VERSION].value, "2.0"))
        return;
    if (is_string(at[METHOD].value)) {
        read_asked(at[METHOD].value, at[ID].value, ret);
        return;
    }
    ret->id = id_of(at[ID].value);
    if (jsonspan_type(at[ERROR].value) == JSONSPAN_OBJECT) {
        read_error(at[ERROR].value, ret);
    } else if (at[RESULT].value.at && ret->id != MCP_NO_ID) {
        ret->kind = MCP_RESULT;
        ret->result = at[RESULT].value;
    }
}

bool mcp_is_older(int status, const struct mcp_message *answer)
{
    bool error = answer && answer->kind == MCP_ERROR;
    bool refused = status == 400 || status == 404 || status == 405;
    if (!error)
        return refused;
    switch (answer->code) {
    case MCP_HEADER_MISMATCH:
    case MCP_CAPABILITY_MISSING:
        return false;
    case MCP_UNSUPPORTED_VERSION:
        return answer->speaks_handshake || !answer->lists_versions;
    case MCP_INVALID_REQUEST:
    case MCP_METHOD_NOT_FOUND:
    case MCP_SERVER_ERROR:
        /* Who may not come in would not with a handshake, either. */
        return status != 401 && status != 403;
    default:
        return refused || status == 0;
    }
}

static const char *words_of(int64_t code)
{
    switch (code) {
    case MCP_INVALID_REQUEST:
        return "invalid request";
    case MCP_METHOD_NOT_FOUND:
        return "method not found";
    case MCP_INVALID_PARAMS:
        return "invalid parameters";
    case MCP_HEADER_MISMATCH:
        return "the headers say another thing than the body";
    case MCP_CAPABILITY_MISSING:
        return "it wants a client that can do more";
    case MCP_UNSUPPORTED_VERSION:
        return "it speaks other versions of the protocol";
    default:
        return NULL;
    }
}

int mcp_error_text(const struct mcp_message *error, struct buf *out)
{
    struct buf whole, shown;
    buf_init(&whole, error->message.len);
    buf_init(&shown, MCP_ERROR_TEXT_MAX);
    int r = error->message.at ? jsonspan_decode(error->message, &whole) : 0;
    if (r == 0 && buf_append_shown(&shown, buf_text(&whole), ' ') == -ENOMEM)
        r = -ENOMEM;
    const struct text text = text_trim(buf_text(&shown));
    const char *words = words_of(error->code);
    if (r == 0 && text.len > 0)
        r = buf_append_text(out, text);
    else if (r == 0 && words)
        r = buf_append_string(out, words);
    else if (r == 0)
        r = buf_printf(out, "error %lld", (long long)error->code);
    buf_done(&shown);
    buf_done(&whole);
    return r;
}

int mcp_reply_write(const struct mcp_message *request, struct buf *out)
{
    if (request->kind != MCP_REQUEST)
        return -EINVAL;
    struct jsonwrite w = jsonwrite_to(out);
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_string(&w, "jsonrpc", text_of("2.0"));
    jsonwrite_raw(&w, "id", request->asked);
    if (jsonspan_name_is(request->method, "ping")) {
        jsonwrite_raw(&w, "result", text_of("{}"));
    } else {
        jsonwrite_open(&w, "error", '{');
        jsonwrite_integer(&w, "code", MCP_METHOD_NOT_FOUND);
        jsonwrite_string(&w, "message", text_of("this client can do nothing for a server"));
        jsonwrite_close(&w, '}');
    }
    jsonwrite_close(&w, '}');
    return w.r;
}

const char *mcp_initialize_version(struct text result)
{
    struct text version;
    if (jsonspan_type(result) != JSONSPAN_OBJECT ||
        !jsonspan_get(result, "protocolVersion", &version) || !is_string(version))
        return NULL;
    return mcp_handshake_version(text_make(version.at + 1, version.len - 2));
}
