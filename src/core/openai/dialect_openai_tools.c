/*
 * Tools and what chooses among them: tools and tool_choice, and functions and function_call, which
 * they were before.
 */
#include <errno.h>
#include <string.h>

#include "openai/dialect_openai.h"

/* The legacy functions are the tools without an object around them. */
static int read_tool(struct chat_request *request, const json_t *function, struct error *reterr)
{
    const json_t *parameters = json_object_get(function, "parameters");
    struct chat_tool *tool = chat_add_tool(request);
    if (!tool)
        return -ENOMEM;
    *tool = (struct chat_tool){
        .name = chat_json_text(json_object_get(function, "name")),
        .description = chat_json_text(json_object_get(function, "description")),
        .parameters = json_is_object(parameters) ? parameters : NULL,
        .strict = json_is_true(json_object_get(function, "strict")),
    };
    if (tool->name.len)
        return 0;
    error_set(reterr, "a tool without a name");
    return -EINVAL;
}

/* What a tool has beside its function, and a function beside what is carried over. */
static void drop_rest(const struct chat_request *request, const json_t *tool,
                      const json_t *function, bool legacy)
{
    static const char *const outside[] = {"type", "function", "cache_control", NULL};
    static const char *const plain[] = {"name", "description", "parameters", NULL};
    static const char *const strict[] = {"name", "description", "parameters", "strict", NULL};
    bool carried = (request->carries & CHAT_CARRY_STRICT) != 0;
    const char *prefix = legacy ? "functions" : "tools";
    if (!legacy)
        dialect_openai_drop_members(request, tool, prefix, outside);
    dialect_openai_drop_members(request, function, prefix, carried ? strict : plain);
}

/* A tool that is no function (custom, web_search ...) cannot be offered by others. */
static const json_t *function_of(const json_t *tool, bool legacy)
{
    return legacy ? tool : json_object_get(tool, "function");
}

static int read_list(struct chat_request *request, const json_t *list, bool legacy,
                     struct error *reterr)
{
    size_t i;
    json_t *tool;
    json_array_foreach (list, i, tool) {
        const json_t *function = function_of(tool, legacy);
        if (!json_is_object(function)) {
            chat_drop(request, legacy ? "functions.type" : "tools.type");
            continue;
        }
        drop_rest(request, tool, function, legacy);
        int r = read_tool(request, function, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

static struct text name_of(const json_t *choice)
{
    json_t *function = json_object_get(choice, "function");
    return chat_json_text(json_object_get(function ? function : choice, "name"));
}

static bool is_allowed(const struct chat_tool *tool, const void *allowed)
{
    size_t i;
    json_t *one;
    json_array_foreach ((json_t *)(uintptr_t)allowed, i, one) {
        struct text name = name_of(one);
        if (text_same(name, tool->name))
            return true;
    }
    return false;
}

/* {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [...]}} */
static int keep_allowed(struct chat_request *request, const json_t *allowed, struct error *reterr)
{
    bool required = text_equals(chat_json_text(json_object_get(allowed, "mode")), "required");
    if (chat_keep_tools(request, is_allowed, json_object_get(allowed, "tools")) > 0)
        return chat_choose(request, required ? CHAT_CHOICE_ANY : CHAT_CHOICE_AUTO, (struct text){0},
                           "tool_choice", reterr);
    error_set(reterr, "tool_choice names no tool of the request");
    return -EINVAL;
}

/* field: tool_choice or function_call, which say the same in the same words. Any other word than
 * these forces a call, too: required, any. */
static int read_choice(struct chat_request *request, const char *field, struct error *reterr)
{
    const json_t *choice = json_object_get(request->root, field);
    struct text word = chat_json_text(choice);
    const json_t *allowed = json_object_get(choice, "allowed_tools");
    if (!choice || json_is_null(choice) || text_equals(word, "auto"))
        return 0;
    if (json_is_object(allowed))
        return keep_allowed(request, allowed, reterr);
    enum chat_choice wish = text_equals(word, "none") ? CHAT_CHOICE_NONE
                            : json_is_object(choice)  ? CHAT_CHOICE_NAMED
                                                      : CHAT_CHOICE_ANY;
    return chat_choose(request, wish, name_of(choice), field, reterr);
}

int dialect_openai_tools(struct chat_request *request, struct error *reterr)
{
    const json_t *root = request->root;
    int r = read_list(request, json_object_get(root, "tools"), false, reterr);
    if (r == 0)
        r = read_list(request, json_object_get(root, "functions"), true, reterr);
    if (r == 0)
        r = read_choice(request, "tool_choice", reterr);
    if (r == 0)
        r = read_choice(request, "function_call", reterr);
    return r;
}
