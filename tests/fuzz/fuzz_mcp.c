/*
 * What a server of tools says: messages, lists, results, schemas that ask for header fields. What
 * is offered keeps to its bounds and has names of its own, whatever the order of the pages; what
 * the model gets is text; what is sent is one line.
 *
 *     variant | message, a page 0xff a page, a bound and a result, a schema 0xff arguments
 */
#include <errno.h>

#include "fuzz.h"
#include "http/headers.h"
#include "mcp/mcp.h"
#include "mcp/mcp_head.h"
#include "mcp/mcp_message.h"
#include "mcp/mcp_param.h"
#include "mcp/mcp_result.h"
#include "mcp/mcp_tools.h"

enum variant { MESSAGE, LIST, RESULT, PARAM, VARIANTS };

static void require_line(struct text json)
{
    require(is_object(json) && memchr(json.at, '\n', json.len) == NULL);
}

static void require_text(struct text text)
{
    for (size_t n; text.len > 0; text = text_skip(text, n))
        require((n = utf8_length(text.at, text.len)) > 0);
}

static void message(struct text input)
{
    struct mcp_message message;
    struct buf out;
    buf_init(&out, SIZE_MAX);
    mcp_message_read(input, &message);
    require((message.kind == MCP_RESULT) == (message.result.at != NULL));
    require(message.kind != MCP_RESULT || message.id >= 0);
    require(!message.list_changed || message.kind == MCP_NOTIFICATION);
    (void)mcp_is_older(400, &message);
    (void)mcp_is_older(0, &message);
    (void)mcp_initialize_version(message.result);
    if (message.kind == MCP_ERROR) {
        require(mcp_error_text(&message, &out) == 0);
        require(out.len > 0 && out.len <= MCP_ERROR_TEXT_MAX);
        require_plain(buf_text(&out));
    }
    buf_reset(&out);
    require(mcp_reply_write(&message, &out) == (message.kind == MCP_REQUEST ? 0 : -EINVAL));
    if (message.kind == MCP_REQUEST)
        require_line(buf_text(&out));
    buf_done(&out);
}

static void check_tool(const struct mcp_tools *tools, const struct mcp_tool *tool)
{
    struct text name = text_of(tool->offered), type, properties;
    require(name.len <= MCP_OFFERED_NAME_MAX && text_starts(name, "home__"));
    for (size_t i = 0; i < name.len; i++)
        require(text_is_word_byte(name.at[i]) || name.at[i] == '-');
    require(mcp_tools_find(tools, name) == tool);
    require(tool->own[0] != '\0' && strlen(tool->own) <= MCP_OWN_NAME_MAX);
    require(strlen(tool->description) <= MCP_DESCRIPTION_MAX);
    require_text(text_of(tool->description));
    require(strlen(tool->parameters) <= MCP_SCHEMA_BYTES_MAX);
    require_line(text_of(tool->parameters));
    require(jsonspan_get(text_of(tool->parameters), "type", &type));
    require(jsonspan_get(text_of(tool->parameters), "properties", &properties));
    require(mcp_param_valid(text_of(tool->parameters)));
}

static void read_page(struct text page, struct mcp_tools *tools)
{
    char any[] = "*", *names[] = {any, NULL};
    const struct strings allow = {names, 1};
    struct buf cursor;
    buf_init(&cursor, SIZE_MAX);
    size_t before = tools->count;
    if (jsonspan_check(page, NULL) == 0) {
        int r = mcp_tools_read(page, "home", &allow, tools, &cursor);
        require(r == 0 || (r == -EINVAL && tools->count == before));
    }
    buf_done(&cursor);
}

/* Does a name end as those do that are made, _ and 8 digits? */
static bool looks_made(const char *own)
{
    size_t len = strlen(own), digits = 0;
    while (digits < len && text_hex_value(own[len - 1 - digits]) >= 0)
        digits++;
    return digits >= 8;
}

static bool any_looks_made(const struct mcp_tools *tools)
{
    for (size_t i = 0; i < tools->count; i++)
        if (looks_made(tools->at[i].own))
            return true;
    return false;
}

static void list(struct text input)
{
    const struct text first = take_until(&input, '\xff');
    struct mcp_tools one = {0}, other = {0};
    read_page(first, &one);
    read_page(input, &one);
    read_page(input, &other);
    read_page(first, &other);
    require(one.count + one.left_out <= one.listed);
    require(one.listed == other.listed && one.left_out == other.left_out);
    for (size_t i = 0; i < one.count; i++) {
        check_tool(&one, &one.at[i]);
        const struct mcp_tool *same = mcp_tools_find(&other, text_of(one.at[i].offered));
        require(any_looks_made(&one) || (same && strcmp(same->own, one.at[i].own) == 0));
    }
    mcp_tools_done(&one);
    mcp_tools_done(&other);
}

static void result(struct text input)
{
    struct buf out;
    size_t max = take_byte(&input) * 16u;
    bool failed = false;
    if (jsonspan_check(input, NULL) < 0)
        return;
    buf_init(&out, max);
    int r = mcp_result_text(input, max, &out, &failed);
    require(r == (jsonspan_type(input) == JSONSPAN_OBJECT ? 0 : -EINVAL));
    require(r < 0 || max == 0 || out.len > 0);
    require(!failed || max < strlen(MCP_FAILED) || text_starts(buf_text(&out), MCP_FAILED));
    require_text(buf_text(&out));
    buf_done(&out);
}

/* Each is "Name: value" and its NUL. */
static void check_fields(struct text fields)
{
    while (fields.len > 0) {
        struct text value = take_until(&fields, '\0');
        const struct text name = take_until(&value, ':');
        require(text_starts(name, "Mcp-Param-") && header_name_valid(name));
        require(value.len > 1 && value.at[0] == ' ');
        for (size_t i = 0; i < value.len; i++)
            require(value.at[i] >= ' ' && value.at[i] <= '~');
    }
}

static void param(struct text input)
{
    const struct text schema = take_until(&input, '\xff');
    struct buf out;
    buf_init(&out, SIZE_MAX);
    int r = mcp_call_write(MCP_MODERN, 1, schema, input, &out);
    require(r == 0 || (r == -EINVAL && out.len == 0));
    if (r == 0)
        require_line(buf_text(&out));
    buf_reset(&out);
    if (r == 0 && jsonspan_check(schema, NULL) == 0 && mcp_param_valid(schema)) {
        require(mcp_param_write(schema, input, &out) == 0);
        check_fields(buf_text(&out));
    }
    (void)mcp_session_id_valid(input);
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = text_make((const char *)data, size);
    switch ((enum variant)(take_byte(&input) % VARIANTS)) {
    case MESSAGE:
        message(input);
        break;
    case LIST:
        list(input);
        break;
    case RESULT:
        result(input);
        break;
    case PARAM:
    case VARIANTS:
        param(input);
    }
    return 0;
}
