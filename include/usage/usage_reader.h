/* Usage files, as their bytes come, at any split: whole lines go into a sum, broken ones are
 * counted. */
#ifndef UNDERSTUDY_USAGE_READER_H
#define UNDERSTUDY_USAGE_READER_H

#include <stdint.h>

#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"
#include "usage/usage_sum.h"

/* A longer line, with its end, is broken. */
#define USAGE_LINE_MAX ((size_t)256 << 10)

struct usage_reader {
    struct usage_sum *sum; /* borrowed */
    struct buf begun;      /* a line of which the end has not come */
    struct buf scratch;
    bool too_long;  /* the line under way, of which nothing is kept */
    int64_t lines;  /* that were not empty */
    int64_t number; /* of the last line, the first is 1 */
    int64_t broken;
    int64_t first_broken; /* its number; 0 = there is none */
    struct error why;     /* of the first */
};

/* Begins a file. */
void usage_reader_init(struct usage_reader *reader, struct usage_sum *sum);
void usage_reader_done(struct usage_reader *reader);

/* 0, or an error of usage_sum_add: give up. */
int usage_reader_take(struct usage_reader *reader, struct text bytes)
    __attribute__((warn_unused_result));

/* The file ends: a last line may be without its end. */
int usage_reader_end(struct usage_reader *reader) __attribute__((warn_unused_result));

#endif
