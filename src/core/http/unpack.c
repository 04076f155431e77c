/* What a piece has become is not kept when it was large: there are thousands of streams. */
#include "http/unpack.h"

#define KEPT_MAX ((size_t)64 << 10)

void unpack_init(struct unpack *unpack)
{
    *unpack = (struct unpack){0};
    buf_init_secret(&unpack->piece, UNPACK_PIECE_MAX);
}

void unpack_done(struct unpack *unpack)
{
    decoder_free(unpack->decoder);
    unpack->decoder = NULL;
    buf_done(&unpack->piece);
}

void unpack_begin(struct unpack *unpack, const struct codings *codings)
{
    if (codings_are_none(codings) || codings->unknown)
        return;
    unpack->decoder = decoder_new(codings, DECODER_LENIENT);
    unpack->spoilt = !unpack->decoder;
}

bool unpack_take(struct unpack *unpack, struct text *bytes)
{
    if (unpack->spoilt)
        return false;
    if (!unpack->decoder)
        return true;
    if (unpack->piece.cap > KEPT_MAX)
        buf_done(&unpack->piece);
    buf_reset(&unpack->piece);
    unpack->spoilt = decoder_feed(unpack->decoder, *bytes, &unpack->piece) < 0;
    *bytes = buf_text(&unpack->piece);
    return !unpack->spoilt;
}

bool unpack_is_whole(const struct unpack *unpack)
{
    return !unpack->spoilt && (!unpack->decoder || decoder_end(unpack->decoder) == 0);
}
