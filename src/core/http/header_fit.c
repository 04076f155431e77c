/* See header_fit.h. Rarely more than one or two have to go, so each is looked for anew. */
#include "http/header_fit.h"

#include "http/headers.h"

/* On the wire the NUL is a CR LF. */
static size_t size_of(const struct buf *lines)
{
    size_t size = lines->len;
    for (size_t i = 0; i < lines->len; i++)
        size += lines->data[i] == '\0';
    return size;
}

static struct text name_of(const char *line)
{
    return text_make(line, strcspn(line, ":"));
}

/* Would rather b go than a? NULL is nobody. */
static bool goes_first(const char *b, const char *a)
{
    if (!a)
        return true;
    bool a_needed = header_response_needed(name_of(a)),
         b_needed = header_response_needed(name_of(b));
    return a_needed != b_needed ? a_needed : strlen(b) > strlen(a);
}

static char *first_to_go(const struct buf *lines)
{
    char *found = NULL, *next;
    for (char *line = lines->data; line < lines->data + lines->len; line = next) {
        next = line + strlen(line) + 1;
        if (goes_first(line, found))
            found = line;
    }
    return found;
}

static void take_out(struct buf *lines, char *line, struct buf *names)
{
    size_t len = strlen(line) + 1, before = names->len;
    int r = before ? buf_append(names, ", ", 2) : 0;
    r = r < 0 ? r : buf_append_text(names, name_of(line));
    if (r < 0)
        names->len = before;
    memmove(line, line + len, (size_t)(lines->data + lines->len - (line + len)));
    lines->len -= len;
}

size_t header_fit(struct buf *lines, size_t room_bytes, struct buf *ret_left_out)
{
    size_t count = 0;
    if (lines->len <= room_bytes / 2)
        return 0; /* were each byte a NUL, it would fit */
    for (; lines->len > 0 && size_of(lines) > room_bytes; count++)
        take_out(lines, first_to_go(lines), ret_left_out);
    return count;
}
