/* Incremental framing of newline-delimited JSON: bytes in, lines out, at any split. */
#ifndef UNDERSTUDY_NDJSON_H
#define UNDERSTUDY_NDJSON_H

#include <stdbool.h>
#include <stddef.h>

#include "text/buf.h"
#include "text/text.h"

/* More than is ever pushed at once before the lines in it are taken out. */
#define NDJSON_PUSH_MAX ((size_t)1 << 20)

struct ndjson {
    struct buf pending;
    size_t line_max;
    size_t taken;    /* bytes of the line last given out, dropped at the next call */
    size_t scanned;  /* bytes of pending known to hold no line end */
    size_t line_len; /* length of the first whole line with its LF, 0 = none is whole yet */
};

/* line_max: a line (with its line end) longer than that is an error. */
void ndjson_init(struct ndjson *ndjson, size_t line_max);
void ndjson_done(struct ndjson *ndjson);

/*
 * Takes bytes, at most NDJSON_PUSH_MAX before ndjson_next has emptied it. -EMSGSIZE when the line
 * under way is too long (it stays so: give up), -ENOMEM.
 */
int ndjson_push(struct ndjson *ndjson, struct text bytes) __attribute__((warn_unused_result));

/* The next whole line without its line end (LF or CR LF), empty lines left out; lives until the
 * next call. */
bool ndjson_next(struct ndjson *ndjson, struct text *ret_line);

/* The length of the line last given out, with its end. */
size_t ndjson_taken(const struct ndjson *ndjson);

/* Bytes after the last line end: at the end of a stream, a last line without LF, or a cut one. */
struct text ndjson_rest(const struct ndjson *ndjson);

#endif
