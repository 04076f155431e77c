/*
 * response_format. OpenAI's own has its schema in json_schema.schema; other servers of the dialect,
 * and the apps that were made for them, have it elsewhere:
 *
 *     {"type": "json_object", "schema": S}                     llama.cpp, Together, Anyscale
 *     {"type": "json_schema", "schema": S}                     llama.cpp
 *     {"type": "json_schema", "json_schema": S}                TensorRT-LLM
 *     {"type": "json_schema", "value": S | {"schema": S}}      TGI
 *
 * (Their READMEs and API pages, read 2026-11.)
 */
#include <errno.h>

#include "openai/dialect_openai.h"
#include "text/count.h"

/* A schema itself, and not an object around one? */
static bool is_schema(const json_t *value)
{
    static const char *const marks[] = {"type",  "properties", "$ref",  "anyOf", "oneOf",
                                        "allOf", "enum",       "const", "items"};
    for (size_t i = 0; i < COUNT(marks); i++)
        if (json_object_get(value, marks[i]))
            return true;
    return false;
}

/* The schema in an object around it, or that is it; what stands beside it cannot be carried. */
static const json_t *schema_in(const struct chat_request *request, const json_t *value)
{
    static const char *const plain[] = {"name", "schema", NULL};
    static const char *const strict[] = {"name", "schema", "strict", NULL};
    bool carried = (request->carries & CHAT_CARRY_STRICT) != 0;
    const json_t *inner = json_object_get(value, "schema");
    if (!json_is_object(inner) && is_schema(value))
        return value;
    dialect_openai_drop_members(request, value, "response_format", carried ? strict : plain);
    if (inner && !json_is_object(inner) && !json_is_null(inner))
        chat_drop(request, "response_format.schema");
    return json_is_object(inner) ? inner : NULL;
}

static const json_t *find_schema(const struct chat_request *request, const json_t *format)
{
    static const char *const known[] = {"type", "name", "schema", "json_schema", "value", NULL};
    static const char *const around[] = {"json_schema", "value"};
    const json_t *schema = json_object_get(format, "schema");
    const json_t *found = json_is_object(schema) ? schema : NULL;
    dialect_openai_drop_members(request, format, "response_format", known);
    for (size_t i = 0; i < COUNT(around); i++) {
        const json_t *inner = schema_in(request, json_object_get(format, around[i]));
        found = found ? found : inner;
    }
    if (schema && !json_is_object(schema) && !json_is_null(schema))
        chat_drop(request, "response_format.schema");
    return found;
}

int dialect_openai_format(struct chat_request *request, const json_t *value, struct error *reterr)
{
    struct text type = chat_json_text(json_object_get(value, "type"));
    if (text_equals(type, "text"))
        return 0;
    if (!text_equals(type, "json_object") && !text_equals(type, "json_schema")) {
        error_set(reterr, "response_format of a type that cannot be translated");
        return -EINVAL;
    }
    request->schema = find_schema(request, value);
    request->format = request->schema ? CHAT_FORMAT_SCHEMA : CHAT_FORMAT_JSON;
    const json_t *around = json_object_get(value, "json_schema");
    request->schema_name = chat_json_text(json_object_get(around, "name"));
    request->schema_strict = json_is_true(json_object_get(around, "strict"));
    return 0;
}
