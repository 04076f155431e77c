/*
 * Tools and what chooses among them. A tool without a schema is one of Anthropic's own: whether its
 * server runs it (web_search_20250305) or the app (bash_20250124), no other model knows what it
 * takes. It is left out and named by its type.
 */
#include <errno.h>

#include "anthropic/dialect_anthropic.h"
#include "openai/dialect_openai.h"
#include "text/count.h"

/* How soon the input is sent, and whether the tool is to be shown only once it was searched for,
 * changes nothing of what can be called. */
static void drop_rest(const struct chat_request *request, const json_t *tool, bool strict)
{
    static const char *const known[] = {"type",          "name",          "description",
                                        "input_schema",  "cache_control", "eager_input_streaming",
                                        "defer_loading", "strict",        NULL};
    dialect_openai_drop_members(request, tool, "tools", known);
    if (strict && !(request->carries & CHAT_CARRY_STRICT))
        chat_drop(request, "tools.strict");
}

static int read_tool(struct chat_request *request, const json_t *json, struct error *reterr)
{
    const json_t *schema = json_object_get(json, "input_schema");
    struct text name = chat_json_text(json_object_get(json, "name"));
    bool strict = json_is_true(json_object_get(json, "strict"));
    if (name.len == 0) {
        error_set(reterr, "a tool without a name");
        return -EINVAL;
    }
    if (schema && !json_is_null(schema) && !json_is_object(schema)) {
        error_set(reterr, "a tool whose input_schema is not an object");
        return -EINVAL;
    }
    struct chat_tool *tool = chat_add_tool(request);
    if (!tool)
        return -ENOMEM;
    tool->kind = CHAT_TOOL_FUNCTION;
    tool->name = name;
    tool->description = chat_json_text(json_object_get(json, "description"));
    tool->parameters = json_is_object(schema) ? schema : NULL;
    tool->strict = strict && request->carries & CHAT_CARRY_STRICT;
    drop_rest(request, json, strict);
    return 0;
}

static bool has_schema(const json_t *tool)
{
    struct text type = chat_json_text(json_object_get(tool, "type"));
    return type.len == 0 || text_equals(type, "custom");
}

static int read_tools(struct chat_request *request, const json_t *tools, struct error *reterr)
{
    size_t i;
    json_t *tool;
    if (tools && !json_is_null(tools) && !json_is_array(tools)) {
        error_set(reterr, "tools is not an array");
        return -EINVAL;
    }
    json_array_foreach (tools, i, tool) {
        struct error why = ERROR_NONE;
        if (!has_schema(tool)) {
            chat_drop(request, json_string_value(json_object_get(tool, "type")));
            continue;
        }
        int r = read_tool(request, tool, &why);
        if (r < 0)
            return r == -EINVAL ? dialect_anthropic_inside(reterr, "tools", i, &why) : r;
    }
    return 0;
}

/* Can it not be chosen, because it was left out? */
static bool was_left_out(const json_t *tools, struct text name)
{
    size_t i;
    json_t *tool;
    json_array_foreach (tools, i, tool)
        if (!has_schema(tool) && text_same(chat_json_text(json_object_get(tool, "name")), name))
            return true;
    return false;
}

int dialect_anthropic_tools(struct chat_request *request, struct error *reterr)
{
    static const char *const known[] = {"type", "name", "disable_parallel_tool_use", NULL};
    static const struct {
        const char *word;
        enum chat_choice choice;
    } words[] = {
        {"auto", CHAT_CHOICE_AUTO},
        {"any", CHAT_CHOICE_ANY},
        {"tool", CHAT_CHOICE_NAMED},
        {"none", CHAT_CHOICE_NONE},
    };
    const json_t *tools = json_object_get(request->root, "tools");
    const json_t *choice = json_object_get(request->root, "tool_choice");
    struct text type = chat_json_text(json_object_get(choice, "type"));
    struct text name = chat_json_text(json_object_get(choice, "name"));
    int r = read_tools(request, tools, reterr);
    if (r < 0 || !choice || json_is_null(choice))
        return r;
    dialect_openai_drop_members(request, choice, "tool_choice", known);
    request->one_call = json_is_true(json_object_get(choice, "disable_parallel_tool_use"));
    for (size_t i = 0; i < COUNT(words); i++) {
        if (!text_equals(type, words[i].word))
            continue;
        bool left_out = words[i].choice == CHAT_CHOICE_NAMED && was_left_out(tools, name);
        bool forces = words[i].choice == CHAT_CHOICE_ANY || left_out;
        if (left_out || (forces && request->tool_count == 0)) {
            chat_drop(request, "tool_choice");
            return 0;
        }
        return chat_choose(request, words[i].choice, name, "tool_choice", reterr);
    }
    error_set(reterr, "tool_choice.type is none of auto, any, tool and none");
    return -EINVAL;
}
