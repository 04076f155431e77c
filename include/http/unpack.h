/*
 * A provider's body on its way in: without its codings, piece by piece, whatever the provider did
 * to it without being asked. Owned by an attempt or a fetch.
 */
#ifndef UNDERSTUDY_UNPACK_H
#define UNDERSTUDY_UNPACK_H

#include <stdbool.h>

#include "http/coding.h"
#include "text/buf.h"
#include "text/text.h"

/* The most that one piece from the network may become: more is no answer but an attack. */
#define UNPACK_PIECE_MAX ((size_t)16 << 20)

struct unpack {
    struct decoder *decoder; /* NULL: the body is as it is */
    struct buf piece;
    bool spoilt; /* the body is not what its head says, or too much */
};

void unpack_init(struct unpack *unpack);
void unpack_done(struct unpack *unpack);

/* The head is here: codings that are unknown leave the body as it is. */
void unpack_begin(struct unpack *unpack, const struct codings *codings);

/* *bytes becomes what is in it, until the next call. False: spoilt. */
bool unpack_take(struct unpack *unpack, struct text *bytes);

/* The body has ended. False: something is missing. */
bool unpack_is_whole(const struct unpack *unpack);

#endif
