/*
 * Is JSON what an API takes? A table for each object: its members and who looks at them; what is
 * not in the table is a mistake. Each check tells NULL, or what is wrong or was expected.
 */
#ifndef UNDERSTUDY_JSON_STRICT_H
#define UNDERSTUDY_JSON_STRICT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <jansson.h>

#include "text/count.h"

/* NULL, or the name of the first member that is wrong. */
typedef const char *strict_fn(const json_t *value);

struct strict_member {
    const char *name;
    strict_fn *check;
    bool required;
};

static inline const char *strict_string(const json_t *value)
{
    return json_is_string(value) ? NULL : "a string";
}

static inline const char *strict_name(const json_t *value)
{
    return json_string_length(value) > 0 ? NULL : "a name";
}

static inline const char *strict_integer(const json_t *value)
{
    return json_is_integer(value) ? NULL : "an integer";
}

static inline const char *strict_number(const json_t *value)
{
    return json_is_number(value) ? NULL : "a number";
}

static inline const char *strict_bool(const json_t *value)
{
    return json_is_boolean(value) ? NULL : "a boolean";
}

static inline const char *strict_object(const json_t *value)
{
    return json_is_object(value) ? NULL : "an object";
}

static inline const char *strict_list(const json_t *array, strict_fn *check)
{
    size_t i;
    json_t *one;
    const char *wrong = json_is_array(array) && json_array_size(array) > 0 ? NULL : "a list";
    json_array_foreach (array, i, one)
        wrong = wrong ? wrong : check(one);
    return wrong;
}

static inline const char *strict_strings(const json_t *value)
{
    return strict_list(value, strict_string);
}

static inline const char *strict_member(const struct strict_member *members, size_t count,
                                        const char *name, const json_t *value)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, name) == 0)
            return members[i].check(value);
    return name;
}

static inline const char *strict_members(const json_t *object, const struct strict_member *members,
                                         size_t count)
{
    const char *name, *wrong = strict_object(object);
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)object, name, value)
        wrong = wrong ? wrong : strict_member(members, count, name, value);
    for (size_t i = 0; i < count; i++)
        if (!wrong && members[i].required && !json_object_get(object, members[i].name))
            wrong = members[i].name;
    return wrong;
}

#define STRICT(object, members)                                                                    \
    strict_members((object), (members), sizeof(members) / sizeof((members)[0]))

static inline const char *strict_base64(const json_t *value)
{
    const char *at = json_string_value(value);
    size_t len = json_string_length(value);
    return len && len % 4 == 0 &&
                   strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                              "0123456789+/=") == len
               ? NULL
               : "base64";
}

/* One of the words, NULL at the end. */
static inline bool strict_one_of(const json_t *value, const char *const *words)
{
    for (; *words; words++)
        if (json_is_string(value) && strcmp(json_string_value(value), *words) == 0)
            return true;
    return false;
}

/* At most so many of [A-Za-z0-9_-], and one at least. */
static inline bool strict_word(const json_t *value, size_t most)
{
    size_t len = json_string_length(value);
    return len > 0 && len <= most &&
           strspn(json_string_value(value), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                            "0123456789_-") == len;
}

static inline bool strict_between(const json_t *value, double least, double most)
{
    double number = json_number_value(value);
    return json_is_number(value) && number >= least && number <= most;
}

#endif
