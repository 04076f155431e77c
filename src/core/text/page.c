/* See page.h. */
#include "text/page.h"

struct text page_take_line(struct text *rest, size_t width, size_t among)
{
    size_t len = rest->len;
    if (len > width) {
        const char *blank = memrchr(rest->at, ' ', among);
        len = blank ? (size_t)(blank - rest->at) : width;
    }
    struct text line = text_cut(*rest, len);
    *rest = text_trim(text_skip(*rest, len));
    return line;
}
