/*
 * Walking over text that is known to be JSON: only brackets and quotes are looked at. On any other
 * text the functions end at its end at the latest.
 */
#include "json/jsonspan.h"

#include "text/word.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static size_t skip_more_blanks(struct text t, size_t i)
{
    while (i < t.len && is_blank(t.at[i]))
        i++;
    return i;
}

/* Mostly there is none. */
static inline size_t skip_blanks(struct text t, size_t i)
{
    return i < t.len && t.at[i] <= ' ' ? skip_more_blanks(t, i) : i;
}

/* How many backslashes stand before position i and behind position from. */
static size_t backslashes_before(struct text t, size_t from, size_t i)
{
    size_t n = 0;
    while (i - n > from && t.at[i - n - 1] == '\\')
        n++;
    return n;
}

/* Most strings are short: they are over within this, and no call is made for them. */
#define SHORT_STRING 32

/* From the opening quote at i to behind the closing one. */
static size_t skip_string(struct text t, size_t i)
{
    size_t from = ++i;
    for (; i - from < SHORT_STRING && i + WORD_SIZE <= t.len; i += WORD_SIZE) {
        uint64_t word = word_load(t.at + i), quote = word_equal(word, '"');
        uint64_t ends = quote | word_equal(word, '\\');
        if (!ends)
            continue;
        i += word_first(ends);
        if (t.at[i] == '"')
            return i + 1;
        break;
    }
    for (from = i; i < t.len; i++) {
        const char *quote = memchr(t.at + i, '"', t.len - i);
        if (!quote)
            break;
        i = (size_t)(quote - t.at);
        if (backslashes_before(t, from, i) % 2 == 0)
            return i + 1;
    }
    return t.len;
}

/* From the opening bracket at i to behind the closing one. */
static size_t skip_container(struct text t, size_t i)
{
    size_t depth = 0;
    while (i < t.len) {
        char c = t.at[i];
        if (c == '"') {
            i = skip_string(t, i);
            continue;
        }
        i++;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            break;
    }
    return i;
}

static bool ends_scalar(char c)
{
    return is_blank(c) || c == ',' || c == ':' || c == '}' || c == ']';
}

/* Behind the value that begins at i; i itself when none does. */
static size_t skip_value(struct text t, size_t i)
{
    if (i == t.len)
        return i;
    if (t.at[i] == '"')
        return skip_string(t, i);
    if (t.at[i] == '{' || t.at[i] == '[')
        return skip_container(t, i);
    while (i < t.len && !ends_scalar(t.at[i]))
        i++;
    return i;
}

static struct text part(struct text t, size_t begin, size_t end)
{
    return text_make(t.at + begin, end - begin);
}

/* Where the next member or element begins; t.len when there is none. */
static size_t next_entry(struct text t, size_t position, char bracket)
{
    size_t i = skip_blanks(t, position);
    if (i == t.len || t.at[i] != (position == 0 ? bracket : ','))
        return t.len;
    return skip_blanks(t, i + 1);
}

enum jsonspan_type jsonspan_type(struct text value)
{
    size_t i = skip_blanks(value, 0);
    switch (i < value.len ? value.at[i] : '\0') {
    case '{':
        return JSONSPAN_OBJECT;
    case '[':
        return JSONSPAN_ARRAY;
    case '"':
        return JSONSPAN_STRING;
    case 't':
        return JSONSPAN_TRUE;
    case 'f':
        return JSONSPAN_FALSE;
    case 'n':
        return JSONSPAN_NULL;
    case '-':
        return JSONSPAN_NUMBER;
    default:
        return i < value.len && text_is_digit(value.at[i]) ? JSONSPAN_NUMBER : JSONSPAN_NONE;
    }
}

bool jsonspan_is_empty(struct text value)
{
    switch (jsonspan_type(value)) {
    case JSONSPAN_NONE:
    case JSONSPAN_NULL:
        return true;
    case JSONSPAN_STRING:
    case JSONSPAN_ARRAY:
    case JSONSPAN_OBJECT:
        return value.len <= 2;
    case JSONSPAN_NUMBER:
    case JSONSPAN_TRUE:
    case JSONSPAN_FALSE:
        return false;
    }
    return false;
}

/* known: at NULL = nothing is. */
static inline bool next_member(struct text object, struct text known, size_t *position,
                               struct text *ret_name, struct text *ret_value)
{
    size_t name = next_entry(object, *position, '{');
    if (name == object.len || object.at[name] != '"')
        return false;
    size_t name_end = skip_string(object, name);
    size_t colon = skip_blanks(object, name_end);
    if (colon == object.len || object.at[colon] != ':')
        return false;
    size_t value = skip_blanks(object, colon + 1);
    bool is_known = known.at && object.at + value == known.at;
    size_t value_end = is_known ? value + known.len : skip_value(object, value);
    if (value_end == value)
        return false;
    *ret_name = part(object, name, name_end);
    *ret_value = part(object, value, value_end);
    *position = value_end;
    return true;
}

bool jsonspan_member(struct text object, size_t *position, struct text *ret_name,
                     struct text *ret_value)
{
    return next_member(object, (struct text){0}, position, ret_name, ret_value);
}

bool jsonspan_member_past(struct text object, struct text known, size_t *position,
                          struct text *ret_name, struct text *ret_value)
{
    return next_member(object, known, position, ret_name, ret_value);
}

bool jsonspan_get(struct text object, const char *name, struct text *ret_value)
{
    struct text member, value;
    for (size_t position = 0; jsonspan_member(object, &position, &member, &value);) {
        if (jsonspan_name_may_be(member, name) && jsonspan_name_is(member, name)) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

bool jsonspan_next(struct text array, size_t *position, struct text *ret_value)
{
    size_t value = next_entry(array, *position, '[');
    size_t end = skip_value(array, value);
    if (end == value)
        return false;
    *ret_value = part(array, value, end);
    *position = end;
    return true;
}

bool jsonspan_next_pick(struct text array, size_t *position, struct jsonspan_wanted *wanted,
                        size_t count, struct text *ret_value)
{
    struct jsonspan_picking pick;
    struct text name, value;
    size_t begin = next_entry(array, *position, '[');
    jsonspan_pick_begin(&pick, wanted, count);
    if (begin == array.len || array.at[begin] != '{')
        return jsonspan_next(array, position, ret_value);
    struct text rest = text_skip(array, begin);
    size_t end = 0;
    while (jsonspan_member(rest, &end, &name, &value))
        jsonspan_pick_member(&pick, name, value);
    end = skip_blanks(rest, end ? end : 1);
    *ret_value = text_cut(rest, end + 1);
    *position = begin + ret_value->len;
    return true;
}

bool jsonspan_item(struct text array, size_t index, struct text *ret_value)
{
    struct text value;
    for (size_t position = 0; jsonspan_next(array, &position, &value); index--) {
        if (index == 0) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}
