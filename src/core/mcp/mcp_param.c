/*
 * The schema and the arguments are walked over together, property by property. Below any other
 * keyword that has schemas in it there may be no x-mcp-header: which argument it would be of is not
 * said there.
 */
#include "mcp/mcp_param.h"

#include <errno.h>
#include <stdint.h>

#include "http/headers.h"
#include "json/jsonspan.h"
#include "mcp/mcp_field.h"

#define PREFIX "Mcp-Param-"
/* Of one tool; ours to choose. */
#define NAMES_MAX    64
#define NAME_LEN_MAX 128

/* Keywords of JSON Schema 2020-12 (and definitions, of drafts before) that have schemas in them:
 * one, a list of them, or an object of them. */
static const char *const holders[] = {"items",
                                      "prefixItems",
                                      "contains",
                                      "additionalProperties",
                                      "propertyNames",
                                      "unevaluatedProperties",
                                      "unevaluatedItems",
                                      "contentSchema",
                                      "oneOf",
                                      "anyOf",
                                      "allOf",
                                      "not",
                                      "if",
                                      "then",
                                      "else"};
static const char *const maps[] = {"patternProperties", "dependentSchemas", "$defs", "definitions"};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct walk {
    struct text names[NAMES_MAX]; /* those met so far */
    size_t count;
    bool wrong;
    struct buf *headers; /* NULL: it is only looked at */
    struct buf key;      /* of the property at hand, decoded */
    int r;               /* the first error of buf */
};

static bool is_one_of(struct text name, const char *const *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (jsonspan_name_is(name, table[i]))
            return true;
    return false;
}

static bool same_nocase(struct text a, struct text b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (text_lower(a.at[i]) != text_lower(b.at[i]))
            return false;
    return true;
}

static bool may_have_one(struct text type)
{
    return jsonspan_type(type) == JSONSPAN_STRING &&
           (jsonspan_name_is(type, "string") || jsonspan_name_is(type, "integer") ||
            jsonspan_name_is(type, "boolean"));
}

/* The value of x-mcp-header, taken into the names; false: it is wrong. */
static bool take_name(struct walk *walk, struct text value, struct text *ret)
{
    if (jsonspan_type(value) != JSONSPAN_STRING || walk->count == NAMES_MAX)
        return false;
    *ret = text_make(value.at + 1, value.len - 2);
    if (ret->len > NAME_LEN_MAX || !header_name_valid(*ret))
        return false;
    for (size_t i = 0; i < walk->count; i++)
        if (same_nocase(walk->names[i], *ret))
            return false;
    walk->names[walk->count++] = *ret;
    return true;
}

/* Numbers as digits where they are whole, and no argument without a value. */
static int write_value(struct text name, struct text argument, struct buf *headers)
{
    struct buf value, field;
    int64_t whole;
    int r = 0;
    buf_init(&value, argument.len + sizeof("-9223372036854775808"));
    buf_init(&field, sizeof(PREFIX) + NAME_LEN_MAX);
    switch (jsonspan_type(argument)) {
    case JSONSPAN_STRING:
        r = jsonspan_decode(argument, &value);
        break;
    case JSONSPAN_NUMBER:
        if (jsonspan_whole(argument, &whole) && whole != INT64_MAX && whole != INT64_MIN)
            r = buf_printf(&value, "%lld", (long long)whole);
        else
            r = buf_append_text(&value, argument);
        break;
    case JSONSPAN_TRUE:
    case JSONSPAN_FALSE:
        r = buf_append_text(&value, argument);
        break;
    case JSONSPAN_NONE:
    case JSONSPAN_OBJECT:
    case JSONSPAN_ARRAY:
    case JSONSPAN_NULL:
        goto done;
    }
    if (r == 0)
        r = buf_printf(&field, PREFIX "%.*s", TEXT_ARG(name));
    if (r == 0)
        r = mcp_field_write(buf_text(&field), buf_text(&value), headers);
done:
    buf_done(&field);
    buf_done(&value);
    return r;
}

static void walk_schema(struct walk *walk, struct text schema, const struct text *argument);

/* argument: of the property that the schema is of, at NULL where it is not there; NULL: of none. */
static void walk_own(struct walk *walk, struct text schema, const struct text *argument)
{
    struct jsonspan_wanted own[] = {{.name = "x-mcp-header"}, {.name = "type"}};
    struct text name;
    jsonspan_pick(schema, own, COUNT(own));
    if (!own[0].value.at)
        return;
    if (!argument || !may_have_one(own[1].value) || !take_name(walk, own[0].value, &name))
        walk->wrong = true;
    else if (walk->headers && walk->r == 0)
        walk->r = write_value(name, *argument, walk->headers);
}

/* The argument of that name; at NULL: it is not there. */
static struct text find_argument(struct walk *walk, struct text arguments, struct text name)
{
    struct text value;
    buf_reset(&walk->key);
    if (jsonspan_type(arguments) != JSONSPAN_OBJECT || jsonspan_decode(name, &walk->key) < 0 ||
        memchr(walk->key.data ? walk->key.data : "", '\0', walk->key.len) ||
        !jsonspan_get(arguments, walk->key.data ? walk->key.data : "", &value))
        return (struct text){0};
    return value;
}

static void walk_properties(struct walk *walk, struct text properties, const struct text *within)
{
    struct text name, schema;
    size_t position = 0;
    while (jsonspan_member(properties, &position, &name, &schema)) {
        const struct text argument = within ? find_argument(walk, *within, name) : (struct text){0};
        walk_schema(walk, schema, within ? &argument : NULL);
    }
}

/* One schema, or all of a list or an object of them, which no property leads to. */
static void walk_others(struct walk *walk, struct text value, bool is_map)
{
    struct text name, schema;
    size_t position = 0;
    if (jsonspan_type(value) == JSONSPAN_ARRAY)
        while (jsonspan_next(value, &position, &schema))
            walk_schema(walk, schema, NULL);
    else if (is_map)
        while (jsonspan_member(value, &position, &name, &schema))
            walk_schema(walk, schema, NULL);
    else
        walk_schema(walk, value, NULL);
}

static void walk_below(struct walk *walk, struct text schema, const struct text *argument)
{
    struct text name, value;
    size_t position = 0;
    while (!walk->wrong && jsonspan_member(schema, &position, &name, &value)) {
        if (jsonspan_name_is(name, "properties"))
            walk_properties(walk, value, argument);
        else if (is_one_of(name, maps, COUNT(maps)))
            walk_others(walk, value, true);
        else if (is_one_of(name, holders, COUNT(holders)))
            walk_others(walk, value, false);
    }
}

static void walk_schema(struct walk *walk, struct text schema, const struct text *argument)
{
    if (jsonspan_type(schema) != JSONSPAN_OBJECT)
        return;
    walk_own(walk, schema, argument);
    walk_below(walk, schema, argument);
}

/* The schema of all arguments is that of no argument. */
static void walk_root(struct walk *walk, struct text schema, struct text arguments)
{
    buf_init(&walk->key, schema.len);
    if (jsonspan_type(schema) == JSONSPAN_OBJECT) {
        walk_own(walk, schema, NULL);
        walk_below(walk, schema, &arguments);
    }
    buf_done(&walk->key);
}

bool mcp_param_valid(struct text schema)
{
    struct walk walk = {0};
    walk_root(&walk, schema, (struct text){0});
    return !walk.wrong;
}

int mcp_param_write(struct text schema, struct text arguments, struct buf *headers)
{
    struct walk walk = {.headers = headers};
    walk_root(&walk, schema, arguments);
    return walk.r;
}
