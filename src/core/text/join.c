/* See join.h. */
#include "text/join.h"

#include <string.h>

size_t join_length(const struct text *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    return len;
}

size_t join_write(char *out, size_t size, const struct text *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        struct text part = text_cut(parts[i], size - 1 - len);
        if (part.len)
            memcpy(out + len, part.at, part.len);
        len += part.len;
    }
    out[len] = '\0';
    return len;
}

int join_append(struct buf *out, const struct text *parts, size_t count)
{
    const size_t before = out->len;
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = buf_append_text(out, parts[i]);
    if (r < 0)
        buf_cut(out, before);
    return r;
}

struct text join_number(int64_t number, char room[JOIN_NUMBER_SIZE])
{
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    char *end = room + JOIN_NUMBER_SIZE - 1, *at = end;
    *end = '\0';
    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0)
        *--at = '-';
    return text_make(at, (size_t)(end - at));
}
