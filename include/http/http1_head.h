/*
 * The head of a response of HTTP/1.1 or 1.0 (RFC 9112, 4 and 5), at any split of its bytes. Interim
 * responses before it (1xx; RFC 9110, 15.2) are read and dropped, any number of them; 101 is
 * refused, since nobody here asks for another protocol. Owns nothing; it adds to the caller's
 * lines.
 */
#ifndef UNDERSTUDY_HTTP1_HEAD_H
#define UNDERSTUDY_HTTP1_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "http/framing.h"
#include "text/buf.h"
#include "text/text.h"

/* Of the status line, and of a field with the lines in which it goes on; as libcurl has it. */
#define HTTP1_LINE_MAX ((size_t)100 << 10)

struct http1_head {
    struct buf *lines; /* borrowed */
    size_t settled;    /* bytes of lines that are whole lines in their final form; behind them are
                          those of one that is under way, as they came */
    int status;        /* of the head under way: 100..999 once its status line was read */
    bool http10;
    struct framing framing; /* by the fields that were read */
    const char *why;        /* static text for people, once an error was told */
};

/* lines is emptied. Its max (plain bytes) bounds each head, blank line included. */
void http1_head_init(struct http1_head *head, struct buf *lines);

/*
 * Takes bytes up to the end of the final head; what was taken is cut off the front of *bytes.
 * *ret_whole: that was reached, and lines has the status line and the fields, each with CR LF and
 * without the blank line; a field that went on in further lines is one, with a SP in place of each
 * fold, and no blank is before its colon. Else all of bytes was taken, and lines means nothing yet.
 * -EBADMSG: malformed, or beyond a limit; -ENOMEM.
 */
int http1_head_read(struct http1_head *head, struct text *bytes, bool *ret_whole)
    __attribute__((warn_unused_result));

#endif
