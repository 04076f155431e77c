/* JSON in test tables: written with ' for ", compared as values. */
#ifndef UNDERSTUDY_JSON_ROW_H
#define UNDERSTUDY_JSON_ROW_H

#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <jansson.h>

/* The text with every ' made a ". malloc'ed. */
static inline char *json_row_text(const char *row)
{
    char *text = strdup(row);
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    return text;
}

static inline json_t *json_row_load(const char *row)
{
    json_error_t error;
    char *text = json_row_text(row);
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    ck_assert_msg(json != NULL, "the row is not JSON: %s: %s", error.text, text);
    free(text);
    return json;
}

/* Each member of want (JSON object in row style) is the same in got; null: got has none of it. */
static inline void json_row_compare(const char *name, const json_t *got, const char *want_row)
{
    const char *member;
    json_t *wanted;
    json_t *want = json_row_load(want_row);
    char *dump = json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY);
    json_object_foreach (want, member, wanted) {
        const json_t *found = json_object_get(got, member);
        ck_assert_msg(json_is_null(wanted) ? found == NULL || json_is_null(found)
                                           : json_equal(found, wanted),
                      "%s: %s differs from %s in %s", name, member, want_row, dump);
    }
    free(dump);
    json_decref(want);
}

#endif
