/* See string_list.h. The lists are short: one realloc for each element is enough. */
#include "text/string_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int string_list_add(struct strings *list, struct text text)
{
    char *copy = strndup(text.at ? text.at : "", text.len);
    if (!copy)
        return -ENOMEM;
    char **at = realloc(list->at, (list->count + 2) * sizeof(*at));
    if (!at) {
        string_wipe(copy);
        return -ENOMEM;
    }
    list->at = at;
    list->at[list->count++] = copy;
    list->at[list->count] = NULL;
    return 0;
}

bool string_list_has(const struct strings *list, struct text text)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equals(text, list->at[i]))
            return true;
    return false;
}

void string_list_cut(struct strings *list, size_t count)
{
    while (list->count > count) {
        string_wipe(list->at[--list->count]);
        list->at[list->count] = NULL;
    }
}

void string_list_done(struct strings *list)
{
    string_list_cut(list, 0);
    free(list->at);
    *list = (struct strings){0};
}

bool string_list_item(struct text *rest, struct text *ret)
{
    while (rest->len > 0) {
        const char *comma = memchr(rest->at, ',', rest->len);
        size_t len = comma ? (size_t)(comma - rest->at) : rest->len;
        *ret = text_trim(text_make(rest->at, len));
        *rest = text_skip(*rest, comma ? len + 1 : len);
        if (ret->len > 0)
            return true;
    }
    return false;
}

bool string_list_names(struct text list, struct text name)
{
    struct text item;
    while (string_list_item(&list, &item))
        if (text_same(item, name))
            return true;
    return false;
}

void string_list_put(struct buf *out, const char *name)
{
    if (string_list_names(buf_text(out), text_of(name)))
        return;
    size_t before = out->len;
    int r = before ? buf_append_string(out, ", ") : 0;
    if (r == 0)
        r = buf_append_string(out, name);
    if (r < 0 && out->len > before) { /* no room for the name: no comma either */
        out->len = before;
        out->data[before] = '\0';
    }
}

void string_wipe(char *string)
{
    if (string)
        explicit_bzero(string, strlen(string));
    free(string);
}
