/* A response head, kept as it came, and read. */
#include "call/upstream_head.h"

#include <string.h>

#include "http/headers.h"

enum upstream_head_state upstream_head_add(struct upstream_head *head, struct text piece,
                                           long status)
{
    struct buf *lines = &head->lines;
    bool begins_line = lines->len == 0 || lines->data[lines->len - 1] == '\n';
    char first = piece.len > 0 && begins_line ? piece.at[0] : '\0';
    /* A line that goes on, and only the status line is there. */
    if ((first == ' ' || first == '\t') &&
        (lines->len == 0 || !memchr(lines->data, '\n', lines->len - 1)))
        return UPSTREAM_HEAD_REFUSED;
    if (first == '\r' || first == '\n') {
        if (status < 200) /* interim: the status line that follows begins anew */
            return UPSTREAM_HEAD_MORE;
        head->status = (int)status;
        return UPSTREAM_HEAD_WHOLE;
    }
    if (first == 'H' && piece.len > 5 && memcmp(piece.at, "HTTP/", 5) == 0)
        buf_reset(lines);
    return buf_append_text(lines, piece) == 0 ? UPSTREAM_HEAD_MORE : UPSTREAM_HEAD_REFUSED;
}

static struct text trimmed(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r' || end[-1] == '\n'))
        end--;
    return text_make(at, (size_t)(end - at));
}

bool upstream_head_next(const struct upstream_head *head, size_t *position, struct text *ret_name,
                        struct text *ret_value)
{
    const char *end = head->lines.data + head->lines.len;
    while (*position < head->lines.len) {
        const char *line = head->lines.data + *position;
        const char *lf = memchr(line, '\n', (size_t)(end - line));
        const char *stop = lf ? lf + 1 : end;
        *position += (size_t)(stop - line);
        const char *colon = memchr(line, ':', (size_t)(stop - line));
        if (!colon || (size_t)(stop - line) < 5 || memcmp(line, "HTTP/", 5) == 0)
            continue;
        *ret_name = text_make(line, (size_t)(colon - line));
        *ret_value = trimmed(colon + 1, stop);
        return true;
    }
    return false;
}

bool upstream_head_get(const struct upstream_head *head, const char *lower_case,
                       struct text *ret_value)
{
    struct text name;
    size_t position = 0;
    while (upstream_head_next(head, &position, &name, ret_value))
        if (header_name_is(name, lower_case))
            return true;
    return false;
}
