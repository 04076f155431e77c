/* See tool_kit.h. */
#include "tools/tool_kit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/buf.h"
#include "text/string_list.h"

static int note_down(struct tool_kit *kit, const struct config_tool *tool)
{
    struct buf names;
    buf_init(&names, TOOL_KIT_DOWN_MAX);
    int r = buf_printf(&names, "%s%stool:%s", kit->down ? kit->down : "", kit->down ? ", " : "",
                       tool->name);
    char *down = r == 0 ? buf_steal(&names, NULL) : NULL;
    buf_done(&names);
    if (!down)
        return r == -EMSGSIZE ? 0 : -ENOMEM;
    free(kit->down);
    kit->down = down;
    return 0;
}

static void done_one(struct tool_kit_one *one)
{
    free(one->own);
    free(one->offered);
    free(one->description);
    free(one->parameters);
}

static int put(struct tool_kit *kit, const struct config_tool *tool, const struct mcp_tool *from)
{
    struct tool_kit_one *at = realloc(kit->at, (kit->count + 1) * sizeof(*at));
    if (!at)
        return -ENOMEM;
    kit->at = at;
    struct tool_kit_one one = {.tool = tool,
                               .own = strdup(from->own),
                               .offered = strdup(from->offered),
                               .description = strdup(from->description),
                               .parameters = strdup(from->parameters)};
    if (!one.own || !one.offered || !one.description || !one.parameters) {
        done_one(&one);
        return -ENOMEM;
    }
    kit->at[kit->count++] = one;
    return 0;
}

int tool_kit_add(struct tool_kit *kit, const struct tool_wish_one *wish,
                 const struct mcp_tools *tools)
{
    size_t before = kit->count;
    int r = 0;
    kit->asked[kit->asked_count++] = wish->tool;
    for (size_t i = 0; r == 0 && tools && i < tools->count; i++)
        if (!wish->narrowed || string_list_has(&wish->only, text_of(tools->at[i].own)))
            r = put(kit, wish->tool, &tools->at[i]);
    if (r == 0 && kit->count == before)
        r = note_down(kit, wish->tool);
    return r;
}

void tool_kit_done(struct tool_kit *kit)
{
    for (size_t i = 0; i < kit->count; i++)
        done_one(&kit->at[i]);
    free(kit->at);
    free(kit->down);
    *kit = (struct tool_kit){0};
}

const struct tool_kit_one *tool_kit_find(const struct tool_kit *kit, struct text name)
{
    for (size_t i = 0; i < kit->count; i++)
        if (text_equals(name, kit->at[i].offered))
            return &kit->at[i];
    return NULL;
}

bool tool_kit_is_ours(const void *arg, struct text name)
{
    const struct tool_kit *kit = arg;
    for (size_t i = 0; i < kit->asked_count; i++) {
        const char *server = kit->asked[i]->name;
        size_t len = strlen(server);
        if (text_starts(name, server) && text_starts(text_skip(name, len), "__"))
            return true;
    }
    return false;
}
