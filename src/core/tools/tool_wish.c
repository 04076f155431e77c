/* See tool_wish.h. */
#include "tools/tool_wish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/jsonspan.h"
#include "mcp/mcp_tools.h"

/* Of a server_label; longer than the name of any [tool NAME]. */
#define LABEL_MAX 256

static const struct header_field *asked_in(const struct tool_wish_query *query, size_t *at)
{
    while (*at < query->field_count) {
        const struct header_field *field = &query->fields[(*at)++];
        if (header_name_is(field->name, HEADER_TOOLS))
            return field;
    }
    return NULL;
}

/* The word between quotes: an escape in it would be odd, and is found by nobody's library. */
static bool has_word(struct text body, const char *word)
{
    return body.len > 0 && memmem(body.at, body.len, word, strlen(word)) != NULL;
}

bool tool_wish_is_likely(const struct config *config, const struct tool_wish_query *query)
{
    size_t at = 0;
    if (asked_in(query, &at))
        return true;
    return config->tools.count > 0 &&
           ((query->token && query->token->tools.count > 0) || has_word(query->body, "\"mcp\""));
}

bool tool_wish_is_server(struct text tool)
{
    struct text type;
    return jsonspan_type(tool) == JSONSPAN_OBJECT && jsonspan_get(tool, "type", &type) &&
           jsonspan_name_is(type, "mcp");
}

static struct tool_wish_one *find(struct tool_wish *wish, const struct config_tool *tool)
{
    for (size_t i = 0; i < wish->count; i++)
        if (wish->at[i].tool == tool)
            return &wish->at[i];
    return NULL;
}

static int refuse_unknown(const struct config *config, struct text name, struct error *reterr)
{
    struct buf known;
    buf_init(&known, ERROR_TEXT_MAX / 2);
    for (size_t i = 0; i < config->tools.count; i++)
        string_list_put(&known, config->tools.at[i].name);
    if (known.len > 0)
        error_set(reterr, "there is no [tool %.*s] in the settings; there are: %s",
                  TEXT_ARG(text_cut(name, 64)), known.data);
    else
        error_set(reterr, "there is no [tool %.*s] in the settings, nor any other [tool NAME]",
                  TEXT_ARG(text_cut(name, 64)));
    buf_done(&known);
    return -EINVAL;
}

/* Asked for by several, it is all that any of them asks for. */
static int add(const struct config *config, struct text name, struct tool_wish *wish,
               struct tool_wish_one **ret, struct error *reterr)
{
    const struct config_tool *tool = config_tool_by_name(config, name);
    if (!tool)
        return refuse_unknown(config, name, reterr);
    *ret = find(wish, tool);
    if (*ret)
        return 0;
    if (wish->count == TOOL_WISH_MAX) {
        error_set(reterr, "more than %d tool servers are asked for", TOOL_WISH_MAX);
        return -EINVAL;
    }
    *ret = &wish->at[wish->count++];
    **ret = (struct tool_wish_one){.tool = tool, .narrowed = true};
    return 0;
}

static int add_all_of(const struct config *config, struct text name, struct tool_wish *wish,
                      struct error *reterr)
{
    struct tool_wish_one *one = NULL;
    int r = add(config, name, wish, &one, reterr);
    if (r == 0 && one)
        one->narrowed = false;
    return r;
}

/* ---- the body */

static int refuse_narrowing(struct error *reterr)
{
    error_set(reterr, "allowed_tools of a tool of type mcp must be a list of names");
    return -EINVAL;
}

/* A name that is longer than those that are kept of a server is that of none. */
static int narrow(struct text names, struct tool_wish_one *one, struct error *reterr)
{
    struct text name, inner;
    if (jsonspan_type(names) == JSONSPAN_OBJECT && jsonspan_get(names, "tool_names", &inner))
        names = inner;
    if (jsonspan_type(names) != JSONSPAN_ARRAY)
        return refuse_narrowing(reterr);
    for (size_t at = 0; jsonspan_next(names, &at, &name);) {
        struct buf word;
        if (jsonspan_type(name) != JSONSPAN_STRING)
            return refuse_narrowing(reterr);
        buf_init(&word, MCP_OWN_NAME_MAX);
        int r = jsonspan_decode(name, &word);
        r = r < 0 ? r : string_list_add(&one->only, buf_text(&word));
        buf_done(&word);
        if (r == -ENOMEM)
            return r;
    }
    return 0;
}

/* Whoever wants to be asked before each call cannot be. */
static int check_approval(struct text approval, struct error *reterr)
{
    enum jsonspan_type type = jsonspan_type(approval);
    if (type == JSONSPAN_NONE || type == JSONSPAN_NULL || jsonspan_name_is(approval, "never"))
        return 0;
    error_set(reterr, "require_approval of a tool of type mcp: nobody can be asked here; leave it "
                      "out, and name in allow of its [tool] what may be called");
    return -EINVAL;
}

static int read_server(const struct config *config, struct text tool, struct tool_wish *wish,
                       struct error *reterr)
{
    struct jsonspan_wanted wanted[] = {{.name = "server_label"},
                                       {.name = "server_url"},
                                       {.name = "allowed_tools"},
                                       {.name = "require_approval"}};
    struct tool_wish_one *one = NULL;
    struct buf label;
    jsonspan_pick(tool, wanted, sizeof(wanted) / sizeof(wanted[0]));
    if (wanted[1].value.at) {
        error_set(reterr, "a tool of type mcp may not bring a server_url: the daemon asks only "
                          "the servers of its settings; name one by server_label, after a [tool "
                          "NAME] section");
        return -EINVAL;
    }
    if (jsonspan_type(wanted[0].value) != JSONSPAN_STRING) {
        error_set(reterr, "a tool of type mcp has no server_label: it is the NAME of a [tool NAME] "
                          "section");
        return -EINVAL;
    }
    buf_init(&label, LABEL_MAX);
    int r = jsonspan_decode(wanted[0].value, &label);
    if (r == -EMSGSIZE)
        r = refuse_unknown(config, text_of("..."), reterr);
    if (r == 0)
        r = add(config, buf_text(&label), wish, &one, reterr);
    buf_done(&label);
    if (r == 0)
        r = check_approval(wanted[3].value, reterr);
    if (r < 0 || !one)
        return r;
    if (!wanted[2].value.at || jsonspan_type(wanted[2].value) == JSONSPAN_NULL)
        one->narrowed = false;
    else
        r = narrow(wanted[2].value, one, reterr);
    return r;
}

static int read_body(const struct config *config, struct text body, struct tool_wish *wish,
                     struct error *reterr)
{
    struct text tools, tool;
    if (body.len == 0 || !jsonspan_get(body, "tools", &tools) ||
        jsonspan_type(tools) != JSONSPAN_ARRAY)
        return 0;
    for (size_t at = 0; jsonspan_next(tools, &at, &tool);) {
        int r = tool_wish_is_server(tool) ? read_server(config, tool, wish, reterr) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- all of it */

static int read_header(const struct config *config, struct text value, struct tool_wish *wish,
                       bool *ret_none, struct error *reterr)
{
    struct text name;
    while (string_list_item(&value, &name)) {
        if (text_equals(name, "none")) {
            *ret_none = true;
            continue;
        }
        int r = add_all_of(config, name, wish, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

int tool_wish_read(const struct config *config, const struct tool_wish_query *query,
                   struct tool_wish *ret, struct error *reterr)
{
    const struct header_field *field;
    bool none = false;
    int r = 0;
    for (size_t at = 0; r == 0 && (field = asked_in(query, &at)) != NULL;)
        r = read_header(config, field->value, ret, &none, reterr);
    if (r == 0)
        r = read_body(config, query->body, ret, reterr);
    for (size_t i = 0; r == 0 && !none && query->token && i < query->token->tools.count; i++)
        r = add_all_of(config, text_of(query->token->tools.at[i]), ret, reterr);
    return r;
}

void tool_wish_done(struct tool_wish *wish)
{
    for (size_t i = 0; i < wish->count; i++)
        string_list_done(&wish->at[i].only);
    *wish = (struct tool_wish){0};
}
