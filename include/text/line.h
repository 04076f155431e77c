/* Text that is put together piece by piece in memory of a fixed size; what does not fit is cut. */
#ifndef UNDERSTUDY_LINE_H
#define UNDERSTUDY_LINE_H

#include <stddef.h>

struct line {
    char *at;    /* where the next piece goes; a NUL stands there */
    size_t left; /* from there on, the NUL included: never 0 */
};

/* An empty one in size (> 0) bytes at ret, borrowed. */
struct line line_to(char *ret, size_t size);

/* Adds formatted text. What cannot be formatted adds nothing. */
void line_add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
