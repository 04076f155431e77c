/* How the pretended cloud speaks each API: streams in pieces that are HTTP chunks, and what else is
 * asked. */
#ifndef BENCH_TONGUE_H
#define BENCH_TONGUE_H

#include <stddef.h>
#include <stdint.h>

/* What one piece has at most, in bytes. */
#define TONGUE_PIECE_MAX 2048

struct tongue {
    const char *path;     /* how it begins */
    const char *type;     /* of a stream */
    const char *begin;    /* in front of the first content event */
    const char *event[2]; /* around the text of a content event */
    const char *end;      /* behind the last one */
};

/* That of a request; where none is spoken at its path, chat. target begins at the path. */
const struct tongue *tongue_of(const char *target);

/* The head of a stream and its first chunk. Each of these writes into out and returns the length.
 */
size_t tongue_begin(const struct tongue *tongue, char out[static TONGUE_PIECE_MAX]);
size_t tongue_event(const struct tongue *tongue, char out[static TONGUE_PIECE_MAX],
                    uint64_t number);
size_t tongue_end(const struct tongue *tongue, char out[static TONGUE_PIECE_MAX]);

/* The JSON of a path that is no chat, as Ollama's list of models. */
const char *tongue_fixed(const char *target);

#endif
