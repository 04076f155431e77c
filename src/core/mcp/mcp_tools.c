/*
 * Names are settled tool by tool: one that would have the plain name of another gets a name with a
 * hash, or the other one does, whichever had bytes to replace. So the same tools have the same
 * names in whatever order they come.
 *
 *     a.b        SERVER__a_b_1f3c90d2     b.a   SERVER__b_a
 *     a_b        SERVER__a_b
 */
#include "mcp/mcp_tools.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/jsonspan.h"
#include "mcp/mcp_param.h"
#include "text/utf8.h"

#define BARE_SCHEMA "{\"type\":\"object\",\"properties\":{}}"
/* _ and the digits. */
#define HASH_LEN 9

static char offered_byte(char c)
{
    return text_is_word_byte(c) || c == '-' ? c : '_';
}

static bool is_kept(const char *own)
{
    while (*own && offered_byte(*own) == *own)
        own++;
    return *own == '\0';
}

static bool same_plain(const char *a, const char *b)
{
    while (*a && *b && offered_byte(*a) == offered_byte(*b))
        a++, b++;
    return *a == '\0' && *b == '\0';
}

/* FNV-1a, 32 bits, of the round and the name. */
static uint32_t hash_of(const char *own, uint32_t round)
{
    uint32_t hash = (2166136261u ^ round) * 16777619u;
    for (; *own; own++)
        hash = (hash ^ (unsigned char)*own) * 16777619u;
    return hash;
}

static bool is_taken(const struct mcp_tools *tools, const struct mcp_tool *self, const char *name)
{
    for (size_t i = 0; i < tools->count; i++)
        if (&tools->at[i] != self && strcmp(tools->at[i].offered, name) == 0)
            return true;
    return false;
}

/* One that no other tool has; hashed: not the plain one. NULL when memory is out. */
static char *offered_name(const struct mcp_tools *tools, const struct mcp_tool *self,
                          const char *server, bool hashed)
{
    char name[MCP_OFFERED_NAME_MAX + 1];
    int len = snprintf(name, sizeof(name), "%s__%s", server, self->own);
    size_t plain = len < 0 ? 0 : (size_t)len;
    for (char *c = name; *c; c++)
        *c = offered_byte(*c);
    if (!hashed && plain < sizeof(name) && !is_taken(tools, self, name))
        return strdup(name);
    const size_t kept = MCP_OFFERED_NAME_MAX - HASH_LEN;
    char *end = name + (plain < kept ? plain : kept);
    uint32_t round = 0;
    do
        (void)snprintf(end, HASH_LEN + 1, "_%08x", hash_of(self->own, round++));
    while (is_taken(tools, self, name));
    return strdup(name);
}

static bool has_plain(const struct mcp_tool *tool, const char *server)
{
    return same_plain(tool->offered + strlen(server) + strlen("__"), tool->own);
}

/* Gives tool, which is not among the others yet, its name, and another to those that had it. */
static int settle_name(struct mcp_tools *tools, const char *server, struct mcp_tool *tool)
{
    bool clashes = false;
    for (size_t i = 0; i < tools->count; i++) {
        struct mcp_tool *other = &tools->at[i];
        if (!same_plain(other->own, tool->own))
            continue;
        clashes = true;
        bool stays = is_kept(other->own) || !has_plain(other, server);
        char *name = stays ? NULL : offered_name(tools, other, server, true);
        if (name) {
            free(other->offered);
            other->offered = name;
        }
    }
    tool->offered = offered_name(tools, tool, server, clashes && !is_kept(tool->own));
    return tool->offered ? 0 : -ENOMEM;
}

static bool is_string(struct text value)
{
    return jsonspan_type(value) == JSONSPAN_STRING;
}

/* A NUL byte in a name would hide what follows. */
static int read_name(struct text value, char **ret)
{
    struct buf name;
    buf_init(&name, MCP_OWN_NAME_MAX);
    int r = is_string(value) ? jsonspan_decode(value, &name) : -EINVAL;
    if (r == 0 && (name.len == 0 || memchr(name.data, '\0', name.len)))
        r = -EINVAL;
    if (r == 0 && !(*ret = buf_steal(&name, NULL)))
        r = -ENOMEM;
    buf_done(&name);
    return r;
}

/* What the tool says of itself, else its title. */
static struct text description_of(struct text tool)
{
    struct jsonspan_wanted at[] = {
        {.name = "description"}, {.name = "title"}, {.name = "annotations"}};
    struct text title = {0};
    jsonspan_pick(tool, at, 3);
    for (size_t i = 0; i < 2; i++)
        if (jsonspan_is_filled(at[i].value))
            return at[i].value;
    return jsonspan_get(at[2].value, "title", &title) && jsonspan_is_filled(title)
               ? title
               : text_of("\"\"");
}

static int read_description(struct text tool, char **ret)
{
    const struct text value = description_of(tool);
    struct buf whole;
    buf_init(&whole, value.len);
    int r = jsonspan_decode(value, &whole);
    if (r == 0) {
        buf_cut(&whole, utf8_fit(whole.data, whole.len, MCP_DESCRIPTION_MAX));
        for (size_t i = 0; i < whole.len; i++)
            if (whole.data[i] == '\0')
                whole.data[i] = ' ';
        *ret = strdup(buf_text(&whole).at);
        r = *ret ? 0 : -ENOMEM;
    }
    buf_done(&whole);
    return r;
}

static size_t depth_of(struct text json)
{
    size_t depth = 0, deepest = 0;
    bool quoted = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.at[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted && c == '\\')
            i++;
        else if (!quoted && (c == '{' || c == '['))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!quoted && (c == '}' || c == ']'))
            depth--;
    }
    return deepest;
}

/* The members but for one of that name, NULL = all, with a comma before each. */
static int write_members(struct text object, const char *but, struct buf *out)
{
    struct text name, value;
    size_t position = 0;
    int r = 0;
    while (r == 0 && jsonspan_member(object, &position, &name, &value)) {
        if (but && jsonspan_name_is(name, but))
            continue;
        r = buf_printf(out, ",%.*s:", TEXT_ARG(name));
        r = r < 0 ? r : jsonspan_compact(value, out);
    }
    return r;
}

/*
 * What all providers take: a schema of type object with properties (OpenAI refuses one without
 * them; PHP writes none as []). These two go first where they were missing.
 */
static int write_schema(struct text schema, struct buf *out)
{
    struct jsonspan_wanted at[] = {{.name = "type"}, {.name = "properties"}};
    struct buf members;
    jsonspan_pick(schema, at, 2);
    const struct text type = at[0].value;
    bool has_properties = jsonspan_type(at[1].value) == JSONSPAN_OBJECT;
    if (jsonspan_type(schema) != JSONSPAN_OBJECT ||
        (is_string(type) && !jsonspan_name_is(type, "object")))
        return buf_append_string(out, BARE_SCHEMA);
    buf_init(&members, MCP_SCHEMA_BYTES_MAX);
    int r = type.at ? 0 : buf_append_string(&members, ",\"type\":\"object\"");
    if (r == 0 && !has_properties)
        r = buf_append_string(&members, ",\"properties\":{}");
    if (r == 0)
        r = write_members(schema, has_properties ? NULL : "properties", &members);
    if (r == 0)
        r = buf_printf(out, "{%.*s}", TEXT_ARG(text_skip(buf_text(&members), 1)));
    buf_done(&members);
    return r;
}

static int read_parameters(struct text schema, char **ret)
{
    struct buf out;
    buf_init(&out, MCP_SCHEMA_BYTES_MAX);
    bool fits = depth_of(schema) <= MCP_SCHEMA_DEPTH_MAX && mcp_param_valid(schema);
    int r = fits ? write_schema(schema, &out) : -EMSGSIZE;
    if (r == 0 && !(*ret = buf_steal(&out, NULL)))
        r = -ENOMEM;
    buf_done(&out);
    return r;
}

static void tool_done(struct mcp_tool *tool)
{
    free(tool->own);
    free(tool->offered);
    free(tool->description);
    free(tool->parameters);
}

static bool has_own(const struct mcp_tools *tools, const char *own)
{
    for (size_t i = 0; i < tools->count; i++)
        if (strcmp(tools->at[i].own, own) == 0)
            return true;
    return false;
}

/* -EMSGSIZE: there is no room for it. */
static int keep(struct mcp_tools *tools, const char *server, struct mcp_tool *tool)
{
    size_t bytes = strlen(tool->own) + MCP_OFFERED_NAME_MAX + strlen(tool->description) +
                   strlen(tool->parameters);
    if (bytes > MCP_TOOLS_BYTES_MAX - tools->bytes)
        return -EMSGSIZE;
    struct mcp_tool *at = reallocarray(tools->at, tools->count + 1, sizeof(*at));
    if (!at)
        return -ENOMEM;
    tools->at = at;
    int r = settle_name(tools, server, tool);
    if (r == 0) {
        tools->at[tools->count++] = *tool;
        tools->bytes += bytes;
    }
    return r;
}

/* 0 also for one that is left out. */
static int read_tool(struct text value, const char *server, const struct strings *allow,
                     struct mcp_tools *tools)
{
    struct jsonspan_wanted at[] = {{.name = "name"}, {.name = "inputSchema"}};
    struct mcp_tool tool = {0};
    jsonspan_pick(value, at, 2);
    bool all = string_list_has(allow, text_of("*"));
    int r = read_name(at[0].value, &tool.own);
    tools->listed++;
    if (!all && r != -ENOMEM && (r < 0 || !string_list_has(allow, text_of(tool.own)))) {
        free(tool.own);
        return 0;
    }
    if (r == 0 && (tools->count == MCP_TOOLS_MAX || has_own(tools, tool.own)))
        r = -EEXIST;
    if (r == 0)
        r = read_description(value, &tool.description);
    if (r == 0)
        r = read_parameters(at[1].value, &tool.parameters);
    if (r == 0)
        r = keep(tools, server, &tool);
    if (r == 0)
        return 0;
    tool_done(&tool);
    tools->left_out++;
    return r == -ENOMEM ? r : 0;
}

int mcp_tools_read(struct text result, const char *server, const struct strings *allow,
                   struct mcp_tools *add_to, struct buf *ret_cursor)
{
    struct jsonspan_wanted at[] = {{.name = "tools"}, {.name = "nextCursor"}};
    struct text value;
    size_t position = 0;
    int r = 0;
    buf_reset(ret_cursor);
    jsonspan_pick(result, at, 2);
    if (jsonspan_type(result) != JSONSPAN_OBJECT || jsonspan_type(at[0].value) != JSONSPAN_ARRAY)
        return -EINVAL;
    while (r == 0 && add_to->listed < MCP_LISTED_MAX &&
           jsonspan_next(at[0].value, &position, &value))
        r = read_tool(value, server, allow, add_to);
    if (r == 0 && add_to->listed < MCP_LISTED_MAX && is_string(at[1].value))
        r = jsonspan_decode(at[1].value, ret_cursor);
    return r;
}

const struct mcp_tool *mcp_tools_find(const struct mcp_tools *tools, struct text offered)
{
    for (size_t i = 0; i < tools->count; i++)
        if (text_equals(offered, tools->at[i].offered))
            return &tools->at[i];
    return NULL;
}

void mcp_tools_done(struct mcp_tools *tools)
{
    for (size_t i = 0; i < tools->count; i++)
        tool_done(&tools->at[i]);
    free(tools->at);
    *tools = (struct mcp_tools){0};
}
