/* Text that is put together line by line; the first error sticks and is told at the end. */
#ifndef UNDERSTUDY_PAGE_H
#define UNDERSTUDY_PAGE_H

#include <stddef.h>

#include "text/buf.h"
#include "text/text.h"

struct page {
    struct buf *out; /* borrowed */
    int r;           /* 0, or the first error of buf; nothing is added after it */
};

/* Adds formatted text. */
#define PAGE_PUT(page, ...)                                                                        \
    ((page)->r = (page)->r < 0 ? (page)->r : buf_printf((page)->out, __VA_ARGS__))

/*
 * Takes a line of at most width bytes off the front of rest, which is not empty, and the blanks
 * behind it. A longer rest is broken at the last blank among its first `among` (at most width + 1)
 * bytes, or at width where none is there.
 */
struct text page_take_line(struct text *rest, size_t width, size_t among);

#endif
