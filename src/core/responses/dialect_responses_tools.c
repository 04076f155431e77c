/*
 * Tools are flat objects here: {"type": "function" | "custom", "name", ...}, or a group of them,
 * {"type": "namespace", "name", "description", "tools"}. All others are run by the cloud: they are
 * left out and named.
 *
 * A group's description goes in front of its first tool's: there is no other place for it.
 */
#include <errno.h>
#include <stdio.h>

#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "responses/dialect_responses.h"
#include "text/count.h"

/* What is put together out of two texts of a request is no longer than any request. */
#define TEXT_MAX ((size_t)1 << 30)

/* A longer name is nobody's. */
#define NAME_MAX_BYTES 64

static struct text member_text(const json_t *object, const char *name)
{
    return chat_json_text(json_object_get(object, name));
}

static bool is_type(const json_t *object, const char *type)
{
    return text_equals(member_text(object, "type"), type);
}

/* FNV-1a, for the end of a name that is too long: the same name becomes the same one each time. */
static uint32_t hash(uint32_t h, struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ (unsigned char)text.at[i]) * 16777619u;
    return h;
}

struct dialect_responses_name dialect_responses_flat(struct text space, struct text name)
{
    struct dialect_responses_name flat = {0};
    size_t max = DIALECT_RESPONSES_NAME_MAX, tail = sizeof("_12345678") - 1;
    size_t room = space.len + name.len <= max ? max : max - tail;
    size_t front = space.len < room ? space.len : room;
    size_t back = name.len < room - front ? name.len : room - front;
    if (front)
        memcpy(flat.at, space.at, front);
    if (back)
        memcpy(flat.at + front, name.at, back);
    flat.len = front + back;
    if (room < max) {
        uint32_t h = hash(hash(2166136261u, space), name);
        flat.len += (size_t)snprintf(flat.at + flat.len, tail + 1, "_%08x", (unsigned)h);
    }
    return flat;
}

/* ---- there: the tools of a request */

/* Texts that are made are kept in the tree, which owns all others, too. */
static int keep(json_t *tool, const char *member, const char *bytes, size_t len, struct text *ret)
{
    json_t *string = json_stringn(bytes, len);
    if (json_object_set_new(tool, member, string) < 0)
        return -ENOMEM;
    *ret = chat_json_text(string);
    return 0;
}

/* What a custom tool takes: {"type": "text"}, or a grammar, {"type", "syntax", "definition"}. */
static struct text format_of(const json_t *tool)
{
    return member_text(json_object_get(tool, "format"), "definition");
}

static bool is_offered(const struct chat_request *request, struct text name)
{
    for (size_t i = 0; i < request->tool_count; i++)
        if (text_same(request->tools[i].name, name))
            return true;
    return false;
}

/* Functions are strict here unless it is said otherwise: nobody misses the word. */
static void drop_rest(const struct chat_request *request, const json_t *tool)
{
    static const char *const known[] = {"type",   "name",   "description",   "parameters",
                                        "strict", "format", "cache_control", NULL};
    dialect_openai_drop_members(request, tool, "tools", known);
}

/* group: the namespace that it stands in; NULL = none. */
static int read_tool(struct chat_request *request, json_t *tool, const json_t *group,
                     struct error *reterr)
{
    const json_t *parameters = json_object_get(tool, "parameters");
    struct chat_tool read = {
        .kind = is_type(tool, "custom") ? CHAT_TOOL_CUSTOM : CHAT_TOOL_FUNCTION,
        .name = member_text(tool, "name"),
        .description = member_text(tool, "description"),
        .parameters = json_is_object(parameters) ? parameters : NULL,
        .strict = json_is_true(json_object_get(tool, "strict")),
        .format = format_of(tool),
    };
    if (read.name.len == 0) {
        error_set(reterr, "a tool without a name");
        return -EINVAL;
    }
    drop_rest(request, tool);
    if (group) {
        struct dialect_responses_name flat =
            dialect_responses_flat(member_text(group, "name"), read.name);
        int r = keep(tool, "understudy.name", flat.at, flat.len, &read.name);
        if (r < 0)
            return r;
    }
    if (is_offered(request, read.name)) { /* a call of that name could mean either */
        chat_drop(request, "tools.name");
        return 0;
    }
    struct chat_tool *added = chat_add_tool(request);
    if (!added)
        return -ENOMEM;
    *added = read;
    return 0;
}

/* The group's description and the tool's, in one. */
static int describe(json_t *first, struct chat_tool *tool, struct text group)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    int r = buf_append_text(&text, group);
    if (r == 0 && tool->description.len)
        r = buf_append_string(&text, "\n\n");
    if (r == 0)
        r = buf_append_text(&text, tool->description);
    if (r == 0)
        r = keep(first, "description", text.data, text.len, &tool->description);
    buf_done(&text);
    return r < 0 ? -ENOMEM : 0;
}

void dialect_responses_drop_type(const struct chat_request *request, const char *list,
                                 const json_t *item)
{
    char field[NAME_MAX_BYTES];
    struct text type = member_text(item, "type");
    int len = snprintf(field, sizeof(field), "%s.%.*s", list, TEXT_ARG(type));
    bool fits = type.len > 0 && len > 0 && (size_t)len < sizeof(field);
    if (!fits)
        (void)snprintf(field, sizeof(field), "%s.type", list);
    chat_drop(request, field);
}

static bool is_ours(const json_t *tool)
{
    return is_type(tool, "function") || is_type(tool, "custom");
}

static int read_group(struct chat_request *request, const json_t *group, struct error *reterr)
{
    static const char *const known[] = {"type", "name", "description", "tools", NULL};
    size_t i, before = request->tool_count;
    json_t *tool, *first = NULL;
    if (member_text(group, "name").len == 0) {
        error_set(reterr, "a namespace of tools without a name");
        return -EINVAL;
    }
    dialect_openai_drop_members(request, group, "tools", known);
    json_array_foreach (json_object_get(group, "tools"), i, tool) {
        if (!is_ours(tool)) {
            dialect_responses_drop_type(request, "tools", tool);
            continue;
        }
        int r = read_tool(request, tool, group, reterr);
        if (r < 0)
            return r;
        if (!first && request->tool_count > before)
            first = tool;
    }
    struct text description = member_text(group, "description");
    return first && description.len ? describe(first, &request->tools[before], description) : 0;
}

static int read_list(struct chat_request *request, const json_t *list, struct error *reterr)
{
    size_t i;
    json_t *tool;
    int r = 0;
    json_array_foreach (list, i, tool) {
        if (is_ours(tool))
            r = read_tool(request, tool, NULL, reterr);
        else if (is_type(tool, "namespace"))
            r = read_group(request, tool, reterr);
        else
            dialect_responses_drop_type(request, "tools", tool);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- what chooses among them */

/* The name by which the tool of a choice is offered; in flat where it is made. */
static struct text offered_name(const json_t *choice, struct dialect_responses_name *flat)
{
    struct text space = member_text(choice, "namespace"), own = member_text(choice, "name");
    if (space.len == 0)
        return own;
    *flat = dialect_responses_flat(space, own);
    return text_make(flat->at, flat->len);
}

static bool is_allowed(const struct chat_tool *tool, const void *allowed)
{
    struct dialect_responses_name flat;
    size_t i;
    json_t *one;
    json_array_foreach ((json_t *)(uintptr_t)allowed, i, one)
        if (text_same(tool->name, offered_name(one, &flat)))
            return true;
    return false;
}

/* {"type": "allowed_tools", "mode": "auto" | "required", "tools": [{"type", "name"}]} */
static int keep_allowed(struct chat_request *request, const json_t *choice, struct error *reterr)
{
    bool required = text_equals(member_text(choice, "mode"), "required");
    if (chat_keep_tools(request, is_allowed, json_object_get(choice, "tools")) > 0)
        return chat_choose(request, required ? CHAT_CHOICE_ANY : CHAT_CHOICE_AUTO, (struct text){0},
                           "tool_choice", reterr);
    error_set(reterr, "tool_choice names no tool of the request");
    return -EINVAL;
}

static int choose_named(struct chat_request *request, json_t *choice, struct error *reterr)
{
    struct dialect_responses_name flat;
    struct text name = offered_name(choice, &flat);
    int r = keep(choice, "understudy.name", name.at, name.len, &name);
    return r < 0 ? r : chat_choose(request, CHAT_CHOICE_NAMED, name, "tool_choice", reterr);
}

static int read_choice(struct chat_request *request, json_t *choice, struct error *reterr)
{
    static const struct {
        const char *word;
        enum chat_choice choice;
    } words[] = {{"none", CHAT_CHOICE_NONE}, {"required", CHAT_CHOICE_ANY}};
    struct text word = chat_json_text(choice);
    if (!choice || json_is_null(choice) || text_equals(word, "auto"))
        return 0;
    for (size_t i = 0; i < COUNT(words); i++)
        if (text_equals(word, words[i].word))
            return chat_choose(request, words[i].choice, (struct text){0}, "tool_choice", reterr);
    if (is_type(choice, "allowed_tools"))
        return keep_allowed(request, choice, reterr);
    if (is_ours(choice))
        return choose_named(request, choice, reterr);
    chat_drop(request, "tool_choice"); /* a tool that the cloud runs, or what nobody knows */
    return 0;
}

int dialect_responses_tools(struct chat_request *request, struct error *reterr)
{
    int r = read_list(request, json_object_get(request->root, "tools"), reterr);
    return r < 0 ? r : read_choice(request, json_object_get(request->root, "tool_choice"), reterr);
}

/* ---- and back: which of the app's tools a call means */

static bool is_offered_as(const json_t *tool, struct text space, struct text offered)
{
    struct text name = member_text(tool, "name");
    if (!is_ours(tool) || space.len == 0)
        return is_ours(tool) && text_same(name, offered);
    struct dialect_responses_name flat = dialect_responses_flat(space, name);
    return text_same(text_make(flat.at, flat.len), offered);
}

static bool find_in(const json_t *list, struct text space, struct text offered,
                    struct dialect_responses_tool *ret)
{
    size_t i;
    json_t *tool;
    json_array_foreach (list, i, tool) {
        if (is_offered_as(tool, space, offered)) {
            *ret = (struct dialect_responses_tool){space, member_text(tool, "name"),
                                                   is_type(tool, "custom")};
            return true;
        }
        if (space.len == 0 && is_type(tool, "namespace") &&
            find_in(json_object_get(tool, "tools"), member_text(tool, "name"), offered, ret))
            return true;
    }
    return false;
}

bool dialect_responses_find(const json_t *tools, struct text offered,
                            struct dialect_responses_tool *ret)
{
    return find_in(tools, text_make("", 0), offered, ret);
}

bool dialect_responses_wrapped(struct text arguments, struct text *ret)
{
    struct text name, other;
    size_t position = 0;
    if (jsonspan_check(arguments, NULL) < 0 || jsonspan_type(arguments) != JSONSPAN_OBJECT)
        return false;
    if (jsonspan_get(arguments, "input", ret) && jsonspan_type(*ret) == JSONSPAN_STRING)
        return true;
    return jsonspan_member(arguments, &position, &name, ret) &&
           jsonspan_type(*ret) == JSONSPAN_STRING &&
           !jsonspan_member(arguments, &position, &name, &other);
}
