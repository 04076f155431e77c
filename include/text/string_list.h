/* Lists of strings that grow one by one, and reading the comma lists that they are written as. */
#ifndef UNDERSTUDY_STRING_LIST_H
#define UNDERSTUDY_STRING_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "text/buf.h"
#include "text/text.h"

/* A NULL-terminated array of strings and how many there are. */
struct strings {
    char **at;
    size_t count;
};

/* Adds a copy. 0 or -ENOMEM, the list is as before then. */
int string_list_add(struct strings *list, struct text text) __attribute__((warn_unused_result));

bool string_list_has(const struct strings *list, struct text text);

/* Wipes and frees what is behind the first count. */
void string_list_cut(struct strings *list, size_t count);

/* Wipes and frees all strings; the list is empty then. */
void string_list_done(struct strings *list);

/*
 * Takes the next element off a comma list, without the blanks around it. Empty elements are passed
 * over, so a comma at the end is no mistake. False when nothing is left.
 */
bool string_list_item(struct text *rest, struct text *ret);

/* Is name an element of "a, b, c"? */
bool string_list_names(struct text list, struct text name);

/*
 * Adds name to the list "a, b, c" in out, unless it is there. One for which out has no room is left
 * out whole.
 */
void string_list_put(struct buf *out, const char *name);

/* Frees a string after its bytes are gone: it may be a secret. NULL is fine. */
void string_wipe(char *string);

#endif
