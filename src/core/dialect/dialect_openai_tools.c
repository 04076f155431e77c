/*
 * Tools and what chooses among them. Nobody but the model's maker can force a call, so what forces
 * is narrowed down (only the tool that was named is offered) and reported; what forbids is exact.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/dialect_openai.h"

/* The legacy functions are the tools without an object around them. */
static int read_tool(const json_t *function, struct chat_tool *ret, struct error *reterr)
{
    const json_t *parameters = json_object_get(function, "parameters");
    *ret = (struct chat_tool){
        .name = chat_json_text(json_object_get(function, "name")),
        .description = chat_json_text(json_object_get(function, "description")),
        .parameters = json_is_object(parameters) ? parameters : NULL,
    };
    if (ret->name.len)
        return 0;
    error_set(reterr, "a tool without a name");
    return -EINVAL;
}

/* What a tool has beside its function, and a function beside what is carried over. */
static void drop_rest(const struct chat_request *request, const json_t *tool,
                      const json_t *function, bool legacy)
{
    static const char *const outside[] = {"type", "function", "cache_control", NULL};
    static const char *const inside[] = {"name", "description", "parameters", NULL};
    const char *prefix = legacy ? "functions" : "tools";
    if (!legacy)
        dialect_openai_drop_members(request, tool, prefix, outside);
    dialect_openai_drop_members(request, function, prefix, inside);
}

/* A tool that is no function (custom, web_search ...) cannot be offered by others. */
static const json_t *function_of(const json_t *tool, bool legacy)
{
    return legacy ? tool : json_object_get(tool, "function");
}

static int read_list(struct chat_request *request, const json_t *list, bool legacy,
                     struct error *reterr)
{
    size_t room = request->tool_count + json_array_size(list);
    struct chat_tool *tools = reallocarray(request->tools, room + 1, sizeof(*tools));
    if (!tools)
        return -ENOMEM;
    request->tools = tools;
    size_t i;
    json_t *tool;
    json_array_foreach (list, i, tool) {
        const json_t *function = function_of(tool, legacy);
        if (!json_is_object(function)) {
            chat_drop(request, legacy ? "functions.type" : "tools.type");
            continue;
        }
        drop_rest(request, tool, function, legacy);
        int r = read_tool(function, &tools[request->tool_count], reterr);
        if (r < 0)
            return r;
        request->tool_count++;
    }
    return 0;
}

static bool is_named(struct text name, const json_t *names)
{
    size_t i;
    json_t *one;
    json_array_foreach (names, i, one) {
        struct text wanted = chat_json_text(one);
        if (name.len == wanted.len && memcmp(name.at, wanted.at, name.len) == 0)
            return true;
    }
    return false;
}

/* Keeps the tools whose name is among the names. */
static int keep_only(struct chat_request *request, const json_t *names, struct error *reterr)
{
    size_t kept = 0;
    for (size_t i = 0; i < request->tool_count; i++)
        if (is_named(request->tools[i].name, names))
            request->tools[kept++] = request->tools[i];
    request->tool_count = kept;
    if (kept)
        return 0;
    error_set(reterr, "tool_choice names no tool of the request");
    return -EINVAL;
}

static json_t *name_of(const json_t *choice)
{
    json_t *function = json_object_get(choice, "function");
    return json_object_get(function ? function : choice, "name");
}

static int keep_named(struct chat_request *request, const json_t *choice, struct error *reterr)
{
    json_auto_t *names = json_pack("[O?]", name_of(choice));
    return names ? keep_only(request, names, reterr) : -ENOMEM;
}

/* {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [...]}} */
static int keep_allowed(struct chat_request *request, const json_t *allowed, struct error *reterr)
{
    json_auto_t *names = json_array();
    size_t i;
    json_t *tool;
    json_array_foreach (json_object_get(allowed, "tools"), i, tool)
        if (name_of(tool) && json_array_append(names, name_of(tool)) < 0)
            return -ENOMEM;
    if (text_equals(chat_json_text(json_object_get(allowed, "mode")), "required"))
        chat_drop(request, "tool_choice");
    return names ? keep_only(request, names, reterr) : -ENOMEM;
}

/* field: tool_choice or function_call, which say the same in the same words. */
static int read_choice(struct chat_request *request, const char *field, struct error *reterr)
{
    const json_t *choice = json_object_get(request->root, field);
    struct text word = chat_json_text(choice);
    const json_t *allowed = json_object_get(choice, "allowed_tools");
    if (text_equals(word, "none"))
        request->tool_count = 0;
    if (!choice || json_is_null(choice) || text_equals(word, "none") || text_equals(word, "auto"))
        return 0;
    if (json_is_object(allowed))
        return keep_allowed(request, allowed, reterr);
    chat_drop(request, field);
    return json_is_object(choice) ? keep_named(request, choice, reterr) : 0;
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
