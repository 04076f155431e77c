/* See line.h. The length that vsnprintf answers is what it would have written. */
#include "text/line.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct line line_to(char *ret, size_t size)
{
    assert(size > 0);
    ret[0] = '\0';
    return (struct line){ret, size};
}

void line_add(struct line *line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line->at, line->left, format, args);
    va_end(args);
    size_t written = n < 0 ? 0 : (size_t)n < line->left ? (size_t)n : line->left - 1;
    line->at += written;
    line->left -= written;
    line->at[0] = '\0';
}
