/* Bytes in letters (RFC 4648, 4). They are handed on as they are, or written; never decoded. */
#ifndef UNDERSTUDY_BASE64_H
#define UNDERSTUDY_BASE64_H

#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/*
 * Groups of four letters, the last one filled up with one or two =, in lines or not. 0, or -EINVAL
 * and *reterr: it is not that, or there is nothing.
 */
int base64_check(struct text data, struct error *reterr) __attribute__((warn_unused_result));

/* Adds the letters for bytes, filled up, on one line. Errors of buf (out may hold a part then). */
int base64_write(struct text bytes, struct buf *out) __attribute__((warn_unused_result));

/* How many bytes the letters stand for, without a look at each: line ends count as letters. */
size_t base64_size(struct text data);

#endif
