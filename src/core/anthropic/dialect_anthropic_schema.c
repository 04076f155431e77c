/*
 * A JSON schema as Anthropic's structured outputs take it: every object closed, and only the words
 * that its grammar knows (platform.claude.com/docs/en/build-with-claude/structured-outputs, "JSON
 * Schema limitations", read 2026-11). What it does not know goes into the description, as in
 * Anthropic's own SDKs (transform_schema of anthropic-python 2.14): the model reads it, though
 * nothing holds it to it, so it is named.
 *
 * To close an object narrows what may be said: whatever comes still fits the app's schema. Only a
 * map, whose names the schema leaves open, is lost by it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "anthropic/dialect_anthropic.h"
#include "text/count.h"

/* Deeper than any schema that the API compiles. */
#define DEPTH_MAX 64

#define NAME_MAX_BYTES 64

enum keyword { KEPT, SCHEMA, SCHEMAS, LEFT_OUT, LOST };

static const struct {
    const char *name;
    enum keyword keyword;
} keywords[] = {
    {"type", KEPT},
    {"title", KEPT},
    {"description", KEPT},
    {"enum", KEPT},
    {"const", KEPT},
    {"default", KEPT},
    {"required", KEPT},
    {"pattern", KEPT},
    {"$ref", KEPT},
    {"items", SCHEMA},
    {"properties", SCHEMAS},
    {"$defs", SCHEMAS},
    {"definitions", SCHEMAS},
    {"anyOf", SCHEMAS},
    {"allOf", SCHEMAS},
    /* About the schema, and not about what fits it. */
    {"$schema", LEFT_OUT},
    {"$id", LEFT_OUT},
    {"$comment", LEFT_OUT},
};

static const char *const formats[] = {"date-time", "time", "date", "duration", "email",
                                      "hostname",  "uri",  "ipv4", "ipv6",     "uuid"};

static int fit(const struct chat_request *request, json_t *schema, int depth);

static bool is_known_format(const json_t *value)
{
    for (size_t i = 0; i < COUNT(formats); i++)
        if (text_equals(chat_json_text(value), formats[i]))
            return true;
    return false;
}

/* Is it one of the few that depend on their value? */
static bool is_kept_by_value(const char *name, const json_t *value)
{
    if (strcmp(name, "format") == 0)
        return is_known_format(value);
    if (strcmp(name, "minItems") == 0)
        return json_is_integer(value) && json_integer_value(value) <= 1;
    return false;
}

static int fit_all(const struct chat_request *request, json_t *of, int depth)
{
    const char *name;
    json_t *value;
    size_t i;
    int r = 0;
    json_object_foreach (of, name, value)
        r = r < 0 ? r : fit(request, value, depth);
    json_array_foreach (of, i, value)
        r = r < 0 ? r : fit(request, value, depth);
    return r;
}

/* Adds {name: value} to what is told in words. */
static int tell(json_t *told, const char *name, json_t *value)
{
    return json_object_set(told, name, value) < 0 ? -ENOMEM : 0;
}

/* What is to be done with a member of a schema; LOST = it is not known. */
static enum keyword keyword_of(const char *name, const json_t *value)
{
    for (size_t i = 0; i < COUNT(keywords); i++)
        if (strcmp(name, keywords[i].name) == 0)
            return keywords[i].keyword;
    return is_kept_by_value(name, value) ? KEPT : LOST;
}

/* Fitted in its place, or told in words and named. 1: it goes. */
static int fit_member(const struct chat_request *request, const char *name, json_t *value,
                      json_t *told, int depth)
{
    char field[NAME_MAX_BYTES];
    switch (keyword_of(name, value)) {
    case KEPT:
        return 0;
    case SCHEMA:
        return fit(request, value, depth);
    case SCHEMAS:
        return fit_all(request, value, depth);
    case LEFT_OUT:
        return 1;
    case LOST:
        break;
    }
    (void)snprintf(field, sizeof(field), "schema.%s", name);
    chat_drop(request, field);
    int r = tell(told, name, value);
    return r < 0 ? r : 1;
}

/* oneOf is told as anyOf: one that fits is what comes of either. */
static int rename_one_of(json_t *schema)
{
    json_t *one_of = json_object_get(schema, "oneOf");
    if (!json_is_array(one_of) || json_object_get(schema, "anyOf"))
        return 0;
    if (json_object_set(schema, "anyOf", one_of) < 0)
        return -ENOMEM;
    return json_object_del(schema, "oneOf");
}

static bool is_object_type(const json_t *schema)
{
    const json_t *type = json_object_get(schema, "type");
    size_t i;
    const json_t *one;
    if (text_equals(chat_json_text(type), "object"))
        return true;
    json_array_foreach (type, i, one)
        if (text_equals(chat_json_text(one), "object"))
            return true;
    return !type && json_object_get(schema, "properties");
}

/* A map's own schema is told; true, or nothing, asks for no more than it gets. */
static int close_object(const struct chat_request *request, json_t *schema, json_t *told)
{
    json_t *more = json_object_get(schema, "additionalProperties");
    int r = 0;
    if (json_is_object(more) && json_object_size(more)) {
        chat_drop(request, "schema.additionalProperties");
        r = tell(told, "additionalProperties", more);
    }
    if (!is_object_type(schema))
        return r < 0 || !more ? r : json_object_del(schema, "additionalProperties");
    if (r == 0 && json_object_set_new(schema, "additionalProperties", json_false()) < 0)
        r = -ENOMEM;
    return r;
}

static int describe(json_t *schema, const json_t *told)
{
    struct text had = chat_json_text(json_object_get(schema, "description"));
    if (json_object_size(told) == 0)
        return 0;
    char *text = json_dumps(told, JSON_COMPACT);
    json_t *description =
        text ? json_sprintf("%.*s%s%s", TEXT_ARG(had), had.len ? "\n\n" : "", text) : NULL;
    free(text);
    return json_object_set_new(schema, "description", description) < 0 ? -ENOMEM : 0;
}

static int fit_members(const struct chat_request *request, json_t *schema, json_t *told, int depth)
{
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(schema, next, name, value)
    {
        if (strcmp(name, "additionalProperties") == 0)
            continue;
        int r = fit_member(request, name, value, told, depth);
        if (r < 0)
            return r;
        if (r > 0)
            (void)json_object_del(schema, name);
    }
    return 0;
}

static int fit(const struct chat_request *request, json_t *schema, int depth)
{
    if (!json_is_object(schema) || depth > DEPTH_MAX)
        return 0;
    json_auto_t *told = json_object();
    int r = told ? rename_one_of(schema) : -ENOMEM;
    if (r == 0)
        r = close_object(request, schema, told);
    if (r == 0)
        r = fit_members(request, schema, told, depth + 1);
    return r == 0 ? describe(schema, told) : r;
}

json_t *dialect_anthropic_output_schema(const struct chat_request *request)
{
    json_t *schema = json_deep_copy(request->schema);
    if (schema && fit(request, schema, 0) < 0) {
        json_decref(schema);
        return NULL;
    }
    return schema;
}

/*
 * What a tool takes is an object and says so; combinations are not taken on top of it, and are told
 * in the description.
 */
json_t *dialect_anthropic_input_schema(const struct chat_request *request, const json_t *parameters)
{
    static const char *const combined[] = {"oneOf", "anyOf", "allOf"};
    json_t *schema = parameters ? json_deep_copy(parameters) : json_object();
    json_auto_t *told = json_object();
    int r = schema && told ? 0 : -ENOMEM;
    for (size_t i = 0; i < COUNT(combined) && r == 0; i++) {
        char field[NAME_MAX_BYTES];
        json_t *value = json_object_get(schema, combined[i]);
        if (!value)
            continue;
        (void)snprintf(field, sizeof(field), "tools.%s", combined[i]);
        chat_drop(request, field);
        r = tell(told, combined[i], value);
        (void)json_object_del(schema, combined[i]);
    }
    if (r == 0 && !text_equals(chat_json_text(json_object_get(schema, "type")), "object"))
        r = json_object_set_new(schema, "type", json_string("object")) < 0 ? -ENOMEM : 0;
    if (r == 0)
        r = describe(schema, told);
    if (r == 0)
        return schema;
    json_decref(schema);
    return NULL;
}
