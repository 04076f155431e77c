/* Incremental framing of newline-delimited JSON: bytes in, lines out, at any split. */
#ifndef UNDERSTUDY_NDJSON_H
#define UNDERSTUDY_NDJSON_H

#include "buf.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

struct ndjson {
    struct buf pending;
    size_t taken;   /* bytes of the line last given out */
    size_t scanned; /* bytes of pending known to hold no line end */
};

void ndjson_init(struct ndjson *ndjson, size_t line_max);
void ndjson_done(struct ndjson *ndjson);

/* -EMSGSIZE when the line under way is too long, -ENOMEM. */
int ndjson_push(struct ndjson *ndjson, struct text bytes) __attribute__((warn_unused_result));

/* The next whole line without its line end, empty lines left out; lives until the next call. */
bool ndjson_next(struct ndjson *ndjson, struct text *ret_line);

/* Bytes after the last line end: at the end of a stream, a last line without LF, or a cut one. */
struct text ndjson_rest(const struct ndjson *ndjson);

#endif
