/*
 * jsonspan_check and jansson agree on what is JSON, but for what jansson cannot hold (numbers,
 * NUL in a name, lone surrogates), its deeper nesting and a fault of it; spans of valid text are
 * valid; encoding and decoding are inverse.
 */

#include <jansson.h>

#include "fuzz.h"
#include "json/jsonscan.h"

static bool jansson_cannot_hold(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key ||
           code == json_error_null_character || strncmp(error->text, "invalid Unicode", 15) == 0;
}

static void compare_with_jansson(struct text json, bool valid, const struct error *why)
{
    json_error_t error;
    json_t *root = json_loadb(json.at, json.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    /* jansson 2.14 passes over a NUL byte behind a number. */
    bool nul = json.len && memchr(json.at, '\0', json.len);
    if (root)
        require(valid || nul || strstr(why->text, "nested too deeply"));
    else
        require(!valid || jansson_cannot_hold(&error));
    json_decref(root);
}

static void check_string(struct text string)
{
    struct buf bytes, again, twice;
    buf_init(&bytes, SIZE_MAX);
    buf_init(&again, SIZE_MAX);
    buf_init(&twice, SIZE_MAX);
    require(jsonspan_decode(string, &bytes) == 0);
    require(jsonspan_encode(buf_text(&bytes), &again) == 0);
    require(jsonspan_check(buf_text(&again), NULL) == 0);
    require(jsonspan_decode(buf_text(&again), &twice) == 0);
    require(bytes.len == twice.len &&
            (bytes.len == 0 || memcmp(bytes.data, twice.data, bytes.len) == 0));
    if (!memchr(buf_text(&bytes).at, '\0', bytes.len) && bytes.data)
        require(jsonspan_name_is(string, bytes.data));
    buf_done(&bytes);
    buf_done(&again);
    buf_done(&twice);
}

static void walk(struct text json, bool valid)
{
    struct text name, value, item;
    size_t members = 0, items = 0;
    for (size_t i = 0; jsonspan_member(json, &i, &name, &value); members++) {
        require(value.at >= json.at && value.at + value.len <= json.at + json.len);
        if (!valid)
            continue;
        check_string(name);
        require(jsonspan_check(value, NULL) == 0);
    }
    for (size_t i = 0; jsonspan_next(json, &i, &value); items++) {
        require(value.at >= json.at && value.at + value.len <= json.at + json.len);
        if (valid && items < 8) {
            require(jsonspan_check(value, NULL) == 0);
            require(jsonspan_item(json, items, &item) && item.at == value.at);
        }
    }
    require(members == 0 || items == 0);
    if (valid && jsonspan_type(json) == JSONSPAN_STRING) {
        const char *first = memchr(json.at, '"', json.len), *last = memrchr(json.at, '"', json.len);
        check_string(text_make(first, (size_t)(last - first) + 1));
    }
}

/* As many as jansson finds; a name that is there twice is one for it. */
static void compare_members(struct text json)
{
    struct text name, value;
    json_t *root = json_loadb(json.at, json.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    size_t members = 0, items = 0;
    for (size_t i = 0; jsonspan_member(json, &i, &name, &value);)
        members++;
    for (size_t i = 0; jsonspan_next(json, &i, &value);)
        items++;
    if (json_is_object(root))
        require(members == json_object_size(root));
    if (json_is_array(root))
        require(items == json_array_size(root));
    json_decref(root);
}

/* Read and picked at once, the same is found as one by one. */
static void compare_picked(struct text json, bool valid)
{
    struct jsonspan_wanted wanted[] = {{.name = "a"}, {.name = ""}, {.name = "choices"}}, again[3];
    struct text element, value;
    bool well = jsonspan_read(json, wanted, 3, NULL) == 0;
    require(well == valid);
    for (size_t i = 0; i < 3; i++)
        require(wanted[i].value.at == (valid ? jsonspan_value(json, wanted[i].name).at : NULL));
    memcpy(again, wanted, sizeof(again));
    for (size_t i = 0, j = 0; jsonspan_next_pick(json, &i, again, 3, &element);) {
        require(element.at >= json.at && element.at + element.len <= json.at + json.len);
        if (!valid)
            continue;
        require(jsonspan_next(json, &j, &value) && value.at == element.at && i == j);
        jsonspan_pick(value, wanted, 3);
        for (size_t k = 0; k < 3; k++)
            require(wanted[k].value.at == again[k].value.at);
    }
}

/* {"a": [{"b": {"c"}}], "b": {"c"}}, in one walk: what is found of the elements, and at the end. */
enum { A, B, ELEMENT, INNER, INNER_C, B_C, ROWS };
struct found {
    struct jsonspan_wanted rows[ROWS];
    uint64_t hash; /* of what the elements had, by where it stands */
    const char *base;
};

static void note(struct found *found, struct text value)
{
    found->hash *= 1099511628211u;
    found->hash += value.at ? (uint64_t)(value.at - found->base) * 31 + value.len + 1 : 0;
}

static void on_element(void *arg, size_t element)
{
    struct found *found = arg;
    require(element == ELEMENT);
    for (size_t i = ELEMENT; i <= INNER_C; i++)
        note(found, found->rows[i].value);
}

static void found_begin(struct found *found, const char *base)
{
    *found = (struct found){.rows = {[A] = {.name = "a"},
                                     [B] = {.name = "b"},
                                     [ELEMENT] = {.in = JSONSCAN_IN(A)},
                                     [INNER] = {.name = "b", .in = JSONSCAN_IN(ELEMENT)},
                                     [INNER_C] = {.name = "c", .in = JSONSCAN_IN(INNER)},
                                     [B_C] = {.name = "c", .in = JSONSCAN_IN(B)}},
                            .base = base};
}

static void find_one_by_one(struct found *found, struct text json)
{
    struct text element;
    jsonspan_pick(json, found->rows, 2);
    struct text list = found->rows[A].value.at ? found->rows[A].value : text_of("");
    for (size_t at = 0; jsonspan_next(list, &at, &element);) {
        found->rows[ELEMENT].value = element;
        jsonspan_pick(element, &found->rows[INNER], 1);
        jsonspan_pick(found->rows[INNER].value, &found->rows[INNER_C], 1);
        on_element(found, ELEMENT);
    }
    jsonspan_pick(found->rows[B].value, &found->rows[B_C], 1);
}

/* In one walk, and in pieces of any size each of which stands elsewhere, the same is found. */
static void compare_walks(struct text json, bool valid, size_t step)
{
    struct jsonscan scan;
    struct found one, other;
    char *memory = NULL;
    bool failed = false;
    found_begin(&one, json.at);
    found_begin(&other, NULL);
    jsonscan_begin(&scan, other.rows, ROWS, on_element, &other);
    for (size_t len = step; len < json.len && !failed; len += step) {
        char *next = malloc(len);
        memcpy(next, json.at, len);
        free(memory);
        other.base = memory = next;
        failed = jsonscan_more(&scan, text_make(memory, len)) < 0;
    }
    other.base = json.at;
    require((jsonscan_end(&scan, json, NULL) == 0) == valid && !(failed && valid));
    free(memory);
    if (!valid)
        return;
    find_one_by_one(&one, json);
    require(one.hash == other.hash);
    for (size_t i = 0; i < ROWS; i++)
        require(i == ELEMENT || i == INNER || i == INNER_C ||
                one.rows[i].value.at == other.rows[i].value.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text json = text_make((const char *)data, size);
    struct error why = ERROR_NONE;
    struct buf encoded;
    bool valid = jsonspan_check(json, &why) == 0;
    require(valid == !error_is_set(&why));
    compare_with_jansson(json, valid, &why);
    walk(json, valid);
    compare_picked(json, valid);
    compare_walks(json, valid, 1 + size / 7);
    compare_walks(json, valid, size < 256 ? 1 : 61);
    if (valid)
        compare_members(json);
    buf_init(&encoded, SIZE_MAX);
    require(jsonspan_encode(json, &encoded) == 0);
    require(jsonspan_check(buf_text(&encoded), NULL) == 0);
    buf_done(&encoded);
    return 0;
}
