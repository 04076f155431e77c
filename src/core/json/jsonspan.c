/*
 * Walking over text that is known to be JSON: only brackets and quotes are looked at. On any other
 * text the functions end at its end at the latest.
 */
#include "json/jsonspan.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static size_t skip_blanks(struct text t, size_t i)
{
    while (i < t.len && is_blank(t.at[i]))
        i++;
    return i;
}

/* How many backslashes stand before position i and behind position from. */
static size_t backslashes_before(struct text t, size_t from, size_t i)
{
    size_t n = 0;
    while (i - n > from && t.at[i - n - 1] == '\\')
        n++;
    return n;
}

/* From the opening quote at i to behind the closing one. */
static size_t skip_string(struct text t, size_t i)
{
    size_t from = i + 1;
    for (size_t next = from; next < t.len;) {
        const char *quote = memchr(t.at + next, '"', t.len - next);
        if (!quote)
            break;
        size_t q = (size_t)(quote - t.at);
        if (backslashes_before(t, next, q) % 2 == 0)
            return q + 1;
        next = q + 1;
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

bool jsonspan_member(struct text object, size_t *position, struct text *ret_name,
                     struct text *ret_value)
{
    size_t name = next_entry(object, *position, '{');
    if (name == object.len || object.at[name] != '"')
        return false;
    size_t name_end = skip_string(object, name);
    size_t colon = skip_blanks(object, name_end);
    if (colon == object.len || object.at[colon] != ':')
        return false;
    size_t value = skip_blanks(object, colon + 1);
    size_t value_end = skip_value(object, value);
    if (value_end == value)
        return false;
    *ret_name = part(object, name, name_end);
    *ret_value = part(object, value, value_end);
    *position = value_end;
    return true;
}

bool jsonspan_get(struct text object, const char *name, struct text *ret_value)
{
    struct text member, value;
    for (size_t position = 0; jsonspan_member(object, &position, &member, &value);) {
        if (jsonspan_name_is(member, name)) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

/* Most names do, which is seen without a call. */
static bool begins_otherwise(struct text member, const char *name)
{
    return member.len > 1 && member.at[1] != name[0] && member.at[1] != '\\' && name[0] != '\0';
}

void jsonspan_pick(struct text object, struct jsonspan_wanted *wanted, size_t count)
{
    struct text member, value;
    size_t missing = count;
    for (size_t i = 0; i < count; i++)
        wanted[i].value = (struct text){0};
    for (size_t position = 0; missing && jsonspan_member(object, &position, &member, &value);) {
        size_t i = 0;
        while (i < count && (begins_otherwise(member, wanted[i].name) ||
                             !jsonspan_name_is(member, wanted[i].name)))
            i++;
        if (i == count || wanted[i].value.at)
            continue;
        wanted[i].value = value;
        missing--;
    }
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
