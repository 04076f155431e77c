/* What usage files add up to, for people and for programs. */
#ifndef UNDERSTUDY_USAGE_PRINT_H
#define UNDERSTUDY_USAGE_PRINT_H

#include "text/buf.h"
#include "usage/usage_sum.h"

/* Adds aligned columns with a row of all together at the end, or a sentence where there is nothing.
 * 0, -ENOMEM or -EMSGSIZE. */
int usage_print_table(struct usage_sum *sum, struct buf *out) __attribute__((warn_unused_result));

/* Adds an array of flat objects, one on a line; what is not known is null. Errors likewise. */
int usage_print_json(struct usage_sum *sum, struct buf *out) __attribute__((warn_unused_result));

#endif
