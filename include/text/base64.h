/* Bytes in letters (RFC 4648, 4). They are handed on as they are and never decoded. */
#ifndef UNDERSTUDY_BASE64_H
#define UNDERSTUDY_BASE64_H

#include "text/error.h"
#include "text/text.h"

/*
 * Groups of four letters, the last one filled up with one or two =, in lines or not. 0, or -EINVAL
 * and *reterr: it is not that, or there is nothing.
 */
int base64_check(struct text data, struct error *reterr) __attribute__((warn_unused_result));

#endif
