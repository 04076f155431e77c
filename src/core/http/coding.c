/*
 * One layer for each coding, the one applied last in front; each gives what it has to the next.
 *
 *     HEAD --two bytes tell the form--> INFLATING --end of a member--> BEHIND --another one--\
 *        \--lenient, and no gzip--> PLAIN    ^------------------------------------------------/
 */
#include "http/coding.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "text/count.h"

#define PIECE     ((size_t)16 << 10)
#define HEAD_LEN  2
#define WITH_GZIP (MAX_WBITS + 16)

enum state { STATE_HEAD, STATE_INFLATING, STATE_BEHIND, STATE_PLAIN };

struct layer {
    enum coding coding;
    enum state state;
    z_stream z;
    bool begun; /* z is to be ended */
    char head[HEAD_LEN];
    size_t head_len; /* bytes of what may be a beginning */
    size_t given;    /* bytes given to the next layer so far */
};

struct decoder {
    enum decoder_manner manner;
    size_t count;
    struct layer layers[CODINGS_MAX];
};

static const struct {
    const char *name;
    enum coding coding;
} names[] = {{"gzip", CODING_GZIP}, {"x-gzip", CODING_GZIP}, {"deflate", CODING_DEFLATE}};

static void read_name(struct codings *codings, struct text name)
{
    if (name.len == 0 || text_equals_nocase(name, "identity"))
        return;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (!text_equals_nocase(name, names[i].name) || codings->count == CODINGS_MAX)
            continue;
        codings->at[codings->count++] = names[i].coding;
        return;
    }
    codings->unknown = true;
}

void codings_read(struct codings *codings, struct text value)
{
    while (value.len > 0) {
        const char *comma = memchr(value.at, ',', value.len);
        size_t len = comma ? (size_t)(comma - value.at) : value.len;
        read_name(codings, text_trim(text_make(value.at, len)));
        value = text_skip(value, len + 1);
    }
}

struct decoder *decoder_new(const struct codings *codings, enum decoder_manner manner)
{
    struct decoder *decoder = calloc(1, sizeof(*decoder));
    if (!decoder)
        return NULL;
    decoder->manner = manner;
    decoder->count = codings->count;
    for (size_t i = 0; i < codings->count; i++)
        decoder->layers[i].coding = codings->at[codings->count - 1 - i];
    return decoder;
}

void decoder_free(struct decoder *decoder)
{
    for (size_t i = 0; decoder && i < decoder->count; i++)
        if (decoder->layers[i].begun)
            (void)inflateEnd(&decoder->layers[i].z);
    free(decoder);
}

static int feed(struct decoder *decoder, size_t i, struct text bytes, struct buf *out);

/* To the next layer, or out. What lies between two of them is never held, but bounded too: it costs
 * time. */
static int give(struct decoder *decoder, size_t i, struct text bytes, struct buf *out)
{
    struct layer *layer = &decoder->layers[i];
    if (i + 1 == decoder->count)
        return buf_append_text(out, bytes);
    layer->given += bytes.len;
    return layer->given > out->max ? -EMSGSIZE : feed(decoder, i + 1, bytes, out);
}

static int error_of(int zlib)
{
    return zlib == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

/* Takes what belongs to the member out of *bytes. */
static int inflate_some(struct decoder *decoder, size_t i, struct text *bytes, struct buf *out)
{
    struct layer *layer = &decoder->layers[i];
    unsigned char piece[PIECE];
    int r = 0, zlib = Z_OK;
    size_t part = bytes->len < UINT_MAX ? bytes->len : UINT_MAX;
    layer->z.next_in = (const unsigned char *)bytes->at;
    layer->z.avail_in = (unsigned)part;
    do {
        layer->z.next_out = piece;
        layer->z.avail_out = sizeof(piece);
        zlib = inflate(&layer->z, Z_SYNC_FLUSH);
        size_t len = sizeof(piece) - layer->z.avail_out;
        if (len > 0)
            r = give(decoder, i, text_make((const char *)piece, len), out);
    } while (r == 0 && zlib == Z_OK && layer->z.avail_out == 0);
    *bytes = text_skip(*bytes, part - layer->z.avail_in);
    if (r < 0)
        return r;
    if (zlib == Z_STREAM_END) {
        layer->state = STATE_BEHIND;
        layer->head_len = 0;
    } else if (zlib != Z_OK && zlib != Z_BUF_ERROR) {
        return error_of(zlib);
    }
    return 0;
}

static bool is_gzip(const char head[HEAD_LEN])
{
    return (unsigned char)head[0] == 0x1f && (unsigned char)head[1] == 0x8b;
}

/* RFC 1950, 2.2: the method is 8, and the two bytes are a multiple of 31. */
static bool is_zlib(const char head[HEAD_LEN])
{
    unsigned first = (unsigned char)head[0], second = (unsigned char)head[1];
    return (first & 0x0f) == 8 && (first * 256 + second) % 31 == 0;
}

static int begin(struct layer *layer, int window_bits)
{
    int zlib = layer->begun ? inflateReset(&layer->z) : inflateInit2(&layer->z, window_bits);
    if (zlib != Z_OK)
        return error_of(zlib);
    layer->begun = true;
    layer->state = STATE_INFLATING;
    return 0;
}

/* The first two bytes are here. */
static int choose(const struct decoder *decoder, struct layer *layer)
{
    if (layer->coding == CODING_DEFLATE)
        return begin(layer, is_zlib(layer->head) ? MAX_WBITS : -MAX_WBITS);
    if (is_gzip(layer->head))
        return begin(layer, WITH_GZIP);
    if (decoder->manner == DECODER_STRICT)
        return -EBADMSG;
    layer->state = STATE_PLAIN;
    return 0;
}

/* Puts bytes into head; false while some of it are missing. */
static bool take_head(struct layer *layer, struct text *bytes)
{
    while (layer->head_len < HEAD_LEN && bytes->len > 0) {
        layer->head[layer->head_len++] = bytes->at[0];
        *bytes = text_skip(*bytes, 1);
    }
    return layer->head_len == HEAD_LEN;
}

/* The bytes that chose the form are the first of it. */
static int go_in(struct decoder *decoder, size_t i, struct buf *out)
{
    struct layer *layer = &decoder->layers[i];
    struct text head = text_make(layer->head, HEAD_LEN);
    if (layer->state == STATE_PLAIN)
        return give(decoder, i, head, out);
    return inflate_some(decoder, i, &head, out);
}

/* Behind a member of gzip another one may follow, or zeros (tar's habit). */
static int take_behind(struct decoder *decoder, size_t i, struct text *bytes, struct buf *out)
{
    struct layer *layer = &decoder->layers[i];
    bool gzip = layer->coding == CODING_GZIP;
    while (gzip && layer->head_len == 0 && bytes->len > 0 && bytes->at[0] == '\0')
        *bytes = text_skip(*bytes, 1);
    if (bytes->len == 0)
        return 0;
    if (gzip && !take_head(layer, bytes))
        return 0;
    if (gzip && is_gzip(layer->head)) {
        int r = begin(layer, WITH_GZIP);
        return r < 0 ? r : go_in(decoder, i, out);
    }
    *bytes = text_skip(*bytes, bytes->len);
    layer->head_len = 0;
    return decoder->manner == DECODER_STRICT ? -EBADMSG : 0;
}

static int take_beginning(struct decoder *decoder, size_t i, struct text *bytes, struct buf *out)
{
    struct layer *layer = &decoder->layers[i];
    if (!take_head(layer, bytes))
        return 0;
    int r = choose(decoder, layer);
    return r < 0 ? r : go_in(decoder, i, out);
}

static int feed(struct decoder *decoder, size_t i, struct text bytes, struct buf *out)
{
    int r = 0;
    while (r == 0 && bytes.len > 0) {
        switch (decoder->layers[i].state) {
        case STATE_HEAD:
            r = take_beginning(decoder, i, &bytes, out);
            break;
        case STATE_INFLATING:
            r = inflate_some(decoder, i, &bytes, out);
            break;
        case STATE_BEHIND:
            r = take_behind(decoder, i, &bytes, out);
            break;
        case STATE_PLAIN:
            r = give(decoder, i, bytes, out);
            bytes.len = 0;
            break;
        }
    }
    return r;
}

int decoder_feed(struct decoder *decoder, struct text bytes, struct buf *out)
{
    return decoder->count ? feed(decoder, 0, bytes, out) : buf_append_text(out, bytes);
}

int decoder_end(const struct decoder *decoder)
{
    for (size_t i = 0; i < decoder->count; i++) {
        const struct layer *layer = &decoder->layers[i];
        bool half = layer->state == STATE_INFLATING ||
                    (layer->state == STATE_HEAD && layer->head_len > 0) ||
                    (layer->state == STATE_BEHIND && layer->head_len > 0 &&
                     decoder->manner == DECODER_STRICT);
        if (half)
            return -EBADMSG;
    }
    return 0;
}
