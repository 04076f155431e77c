/*
 * Ollama reads a tool's schema into typed structures (api.ToolFunctionParameters,
 * api.ToolProperty). What has another type there makes it refuse the whole request; what it has no
 * member for is lost. So each schema is walked from the top: references and combinations are
 * resolved into the members that are kept (type, properties, items, required, enum, anyOf,
 * description), and those get their types.
 *
 * A schema is the app's, not ours: nesting, chains of references and the size of the result are
 * bounded, since n definitions that each name the next one twice would grow to 2^n.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ollama/dialect_ollama.h"
#include "text/count.h"

#define DEPTH_MAX 32
#define NODES_MAX 4096
#define REFS_MAX  16
#define STEP_MAX  256 /* of one step of a reference */

struct walk {
    json_t *root;               /* the whole schema, where local references lead */
    const char *refs[REFS_MAX]; /* references that are being followed */
    size_t ref_count;
    size_t depth;
    size_t nodes;
};

static json_t *clean(struct walk *walk, json_t *schema);

/* One step of a JSON pointer (RFC 6901), from behind its slash; false when it cannot be a name. */
static bool read_step(const char **pointer, char ret[STEP_MAX])
{
    size_t len = 0;
    const char *at = *pointer;
    for (; *at && *at != '/'; at++) {
        char c = *at;
        if (c == '~' && (at[1] == '0' || at[1] == '1'))
            c = *++at == '0' ? '~' : '/';
        if (len == STEP_MAX - 1)
            return false;
        ret[len++] = c;
    }
    ret[len] = '\0';
    *pointer = at;
    return true;
}

static json_t *take_step(json_t *from, const char *name)
{
    char *end = NULL;
    if (!json_is_array(from))
        return json_object_get(from, name);
    unsigned long index = strtoul(name, &end, 10);
    return *name && *end == '\0' ? json_array_get(from, index) : NULL;
}

/* What "#/$defs/Name" points at; NULL when that is not here. Borrowed. */
static json_t *look_up(const struct walk *walk, const char *ref)
{
    char name[STEP_MAX];
    json_t *at = walk->root;
    if (*ref++ != '#')
        return NULL;
    while (at && *ref == '/') {
        ref++;
        if (!read_step(&ref, name))
            return NULL;
        at = take_step(at, name);
    }
    return *ref ? NULL : at;
}

static bool is_followed(const struct walk *walk, const char *ref)
{
    for (size_t i = 0; i < walk->ref_count; i++)
        if (strcmp(walk->refs[i], ref) == 0)
            return true;
    return walk->ref_count == REFS_MAX;
}

/* Members of from that to does not have. */
static int add_missing(json_t *to, json_t *from)
{
    return json_is_object(from) ? json_object_update_missing(to, from) : 0;
}

/* What is left of a schema that cannot be written out once more. */
static json_t *outline(json_t *schema)
{
    json_t *brief = json_object();
    json_t *type = json_object_get(schema, "type");
    json_t *description = json_object_get(schema, "description");
    if (brief && ((type && json_object_set(brief, "type", type) < 0) ||
                  (description && json_object_set(brief, "description", description) < 0))) {
        json_decref(brief);
        return NULL;
    }
    return brief;
}

/* The schema with what its $ref points at beside its own members, which win. */
static json_t *follow(struct walk *walk, json_t *schema, const char *ref)
{
    json_t *target = look_up(walk, ref);
    bool again = is_followed(walk, ref);
    json_auto_t *merged = json_copy(schema);
    json_auto_t *brief = again ? outline(target) : NULL;
    if (!merged || (again && !brief) || json_object_del(merged, "$ref") < 0 ||
        add_missing(merged, again ? brief : target) < 0)
        return NULL;
    if (again)
        return clean(walk, merged);
    walk->refs[walk->ref_count++] = ref;
    json_t *cleaned = clean(walk, merged);
    walk->ref_count--;
    return cleaned;
}

/* required of one part of an allOf behind that of the others. */
static int add_required(json_t *to, json_t *part)
{
    json_t *ours = json_object_get(to, "required");
    json_t *theirs = json_object_get(part, "required");
    if (!json_is_array(ours) || !json_is_array(theirs))
        return 0;
    json_auto_t *both = json_copy(ours);
    if (!both || json_array_extend(both, theirs) < 0)
        return -1;
    return json_object_set(to, "required", both);
}

static int add_properties(json_t *to, json_t *part)
{
    json_t *ours = json_object_get(to, "properties");
    json_t *theirs = json_object_get(part, "properties");
    if (!json_is_object(ours) || !json_is_object(theirs))
        return 0;
    json_auto_t *both = json_copy(ours);
    if (!both || json_object_update_missing(both, theirs) < 0)
        return -1;
    return json_object_set(to, "properties", both);
}

/* allOf: what every part demands, in one schema. Pydantic writes {"allOf": [{"$ref": ...}]}. */
static int merge_all_of(struct walk *walk, json_t *to)
{
    size_t i;
    json_t *part;
    json_auto_t *parts = json_incref(json_object_get(to, "allOf"));
    json_array_foreach (parts, i, part) {
        json_auto_t *cleaned = clean(walk, part);
        if (!cleaned || add_required(to, cleaned) < 0 || add_properties(to, cleaned) < 0 ||
            add_missing(to, cleaned) < 0)
            return -1;
    }
    return 0;
}

/* oneOf is an anyOf that says more, const an enum of one. */
static int rename_members(json_t *to)
{
    json_t *one_of = json_object_get(to, "oneOf");
    json_t *only = json_object_get(to, "const");
    if (one_of && !json_object_get(to, "anyOf") && json_object_set(to, "anyOf", one_of) < 0)
        return -1;
    if (only && !json_object_get(to, "enum"))
        return json_object_set_new(to, "enum", json_pack("[O]", only));
    return 0;
}

/* Every value of the object, cleaned. */
static json_t *clean_members(struct walk *walk, json_t *object)
{
    json_t *cleaned = json_object();
    const char *name;
    json_t *value;
    json_object_foreach (object, name, value) {
        if (json_object_set_new(cleaned, name, clean(walk, value)) < 0) {
            json_decref(cleaned);
            return NULL;
        }
    }
    return cleaned;
}

static json_t *clean_items(struct walk *walk, json_t *array)
{
    json_t *cleaned = json_array();
    size_t i;
    json_t *value;
    json_array_foreach (array, i, value) {
        if (json_array_append_new(cleaned, clean(walk, value)) < 0) {
            json_decref(cleaned);
            return NULL;
        }
    }
    return cleaned;
}

static bool is_string(const json_t *value)
{
    return json_is_string(value);
}

/* What JSON Schema has (draft 2020-12, validation, 6.1.1). 0.33 makes a grammar of the schema where
 * the model brings a Jinja template, and refuses the request for any other type. */
static bool is_type(const json_t *value)
{
    static const char *const types[] = {"string", "number", "integer", "boolean",
                                        "object", "array",  "null"};
    for (size_t i = 0; i < COUNT(types); i++)
        if (text_equals(chat_json_text(value), types[i]))
            return true;
    return false;
}

/* Those of an array that are wanted; NULL for what is no array, or holds none. */
static json_t *only(json_t *array, bool (*wanted)(const json_t *value))
{
    json_t *kept = json_array();
    size_t i;
    json_t *value;
    json_array_foreach (array, i, value) {
        if (wanted(value) && json_array_append(kept, value) < 0)
            break;
    }
    if (json_array_size(kept) > 0)
        return kept;
    json_decref(kept);
    return NULL;
}

static json_t *as_type(struct walk *walk, json_t *value)
{
    (void)walk;
    return is_type(value) ? json_incref(value) : only(value, is_type);
}

static json_t *as_strings(struct walk *walk, json_t *value)
{
    (void)walk;
    return only(value, is_string);
}

static json_t *as_string(struct walk *walk, json_t *value)
{
    (void)walk;
    return json_is_string(value) ? json_incref(value) : NULL;
}

static json_t *as_array(struct walk *walk, json_t *value)
{
    (void)walk;
    return json_is_array(value) ? json_incref(value) : NULL;
}

static json_t *as_schemas(struct walk *walk, json_t *value)
{
    return json_is_object(value) ? clean_members(walk, value) : NULL;
}

static json_t *as_schema_list(struct walk *walk, json_t *value)
{
    return json_is_array(value) ? clean_items(walk, value) : NULL;
}

static json_t *as_schema(struct walk *walk, json_t *value)
{
    return json_is_array(value) ? clean_items(walk, value) : clean(walk, value);
}

/* The members that have a type there. NULL = left out. */
static const struct {
    const char *name;
    json_t *(*make)(struct walk *walk, json_t *value);
} members[] = {
    {"type", as_type},         {"description", as_string}, {"enum", as_array},
    {"required", as_strings},  {"properties", as_schemas}, {"items", as_schema},
    {"anyOf", as_schema_list},
};

/* The members that are read there, in their types, and nothing else: nobody would hear it. */
static json_t *typed(struct walk *walk, json_t *from)
{
    json_t *to = json_object();
    for (size_t i = 0; i < COUNT(members); i++) {
        json_t *value = json_object_get(from, members[i].name);
        json_t *made = value ? members[i].make(walk, value) : NULL;
        if (made && json_object_set_new(to, members[i].name, made) < 0) {
            json_decref(to);
            return NULL;
        }
    }
    return to;
}

static json_t *clean_object(struct walk *walk, json_t *schema)
{
    json_t *ref = json_object_get(schema, "$ref");
    if (json_is_string(ref))
        return follow(walk, schema, json_string_value(ref));
    json_auto_t *merged = json_copy(schema);
    if (!merged || merge_all_of(walk, merged) < 0 || rename_members(merged) < 0)
        return NULL;
    return typed(walk, merged);
}

/* A new tree. `true`, which allows anything, is {}; so is `false`, and all that is too deep. */
static json_t *clean(struct walk *walk, json_t *schema)
{
    if (!json_is_object(schema) || walk->depth == DEPTH_MAX || walk->nodes == NODES_MAX)
        return json_object();
    walk->depth++;
    walk->nodes++;
    json_t *cleaned = clean_object(walk, schema);
    walk->depth--;
    return cleaned;
}

/* The whole has fewer members than its parts, and two that it must have. */
static int shape_root(json_t *root)
{
    static const char *const unread[] = {"description", "enum", "anyOf"};
    for (size_t i = 0; i < COUNT(unread); i++)
        (void)json_object_del(root, unread[i]); /* which fails where it is absent */
    int r = 0;
    if (!json_is_string(json_object_get(root, "type")))
        r = json_object_set_new(root, "type", json_string("object"));
    if (r == 0 && !json_object_get(root, "properties"))
        r = json_object_set_new(root, "properties", json_object());
    return r;
}

json_t *dialect_ollama_schema(const json_t *parameters)
{
    json_auto_t *root = parameters ? json_deep_copy(parameters) : json_object();
    struct walk walk = {.root = root, .refs = {"#"}, .ref_count = 1};
    json_t *cleaned = root ? clean(&walk, root) : NULL;
    if (cleaned && shape_root(cleaned) == 0)
        return cleaned;
    json_decref(cleaned);
    return NULL;
}
