/* The head of a response, put together from its lines. */
#ifndef UNDERSTUDY_UPSTREAM_HEAD_H
#define UNDERSTUDY_UPSTREAM_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "text/buf.h"
#include "text/text.h"

/* A response's head, as it came: status line and fields, every line with its CRLF. */
struct upstream_head {
    int status;       /* 0 while no head has come whole */
    struct buf lines; /* of the final response; interim ones (1xx) are left out */
};

/*
 * Adds a piece of a head, a line or a part of one, to head; status is what is known of it so far.
 * WHOLE: the blank line has come and head is filled. REFUSED: it is too large, or a line goes on
 * from a field before the first one (RFC 9112, 2.2), and nothing more may be added.
 */
enum upstream_head_state {
    UPSTREAM_HEAD_MORE,
    UPSTREAM_HEAD_WHOLE,
    UPSTREAM_HEAD_REFUSED
} upstream_head_add(struct upstream_head *head, struct text piece, long status);

/* The value of the first field of that lower-case name; false when there is none. */
bool upstream_head_get(const struct upstream_head *head, const char *lower_case,
                       struct text *ret_value);

/* Walks the fields: *position starts at 0. False at the end. */
bool upstream_head_next(const struct upstream_head *head, size_t *position, struct text *ret_name,
                        struct text *ret_value);

#endif
