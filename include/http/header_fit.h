/*
 * An answer has to reach the client, also where its header fields are more than there is room for:
 * then the longest ones that it can do without are left out.
 */
#ifndef UNDERSTUDY_HEADER_FIT_H
#define UNDERSTUDY_HEADER_FIT_H

#include "text/buf.h"

/*
 * lines: "Name: value" strings, each ended by NUL, as they go out with CR LF. Takes out of them
 * until the rest needs at most room_bytes: first fields that header_response_needed does not name,
 * the longest first; then others likewise. How many were taken out; their names, with commas, in
 * *ret_left_out (as many as it holds).
 */
size_t header_fit(struct buf *lines, size_t room_bytes, struct buf *ret_left_out);

#endif
